package dev.ballast.perf.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the demonstration has shown.
 *
 * @param phases with flow tracking
 * @param control the drain and return phases without it
 * @param longConnections how many lived across all phases
 */
public record Report(List<PhaseResult> phases, List<PhaseResult> control, int longConnections) {
    /** Copies the lists. */
    public Report {
        phases = List.copyOf(phases);
        control = List.copyOf(control);
    }

    /** What is not as it has to be; empty: the demonstration has succeeded. */
    public List<String> problems() {
        List<String> problems = new ArrayList<>();
        for (PhaseResult phase : phases) {
            phase.problems().forEach(problem -> problems.add(phase.name() + ": " + problem));
        }
        for (PhaseResult phase : control) {
            if (phase.longFailures().isEmpty()) {
                problems.add("control run, " + phase.name()
                        + ": no long connection broke without flow tracking, so the phases above prove nothing");
            }
        }
        return problems;
    }

    /** As a table, with the verdict as its last line. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add("");
        lines.add("REPORT: short requests on connections of their own, and " + longConnections
                + " connections that live across all phases");
        lines.add("%-34s %9s %9s %7s  %9s %9s %7s  %7s %10s"
                .formatted(
                        "phase",
                        "sent",
                        "answered",
                        "failed",
                        "sent/long",
                        "answered",
                        "broken",
                        "excused",
                        "unexcused"));
        phases.forEach(phase -> lines.add(line(phase)));
        lines.add("control run without flow tracking (has to break connections, or the test above could not fail):");
        control.forEach(phase -> lines.add(line(phase)));
        List<String> problems = problems();
        problems.forEach(problem -> lines.add("PROBLEM " + problem));
        long requests = phases.stream()
                .mapToLong(phase -> phase.shortRequests().sent() + phase.longSent())
                .sum();
        lines.add(
                problems.isEmpty()
                        ? String.format(
                                Locale.ROOT,
                                "RESULT: %,d requests, 0 failed on backends that stayed alive; %d excused on the killed one",
                                requests,
                                phases.stream().mapToLong(PhaseResult::excused).sum())
                        : "RESULT: failed, " + problems.size() + " problems");
        return lines;
    }

    private static String line(PhaseResult phase) {
        return "%-34s %9d %9d %7d  %9d %9d %7d  %7d %10d"
                .formatted(
                        phase.name(),
                        phase.shortRequests().sent(),
                        phase.shortRequests().answered(),
                        phase.shortRequests().failed(),
                        phase.longSent(),
                        phase.longAnswered(),
                        phase.longFailures().size(),
                        phase.excused(),
                        phase.problems().size());
    }
}
