package dev.ballast.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DatapathOptionsTest {
    private static DatapathOptions options(long flows, int services) {
        return new DatapathOptions(flows, services, 20_000, 32 << 20, new byte[16], Variant.of(Set.of(Feature.IPV6)));
    }

    @ParameterizedTest
    @CsvSource({"1, 16", "524288, 16", "524289, 17", "4194304, 19", "134217728, 24"})
    void flows_are_rounded_up_to_a_table_size(long flows, int setBits) {
        assertThat(options(flows, 1).flowSetBits()).isEqualTo(setBits);
    }

    @Test
    void the_vip_tables_have_room_for_a_dozen_vips_a_service() {
        assertThat(options(1, 1000).vip4BucketBits()).isEqualTo(13);
        assertThat(options(1, 1000).vip6BucketBits()).isEqualTo(14);
        assertThat(options(1, 1).vip4BucketBits()).isEqualTo(6);
    }

    @Test
    void sizes_that_the_tables_cannot_have_are_refused_by_name() {
        assertThatThrownBy(() -> options(134217729, 1)).hasMessageContaining("flows of 134217729");
        assertThatThrownBy(() -> options(1, 0)).hasMessageContaining("services of 0");
        assertThatThrownBy(() -> new DatapathOptions(1, 1, 1 << 19, 1, new byte[16], Variant.of(Set.of(Feature.IPV6))))
                .hasMessageContaining("members of");
        assertThatThrownBy(() -> new DatapathOptions(1, 1, 1, 1, new byte[15], Variant.of(Set.of())))
                .hasMessageContaining("at least 16");
    }

    @Test
    void the_secret_is_not_printed_and_not_shared() {
        byte[] secret = "top secret bytes".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        DatapathOptions options = new DatapathOptions(1, 1, 1, 1, secret, Variant.of(Set.of()));
        secret[0] = 0;

        assertThat(options.secret()[0]).isEqualTo((byte) 't');
        assertThat(options.toString()).doesNotContain("secret");
        assertThat(options).isEqualTo(new DatapathOptions(1, 1, 1, 1, options.secret(), Variant.of(Set.of())));
    }

    @ParameterizedTest
    @CsvSource({"100, 9, 5.12", "250, 10, 4.096", "300, 10, 3.413333333", "1000, 12, 4.096"})
    void a_tick_is_the_power_of_two_of_jiffies_that_is_nearest_to_4_s(int hz, int shift, double seconds) {
        KernelClock clock = KernelClock.ofHz(hz);

        assertThat(clock.tickShift()).isEqualTo(shift);
        assertThat(clock.tickNs() / 1e9).isCloseTo(seconds, org.assertj.core.data.Offset.offset(1e-6));
    }

    @Test
    void a_duration_becomes_ticks_that_last_at_least_as_long() {
        KernelClock clock = KernelClock.ofHz(250);

        assertThat(clock.ticks(Duration.ZERO)).isOne();
        assertThat(clock.ticks(Duration.ofSeconds(60))).isEqualTo(15);
        assertThat(clock.ticks(Duration.ofMinutes(15))).isEqualTo(220);
        assertThat(clock.ticks(clock.longest())).isEqualTo(FlowEntry.EXPIRY_HORIZON - 1);
        assertThatThrownBy(() -> clock.ticks(clock.longest().plusNanos(1))).hasMessageContaining("idle time");
    }

    @Test
    void the_constants_of_a_load_survive_the_way_through_meta() {
        Specialisation constants = Specialisation.of(options(1 << 22, 1000), KernelClock.ofHz(250));

        byte[] bytes = constants.toBytes();
        assertThat(Specialisation.ofBytes(bytes).toBytes()).isEqualTo(bytes);
        assertThat(Specialisation.ofBytes(bytes).hash().of4(1, 2, 3))
                .isEqualTo(constants.hash().of4(1, 2, 3));
    }
}
