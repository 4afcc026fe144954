package dev.ballast.datapath;

import static dev.ballast.datapath.Rig.PORT;
import static dev.ballast.datapath.Rig.VIP4;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** One packet in so many of each reason leaves its head in the event buffer. */
final class SamplesKernelTest {
    private static final Frame FOR_VIP =
            Frame.udp("198.51.100.7", 40000, VIP4, PORT).data(300);
    private static final Frame FOR_NOBODY = Frame.udp("198.51.100.7", 40000, "192.0.2.99", PORT);

    private static Rig sampling(int every) {
        return sampling(Sampling.oneIn(every));
    }

    private static Rig sampling(Sampling sampling) {
        return new Rig(new DatapathOptions(
                        1 << 19, 8, 128, 1 << 14, new byte[32], new Variant(Set.of(Feature.SAMPLES), sampling)))
                .service(0)
                .vip(VIP4, PORT, Protocol.UDP, 0)
                .member(1, "192.0.2.2", "10.0.1.11")
                .ring(0, 1);
    }

    private static List<Sample> read(Rig rig) {
        List<Sample> samples = new ArrayList<>();
        try (Samples buffer = rig.datapath().samples()) {
            int events = buffer.read(samples::add);
            assertThat(events).isEqualTo(samples.size());
        }
        return samples;
    }

    @Test
    void a_sample_says_what_became_of_a_packet_and_where_it_stands_in_the_frame() {
        try (Rig rig = sampling(1)) {
            byte[] out = rig.send(FOR_VIP).frame();
            rig.send(FOR_NOBODY);

            List<Sample> samples = read(rig);
            assertThat(samples)
                    .extracting(Sample::reason)
                    .containsExactly(VerdictReason.FORWARDED_NEW_FLOW, VerdictReason.PASSED_NOT_VIP);
            Sample forwarded = samples.getFirst();
            assertThat(forwarded.service()).hasValue(0);
            assertThat(forwarded.member()).hasValue(1);
            assertThat(forwarded.frameBytes()).isEqualTo(FOR_VIP.bytes().length);
            assertThat(forwarded.ingressIfindex()).isEqualTo(Rig.SAME_INTERFACE);
            assertThat(forwarded.head()).isEqualTo(Arrays.copyOf(out, Abi.SAMPLE_HEAD));
            assertThat(forwarded.packetOffset()).hasValue(Frame.ETHERNET_BYTES + Frame.IPV4_BYTES);
            Sample passed = samples.getLast();
            assertThat(passed.service()).isEmpty();
            assertThat(passed.member()).isEmpty();
            assertThat(passed.head()).isEqualTo(FOR_NOBODY.bytes());
            assertThat(passed.packetOffset()).hasValue(Frame.ETHERNET_BYTES);
        }
    }

    @Test
    void one_packet_in_so_many_of_each_reason_is_sampled() {
        try (Rig rig = sampling(4)) {
            for (int i = 0; i < 8; i++) {
                rig.send(FOR_VIP.sourcePort(1000 + i)); // all of them new flows
                rig.send(FOR_NOBODY);
            }

            assertThat(read(rig))
                    .extracting(Sample::reason)
                    .containsExactlyInAnyOrder(
                            VerdictReason.FORWARDED_NEW_FLOW,
                            VerdictReason.FORWARDED_NEW_FLOW,
                            VerdictReason.PASSED_NOT_VIP,
                            VerdictReason.PASSED_NOT_VIP);
        }
    }

    @Test
    void only_what_is_wanted_is_sampled() {
        Frame forNoMember = Frame.udp("198.51.100.7", 40000, VIP4, PORT + 1);
        Map<Sampling, List<VerdictReason>> expected = Map.of(
                Sampling.ALL,
                List.of(
                        VerdictReason.FORWARDED_NEW_FLOW,
                        VerdictReason.PASSED_NOT_VIP,
                        VerdictReason.DROPPED_NO_MEMBER,
                        VerdictReason.FORWARDED_FLOW),
                Sampling.ALL.of(VerdictClass.FORWARDED),
                List.of(VerdictReason.FORWARDED_NEW_FLOW, VerdictReason.FORWARDED_FLOW),
                Sampling.ALL.of(VerdictClass.DROPPED),
                List.of(VerdictReason.DROPPED_NO_MEMBER),
                Sampling.ALL.of(VerdictReason.PASSED_NOT_VIP),
                List.of(VerdictReason.PASSED_NOT_VIP),
                Sampling.ALL.ofService(1),
                List.of(VerdictReason.DROPPED_NO_MEMBER),
                Sampling.ALL.of(VerdictClass.FORWARDED).ofService(1),
                List.of());

        expected.forEach((wanted, reasons) -> {
            try (Rig rig = sampling(wanted).service(1).vip(VIP4, PORT + 1, Protocol.UDP, 1)) {
                rig.send(FOR_VIP);
                rig.send(FOR_NOBODY);
                rig.send(forNoMember);
                rig.send(FOR_VIP);

                assertThat(rig.datapath().variant().sampling()).isEqualTo(wanted);
                assertThat(read(rig))
                        .extracting(Sample::reason)
                        .as("%s", wanted)
                        .isEqualTo(reasons);
            }
        });
    }

    @Test
    void what_is_sampled_live_has_its_service_its_member_and_its_time() {
        try (Rig rig = sampling(1)) {
            rig.send(FOR_NOBODY);
            try (LiveSamples live = rig.datapath().liveSamples()) {
                long before = live.jiffies();
                rig.send(FOR_VIP);
                assertThat(live.await(1_000)).isTrue();

                List<Sample> samples = new ArrayList<>();
                live.read(samples::add, 10);
                assertThat(samples)
                        .as("what came before it was opened is not among them")
                        .extracting(Sample::reason)
                        .containsExactly(VerdictReason.FORWARDED_NEW_FLOW);
                Sample sample = samples.getFirst();
                assertThat(live.serviceNameHash(sample.service().getAsInt())).isPresent();
                assertThat(live.member(sample.member().getAsInt())).isPresent();
                assertThat(sample.jiffies()).isBetween(before, live.jiffies());
                assertThat(live.lost()).isZero();
            }
        }
    }

    @Test
    void what_finds_the_buffer_full_is_counted_and_harms_no_packet() {
        try (Rig rig = sampling(1)) {
            for (int i = 0; i < 2_000; i++) {
                rig.datapath().program().testRun(FOR_NOBODY.bytes());
            }

            int read = read(rig).size();
            assertThat(read).isPositive();
            assertThat(rig.datapath().counters().samplesLost()).isEqualTo(2_000 - read);
            assertThat(rig.send(FOR_VIP).reason()).isEqualTo(VerdictReason.FORWARDED_NEW_FLOW);
        }
    }
}
