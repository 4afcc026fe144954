package dev.ballast.attach;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the kernel's errors mean, and which of a driver's statistics tell of the same. */
class LossCauseTest {
    @ParameterizedTest
    @CsvSource({
        "true, 0, QUEUE_FULL",
        "false, 0, REFUSED",
        "true, 28, QUEUE_FULL",
        "true, 6, NO_QUEUE",
        "false, 95, NO_XDP_TRANSMIT",
        "false, 100, INTERFACE_DOWN",
        "false, 22, INTERFACE_GONE",
        "true, 22, REFUSED",
        "false, 90, TOO_BIG",
        "false, 12, NO_MEMORY",
        "true, 5, REFUSED"
    })
    void an_error_and_its_place_make_a_cause(boolean queued, int errno, LossCause cause) {
        assertThat(LossCause.of(queued, errno)).isEqualTo(cause);
    }

    @Test
    void each_cause_says_what_to_do() {
        for (LossCause cause : LossCause.values()) {
            assertThat(cause.words()).contains(":");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "rx_queue_0_xdp_tx_errors, true",
        "tx_queue_0_xdp_xmit_errors, true",
        "tx_xdp_full, true",
        "rx_xdp_tx_err, true",
        "tx0_xdp_tx_drops, true",
        "rx_queue_0_xdp_drops, false",
        "rx_queue_0_xdp_tx, false",
        "tx_errors, false",
        "rx_queue_0_drops, false"
    })
    void a_statistic_counts_if_it_is_of_frames_that_a_program_wanted_sent(String statistic, boolean counts) {
        assertThat(TransmitLosses.saysTransmitLoss(statistic)).isEqualTo(counts);
    }
}
