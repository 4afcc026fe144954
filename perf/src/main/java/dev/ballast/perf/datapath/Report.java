package dev.ballast.perf.datapath;

import dev.ballast.datapath.Feature;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
            fields.put(
                    "features",
                    features(result.features()).map(Report::quoted).collect(Collectors.joining(",", "[", "]")));
            fields.put("floorMinNs", ns(result.floorMinNs()));
            fields.put("tableFlows", String.valueOf(result.tableFlows()));
            fields.put("flows", String.valueOf(result.flows()));
            fields.put("hitRate", String.valueOf(result.hitRate()));
            result.untrackedShare().ifPresent(share -> fields.put("untrackedShare", String.valueOf(share)));
            result.untrackedAim().ifPresent(aim -> fields.put("untrackedAim", String.valueOf(aim)));
            fields.put(
                    "verdicts",
                    result.shares().entrySet().stream()
                            .map(share -> quoted(share.getKey().label()) + ":" + share.getValue())
                            .collect(Collectors.joining(",", "{", "}")));
        }
        result.reference().ifPresent(reference -> {
            fields.put("katranNs", ns(reference.katranNs()));
            fields.put("katranRatio", ratio(reference.ratio(result.netMinNs())));
            fields.put("aimRatio", ratio(reference.aimRatio()));
            fields.put("comparable", String.valueOf(Reference.isComparable(emptyNs)));
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

    /** For people; the last line says what the ratios are not, if need be. */
    static List<String> table(List<Result> results) {
        List<String> lines = new ArrayList<>();
        lines.add("%-16s %8s %9s %8s %9s %7s %7s %5s  %-9s  %s"
                .formatted(
                        "scenario",
                        "min ns",
                        "median ns",
                        "hit rate",
                        "untracked",
                        "Katran",
                        "ratio",
                        "aim",
                        "features",
                        "what"));
        boolean tellObjects = severalObjects(results);
        results.forEach(result -> lines.add(line(result, tellObjects)));
        double emptyNs = emptyNs(results);
        if (!Reference.isComparable(emptyNs)) {
            lines.add(String.format(
                    Locale.ROOT,
                    "`empty` costs %.1f ns here and %.0f on the machine of Katran's figures: the ratios compare two machines as well as two"
                            + " datapaths.",
                    emptyNs,
                    Reference.EMPTY_NS));
        }
        return lines;
    }

    private static String line(Result result, boolean tellObject) {
        String compared = result.reference()
                .map(reference -> String.format(
                        Locale.ROOT,
                        "%7.0f %7.3f %5.2f",
                        reference.katranNs(),
                        reference.ratio(result.netMinNs()),
                        reference.aimRatio()))
                .orElse("");
        boolean isFloor = result.object().isEmpty();
        return String.format(
                Locale.ROOT,
                "%-16s %8.2f %9.2f %8s %9s %21s  %-9s  %s",
                result.name(),
                result.netMinNs(),
                result.netMedianNs(),
                isFloor ? "" : String.format(Locale.ROOT, "%.6f", result.hitRate()),
                untracked(result),
                compared,
                features(result.features()).collect(Collectors.joining(",")),
                tellObject && !isFloor ? result.object() : result.what());
    }

    /** Marked if it is more than it shall be. */
    private static String untracked(Result result) {
        if (result.untrackedShare().isEmpty()) {
            return "";
        }
        double share = result.untrackedShare().getAsDouble();
        String mark = share > result.untrackedAim().orElse(1) ? "!" : "";
        return String.format(Locale.ROOT, "%.1e%s", share, mark);
    }

    private static Stream<String> features(Set<Feature> features) {
        return features.stream().sorted().map(Feature::label);
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
