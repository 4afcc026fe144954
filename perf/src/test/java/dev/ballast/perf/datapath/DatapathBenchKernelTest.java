package dev.ballast.perf.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.bpf.TestRun;
import dev.ballast.datapath.DatapathObjects;
import dev.ballast.datapath.Feature;
import dev.ballast.datapath.VerdictReason;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DatapathBenchKernelTest {
    private static final int PACKETS = 20_000;
    private static final int IPV4_HEADER_BYTES = 20;
    private static final int ETHERNET_BYTES = 14;
    private static final int XDP_TX = 3;

    /** What the measured program must have, and no more. */
    private static final Map<Configuration, Set<Feature>> FEATURES = Map.of(
            Configuration.PLAIN, Set.of(Feature.IPV6),
            Configuration.GUE, Set.of(Feature.IPV6, Feature.GUE),
            Configuration.L2, Set.of(Feature.IPV6, Feature.L2),
            Configuration.QUIC, Set.of(Feature.IPV6, Feature.QUIC));

    private static DatapathBench.Options options(Optional<byte[]> beside) {
        return new DatapathBench.Options(1, Duration.ZERO, PACKETS, 4 << 20, 1, beside);
    }

    @Test
    void every_scenario_gets_its_verdict() {
        List<Scenario> scenarios = Scenarios.all();
        List<Result> results;
        try (DatapathBench bench = new DatapathBench(options(Optional.empty()))) {
            results = bench.run(scenarios);
        }

        assertThat(results).extracting(Result::name).startsWith("empty", "harness", "encap_only");
        for (Scenario scenario : scenarios) {
            assertThat(results)
                    .filteredOn(result -> result.name().equals(scenario.name()))
                    .singleElement()
                    .satisfies(result -> {
                        assertThat(result.shares().get(scenario.expected())).isGreaterThan(0.999);
                        assertThat(result.shares().values().stream()
                                        .mapToDouble(Double::doubleValue)
                                        .sum())
                                .isBetween(0.999999, 1.000001);
                        assertThat(result.packets()).isEqualTo(PACKETS);
                        assertThat(result.features()).isEqualTo(FEATURES.get(scenario.configuration()));
                    });
        }
    }

    @Test
    void of_connections_that_fill_half_of_the_table_each_finds_its_flow() {
        Scenario half = Scenarios.all().stream()
                .filter(scenario -> scenario.untrackedAim().isPresent())
                .findFirst()
                .orElseThrow();
        DatapathBench.Options all =
                new DatapathBench.Options(1, Duration.ZERO, (int) half.flows(), 4 << 20, 1, Optional.empty());

        try (DatapathBench bench = new DatapathBench(all)) {
            assertThat(bench.run(List.of(half)).getLast().untrackedShare().orElseThrow())
                    .isLessThanOrEqualTo(half.untrackedAim().orElseThrow());
        }
    }

    @Test
    void a_scenario_that_gets_another_verdict_has_no_figure() {
        Scenario wrong = Scenario.of(
                "wrong",
                "",
                Configuration.PLAIN,
                Frames.tcp("203.0.113.99", 443, Frames.ACK),
                VerdictReason.FORWARDED_FLOW);

        try (DatapathBench bench = new DatapathBench(options(Optional.empty()))) {
            assertThatThrownBy(() -> bench.run(List.of(wrong)))
                    .isInstanceOf(BenchException.class)
                    .hasMessageContainingAll("wrong", "forwarded_flow", "passed_not_vip 1.000000");
        }
    }

    @Test
    void an_object_beside_is_measured_on_the_same_tables_and_told_apart_by_its_tag() {
        byte[] same = DatapathObjects.balancer();
        byte[] longer = Arrays.copyOf(same, same.length + 1); // another digest, the same program

        try (DatapathBench bench = new DatapathBench(options(Optional.of(longer)))) {
            List<Result> results = bench.run(List.of(Scenarios.all().getFirst()));

            assertThat(results)
                    .extracting(Result::object)
                    .contains(DatapathObjects.tag(same), DatapathObjects.tag(longer));
        }
    }

    @Test
    void after_any_number_of_rounds_the_frame_has_grown_once_and_is_the_same() {
        byte[] frame = Frames.tcp("203.0.113.10", 443, Frames.ACK);
        try (Harness harness = new Harness();
                LoadedDatapath datapath = new LoadedDatapath(Configuration.PLAIN, 512 << 10, 1)) {
            harness.send(frame, 1);
            harness.target(datapath.program());
            TestRun.Result once = harness.look(1);
            TestRun.Result often = harness.look(1000);

            assertThat(often.returnValue()).isEqualTo(XDP_TX);
            assertThat(often.data()).isEqualTo(once.data()).hasSize(frame.length + IPV4_HEADER_BYTES);
            assertThat(Arrays.copyOfRange(often.data(), ETHERNET_BYTES + IPV4_HEADER_BYTES, often.data().length))
                    .as("the inner packet")
                    .isEqualTo(Arrays.copyOfRange(frame, ETHERNET_BYTES, frame.length));
        }
    }

    @Test
    void flows_take_turns_and_begin_again() {
        byte[] frame = Frames.tcp("2001:db8:1::10", 443, Frames.ACK);
        try (Harness harness = new Harness()) {
            harness.target(harness.empty());
            harness.send(frame, 4);
            List<byte[]> seen = List.of(
                    harness.look(1).data(),
                    harness.look(1).data(),
                    harness.look(1).data(),
                    harness.look(1).data(),
                    harness.look(1).data());

            assertThat(seen.getFirst()).isEqualTo(frame).isEqualTo(seen.getLast());
            assertThat(seen.subList(0, 4).stream().map(Arrays::toString)).doesNotHaveDuplicates();
        }
    }
}
