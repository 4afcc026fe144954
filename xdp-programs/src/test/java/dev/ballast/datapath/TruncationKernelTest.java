package dev.ballast.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Every packet of every scenario, cut off at every byte of its headers: in the kernel and natively with sanitizers, where one
 * byte read beyond the frame ends the test.
 */
final class TruncationKernelTest {
    /** Ethernet, two tags, IPv4 with all options or IPv6 with some extension headers, and what an ICMP error quotes. */
    private static final int HEADERS_BYTES = 200;

    @Test
    void a_frame_that_ends_anywhere_gets_one_named_verdict_and_passes_untouched_if_it_passes() {
        Scenarios scenarios = Scenarios.read();
        Traffic sent = Traffic.NONE;
        try (Twins twins = new Twins(scenarios.config("everything"))) {
            for (byte[] frame : scenarios.frames()) {
                for (int length = Frame.ETHERNET_BYTES; length <= Math.min(frame.length, HEADERS_BYTES); length++) {
                    twins.program().run(Arrays.copyOf(frame, length), 0);
                    sent = sent.plus(new Traffic(1, length));
                }
            }
            assertThat(sent.packets()).isGreaterThan(5_000);
            twins.requireClosedAccounts(sent);
        }
    }

    /** No driver hands over less than an Ethernet header, and no test run takes it. */
    @Test
    void a_frame_shorter_than_its_ethernet_header_passes_as_malformed() {
        try (Rigs rigs = new Rigs()) {
            Rig rig = rigs.take(List.of(), Rig.Engine.NATIVE).usual();
            byte[] frame = Frame.udp("198.51.100.7", 40000, Rig.VIP4, Rig.PORT).bytes();
            for (int length = 0; length < Frame.ETHERNET_BYTES; length++) {
                assertThat(rig.send(Arrays.copyOf(frame, length)).reason()).isEqualTo(VerdictReason.PASSED_MALFORMED);
            }
        }
    }
}
