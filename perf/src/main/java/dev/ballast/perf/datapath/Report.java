package dev.ballast.perf.datapath;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Results as text. Pure. */
final class Report {
    private static final String EMPTY = "empty";

    private Report() {}

    /** One object a line. */
    static List<String> json(List<Result> results) {
        double emptyNs = emptyNs(results);
        return results.stream().map(result -> object(result, emptyNs)).toList();
    }

    private static String object(Result result, double emptyNs) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("name", quoted(result.name()));
        fields.put("netMinNs", ns(result.netMinNs()));
        fields.put("netMedianNs", ns(result.netMedianNs()));
        fields.put("runs", String.valueOf(result.runs()));
        fields.put("packets", String.valueOf(result.packets()));
        if (!result.object().isEmpty()) {
            fields.put("object", quoted(result.object()));
            fields.put("floorMinNs", ns(result.floorMinNs()));
            fields.put("tableFlows", String.valueOf(result.tableFlows()));
            fields.put("flows", String.valueOf(result.flows()));
            fields.put("hitRate", String.valueOf(result.hitRate()));
            fields.put("untrackedShare", String.valueOf(result.untrackedShare()));
            fields.put(
                    "verdicts",
                    result.shares().entrySet().stream()
                            .map(share -> quoted(share.getKey().label()) + ":" + share.getValue())
                            .collect(Collectors.joining(",", "{", "}")));
        }
        result.reference().ifPresent(reference -> {
            fields.put("katranNs", ns(reference.katranNs()));
            fields.put("katranRatio", ratio(reference.ratio(result.netMinNs())));
            fields.put("scaledRatio", ratio(reference.scaledRatio(result.netMinNs(), emptyNs)));
            fields.put("aimRatio", ratio(reference.aimRatio()));
        });
        return fields.entrySet().stream()
                .map(field -> quoted(field.getKey()) + ":" + field.getValue())
                .collect(Collectors.joining(",", "{", "}"));
    }

    /** Names and labels have nothing that JSON would escape. */
    private static String quoted(String text) {
        return '"' + text + '"';
    }

    private static String ns(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    private static String ratio(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }

    /** For people. */
    static List<String> table(List<Result> results) {
        double emptyNs = emptyNs(results);
        List<String> lines = new ArrayList<>();
        lines.add("%-16s %8s %9s %8s %9s %7s %7s %7s %5s  %s"
                .formatted(
                        "scenario",
                        "min ns",
                        "median ns",
                        "hit rate",
                        "untracked",
                        "Katran",
                        "ratio",
                        "scaled",
                        "aim",
                        "what"));
        for (Result result : results) {
            String compared = result.reference()
                    .map(reference -> String.format(
                            Locale.ROOT,
                            "%7.0f %7.3f %7.3f %5.2f",
                            reference.katranNs(),
                            reference.ratio(result.netMinNs()),
                            reference.scaledRatio(result.netMinNs(), emptyNs),
                            reference.aimRatio()))
                    .orElse("%7s %7s %7s %5s".formatted("", "", "", ""));
            String rates = result.object().isEmpty()
                    ? "%8s %9s".formatted("", "")
                    : String.format(Locale.ROOT, "%8.6f %9.1e", result.hitRate(), result.untrackedShare());
            lines.add(String.format(
                    Locale.ROOT,
                    "%-16s %8.2f %9.2f %s %s  %s",
                    result.name(),
                    result.netMinNs(),
                    result.netMedianNs(),
                    rates,
                    compared,
                    severalObjects(results) && !result.object().isEmpty() ? result.object() : result.what()));
        }
        return lines;
    }

    private static boolean severalObjects(List<Result> results) {
        return results.stream()
                        .map(Result::object)
                        .filter(object -> !object.isEmpty())
                        .distinct()
                        .count()
                > 1;
    }

    private static double emptyNs(List<Result> results) {
        return results.stream()
                .filter(result -> result.name().equals(EMPTY))
                .findFirst()
                .orElseThrow()
                .netMinNs();
    }
}
