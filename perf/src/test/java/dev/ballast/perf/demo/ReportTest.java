package dev.ballast.perf.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportTest {
    private static final LongConnections.Failure BROKEN = new LongConnections.Failure(
            0, InetSocketAddress.createUnresolved("203.0.113.10", 80), "backend1", "Connection reset");

    private static PhaseResult phase(List<LongConnections.Failure> broken, List<String> problems) {
        return new PhaseResult("drain", new Hey.Result(100, Map.of()), 10, 10, broken, 0, problems);
    }

    private static Report report(List<PhaseResult> phases, List<PhaseResult> control) {
        return new Report(phases, control, 80);
    }

    @Test
    void a_run_without_problems_whose_control_broke_connections_succeeds() {
        Report report =
                report(List.of(phase(List.of(), List.of())), List.of(phase(List.of(BROKEN), List.of("expected"))));

        assertThat(report.problems()).isEmpty();
        assertThat(report.lines().getLast()).startsWith("RESULT: 110 requests, 0 failed");
    }

    @Test
    void an_unexcused_failure_fails_the_run() {
        Report report = report(
                List.of(phase(List.of(BROKEN), List.of("long connection on backend1: Connection reset"))),
                List.of(phase(List.of(BROKEN), List.of())));

        assertThat(report.problems()).containsExactly("drain: long connection on backend1: Connection reset");
        assertThat(report.lines().getLast()).isEqualTo("RESULT: failed, 1 problems");
    }

    @Test
    void a_control_run_in_which_nothing_broke_fails_the_run() {
        Report report = report(List.of(phase(List.of(), List.of())), List.of(phase(List.of(), List.of())));

        assertThat(report.problems())
                .singleElement()
                .asString()
                .startsWith("control run, drain: no long connection broke without flow tracking");
    }
}
