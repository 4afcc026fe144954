package dev.ballast.perf.fleet;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Results as text. Pure. */
final class Report {
    private Report() {}

    /** For people: a table a study, numbers and per cent of the live flows. */
    static List<String> table(Results results) {
        List<String> lines = new ArrayList<>();
        for (Study study : results.studies()) {
            lines.add(String.format(
                    Locale.ROOT, "%s: connections broken, of %,d live ones", study.name(), study.liveFlows()));
            lines.add("%-50s %-9s".formatted("event", "routers")
                    + study.variants().stream()
                            .map(variant -> "%15s".formatted(variant.name()))
                            .collect(Collectors.joining()));
            for (Study.Row row : study.rows()) {
                lines.add("%-50s %-9s".formatted(row.scenario().name(), routers(row.scenario()))
                        + study.variants().stream()
                                .map(variant -> String.format(
                                        Locale.ROOT,
                                        "%,8d%6.2f%%",
                                        row.broken().get(variant),
                                        study.percent(row, variant)))
                                .collect(Collectors.joining()));
            }
            lines.add("");
        }
        for (Results.Generations mixture : results.generations()) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%s connections: half of the live ones are older than %.0f s; a previous ring gains more than it costs if it is kept for %.0f s"
                            + " at most",
                    mixture.lengths(),
                    mixture.ages().medianS(),
                    mixture.ages().longestKeepS()));
        }
        return lines;
    }

    /** One object a line: first each scenario with each variant, then the ages by mixture of lengths. */
    static List<String> json(Results results) {
        List<String> lines = new ArrayList<>();
        for (Study study : results.studies()) {
            for (Study.Row row : study.rows()) {
                study.variants().forEach(variant -> lines.add(result(study, row, variant)));
            }
        }
        for (Results.Generations mixture : results.generations()) {
            Map<String, String> fields = new LinkedHashMap<>();
            fields.put("lengths", quoted(mixture.lengths().toString()));
            fields.put(
                    "medianLiveAgeS",
                    String.format(Locale.ROOT, "%.1f", mixture.ages().medianS()));
            fields.put(
                    "longestKeepS",
                    String.format(Locale.ROOT, "%.1f", mixture.ages().longestKeepS()));
            lines.add(object(fields));
        }
        return lines;
    }

    private static String result(Study study, Study.Row row, Variant variant) {
        Map<String, String> fields = new LinkedHashMap<>();
        fields.put("study", quoted(study.name()));
        fields.put("event", quoted(row.scenario().name()));
        fields.put("routers", quoted(routers(row.scenario())));
        fields.put("lengths", quoted(row.scenario().lengths().toString()));
        fields.put("variant", quoted(variant.name()));
        fields.put("liveFlows", String.valueOf(study.liveFlows()));
        fields.put("broken", String.valueOf(row.broken().get(variant)));
        fields.put("brokenPercent", String.format(Locale.ROOT, "%.5f", study.percent(row, variant)));
        return object(fields);
    }

    private static String routers(Scenario scenario) {
        return scenario.ecmp().name().toLowerCase(Locale.ROOT);
    }

    /** Names have nothing that JSON would escape. */
    private static String quoted(String text) {
        return '"' + text + '"';
    }

    private static String object(Map<String, String> fields) {
        return fields.entrySet().stream()
                .map(field -> quoted(field.getKey()) + ":" + field.getValue())
                .collect(Collectors.joining(",", "{", "}"));
    }
}
