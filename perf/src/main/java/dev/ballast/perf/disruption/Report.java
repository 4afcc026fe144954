package dev.ballast.perf.disruption;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Results as text, one line each. Pure. */
final class Report {
    private Report() {}

    static String json(Study.Result result) {
        Study study = result.study();
        String excess = Arrays.stream(Change.values())
                .map(change -> {
                    Study.Excess slots = result.excess().get(change);
                    return slots == null
                            ? ""
                            : String.format(
                                    Locale.ROOT,
                                    "\"%s\":{\"minimum\":%.2f,\"median\":%.2f,\"max\":%.2f}",
                                    change.label(),
                                    slots.medianMinimum(),
                                    slots.medianExcess(),
                                    slots.maxExcess());
                })
                .collect(Collectors.joining(","));
        return String.format(
                Locale.ROOT,
                "{\"algorithm\":\"%s\",\"slots\":%d,\"members\":%d,\"weights\":\"%s\",\"seeds\":%d,\"imbalance\":%.6f,\"buildCpuMs\":%.3f,\"allocatedMb\":%.3f,\"excess\":{%s}}",
                study.algorithm().label(),
                study.size().slots(),
                study.members(),
                study.mixedWeights() ? "mixed" : "equal",
                study.seeds(),
                result.imbalance(),
                result.buildMs(),
                result.allocatedMb(),
                excess);
    }

    static String heading() {
        return "%7s %7s  %-10s %9s %9s %7s".formatted("slots", "members", "algorithm", "imbalance", "build ms", "MB")
                + Arrays.stream(Change.values())
                        .map(change -> "%12s".formatted(change.label()))
                        .collect(Collectors.joining());
    }

    static String line(Study.Result result) {
        Study study = result.study();
        String excess = Arrays.stream(Change.values())
                .map(change -> {
                    Study.Excess slots = result.excess().get(change);
                    return slots == null
                            ? ""
                            : "%12s"
                                    .formatted(String.format(
                                            Locale.ROOT, "%.0f/%.0f", slots.medianExcess(), slots.maxExcess()));
                })
                .collect(Collectors.joining());
        return String.format(
                        Locale.ROOT,
                        "%7d %7d  %-10s %8.2f%% %9.1f %7.1f",
                        study.size().slots(),
                        study.members(),
                        study.algorithm().label(),
                        100 * result.imbalance(),
                        result.buildMs(),
                        result.allocatedMb())
                + excess;
    }
}
