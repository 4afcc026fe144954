package dev.ballast.perf.ring;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Rows as text. Pure. */
final class RingReport {
    private static final String BUILD = "build";
    private static final String IN_C = "buildInC";
    private static final String WITH_TURNS_GIVEN = "buildInCWithTurnsGiven";

    private RingReport() {}

    /** One object a line; ratios, of the least times, where there is something in C beside it. */
    static List<String> json(List<Row> rows) {
        return rows.stream()
                .map(row -> String.format(
                        Locale.ROOT,
                        "{\"name\":\"%s\",\"what\":\"%s\",\"members\":%d,\"slots\":%d,\"weights\":\"%s\",\"unit\":\"us\",\"min\":%.2f,\"median\":%.2f,\"samples\":%d%s%s}",
                        row.name(),
                        row.what(),
                        row.setting().members(),
                        row.setting().slots(),
                        row.setting().weights().label(),
                        row.minUs(),
                        row.medianUs(),
                        row.samples(),
                        ratio(row, IN_C, rows)
                                .map(ratio -> field("ratioToC", ratio))
                                .orElse(""),
                        ratio(row, WITH_TURNS_GIVEN, rows)
                                .map(ratio -> field("ratioToCWithTurnsGiven", ratio))
                                .orElse("")))
                .toList();
    }

    private static String field(String name, double value) {
        return String.format(Locale.ROOT, ",\"%s\":%.3f", name, value);
    }

    /** For people. */
    static List<String> table(List<Row> rows) {
        List<String> lines = new ArrayList<>();
        lines.add("%-24s %7s %7s  %-9s %10s %10s %6s %13s"
                .formatted("what", "slots", "members", "weights", "min us", "median us", "to C", "to C's probes"));
        for (Row row : rows) {
            lines.add(String.format(
                            Locale.ROOT,
                            "%-24s %7d %7d  %-9s %10.2f %10.2f %6s %13s",
                            row.what(),
                            row.setting().slots(),
                            row.setting().members(),
                            row.setting().weights().label(),
                            row.minUs(),
                            row.medianUs(),
                            ratio(row, IN_C, rows).map(RingReport::text).orElse(""),
                            ratio(row, WITH_TURNS_GIVEN, rows)
                                    .map(RingReport::text)
                                    .orElse(""))
                    .stripTrailing());
        }
        return lines;
    }

    private static String text(double ratio) {
        return String.format(Locale.ROOT, "%.2f", ratio);
    }

    private static Optional<Double> ratio(Row row, String beside, List<Row> rows) {
        return rows.stream()
                .filter(other -> row.what().equals(BUILD))
                .filter(other -> other.what().equals(beside) && other.setting().equals(row.setting()))
                .map(other -> row.minUs() / other.minUs())
                .findFirst();
    }
}
