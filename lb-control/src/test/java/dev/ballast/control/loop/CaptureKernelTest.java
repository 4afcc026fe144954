package dev.ballast.control.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.datapath.Feature;
import dev.ballast.datapath.FlowTuple;
import dev.ballast.datapath.LiveSamples;
import dev.ballast.datapath.Probe;
import dev.ballast.datapath.Protocol;
import dev.ballast.datapath.Sample;
import dev.ballast.datapath.Sampling;
import dev.ballast.datapath.VerdictClass;
import dev.ballast.datapath.VerdictReason;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The program samples for as long as somebody captures, whatever happens to it meanwhile. */
@Timeout(300)
class CaptureKernelTest extends WriterOverKernel {
    private Set<Feature> features() {
        return kernel(tables -> tables.variant().features());
    }

    private LiveSamples begin(String service, Sampling outcomes) {
        return ask(reply -> new Event.BeginCapture(service, outcomes, reply));
    }

    private void end(LiveSamples samples) {
        this.<Void>ask(reply -> new Event.EndCapture(samples, reply));
    }

    private void send(int sourcePort, int port) {
        FlowTuple flow = new FlowTuple(
                InetAddress.ofLiteral("198.51.100.7"),
                sourcePort,
                InetAddress.ofLiteral("203.0.113.10"),
                port,
                Protocol.TCP);
        kernel(datapath -> datapath.program().testRun(new Probe(flow, Probe.SYN, 0).frame()));
    }

    /** Without what the kernels of the network say to each other. */
    private static List<Sample> read(LiveSamples samples) {
        List<Sample> read = new ArrayList<>();
        samples.read(read::add, Integer.MAX_VALUE);
        read.removeIf(sample -> sample.reason() == VerdictReason.PASSED_IPV6_OFF);
        return read;
    }

    private long packets(VerdictReason reason) {
        return kernel(tables -> tables.counters().verdicts().of(reason).packets());
    }

    @Test
    void what_is_captured_is_what_is_counted_and_nobody_samples_before_or_after() {
        apply(one(web(11, 12)));
        assertThat(features()).doesNotContain(Feature.SAMPLES);
        LiveSamples samples = begin("", Sampling.ALL);
        assertThat(features()).contains(Feature.SAMPLES);
        Map<VerdictReason, Long> before = new TreeMap<>();
        for (VerdictReason reason : VerdictReason.values()) {
            if (reason != VerdictReason.PASSED_IPV6_OFF) {
                before.put(reason, packets(reason));
            }
        }

        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 200; i++) {
            send(1_024 + random.nextInt(100), random.nextBoolean() ? 80 : 81);
        }

        List<Sample> captured = read(samples);
        assertThat(captured).as("seed %d", seed).hasSize(200);
        before.forEach((reason, count) -> assertThat(captured.stream().filter(sample -> sample.reason() == reason))
                .as("%s, seed %d", reason, seed)
                .hasSize((int) (packets(reason) - count)));
        assertThat(captured)
                .filteredOn(sample -> sample.reason().verdictClass() == VerdictClass.FORWARDED)
                .isNotEmpty()
                .allSatisfy(sample -> assertThat(samples.member(sample.member().getAsInt()))
                        .hasValueSatisfying(row -> assertThat(row.backend()).isIn(backend(11), backend(12))));
        assertThat(samples.lost()).isZero();

        end(samples);
        assertThat(features()).doesNotContain(Feature.SAMPLES);
        assertThatThrownBy(() -> samples.await(0)).isInstanceOf(IllegalStateException.class);
        end(samples);
    }

    @Test
    void only_packets_of_the_service_and_the_outcome_are_captured_and_an_unknown_service_swaps_nothing() {
        apply(one(web(11) + service("dns", "203.0.113.11", 12)));
        LiveSamples samples = begin("web", Sampling.ALL.of(VerdictClass.FORWARDED));
        send(1_024, 80);
        send(1_024, 81);
        assertThat(read(samples)).extracting(Sample::reason).hasSize(1);
        end(samples);

        LiveSamples other = begin("dns", Sampling.ALL);
        send(1_025, 80);
        assertThat(read(other)).isEmpty();
        end(other);

        assertThatThrownBy(() -> begin("wbe", Sampling.ALL)).hasMessageContaining("service wbe is not in the tables");
        assertThat(features()).doesNotContain(Feature.SAMPLES);
    }

    @Test
    void a_capture_goes_on_over_swaps_and_what_a_dead_daemon_left_goes_with_the_next_round() throws Exception {
        apply(one(web(11)));
        LiveSamples samples = begin("", Sampling.ALL);
        this.<Control.Swap>ask(reply -> new Event.SwapProgram(Optional.empty(), Control.ChangeOptions.NONE, reply));
        send(1_024, 80);
        apply(one(web(11) + "hash: source".indent(2)));
        assertThat(features()).contains(Feature.SAMPLES, Feature.HASH);
        send(1_025, 80);
        assertThat(read(samples)).hasSize(2);

        restart();
        assertThat(features()).containsExactly(Feature.HASH);
    }

    @Test
    void what_nobody_reads_is_lost_counted_and_harms_no_packet() {
        apply(one(web(11)));
        LiveSamples samples = begin("", Sampling.ALL);
        long forwarded = packets(VerdictReason.FORWARDED_FLOW) + packets(VerdictReason.FORWARDED_NEW_FLOW);
        for (int i = 0; i < 2_000; i++) {
            send(1_024, 81);
        }
        send(1_024, 80);
        int read = read(samples).size();
        assertThat(read).isPositive();
        assertThat(samples.lost()).isBetween(2_001L - read, 2_100L - read);
        assertThat(packets(VerdictReason.FORWARDED_FLOW) + packets(VerdictReason.FORWARDED_NEW_FLOW))
                .isEqualTo(forwarded + 1);
        end(samples);
    }
}
