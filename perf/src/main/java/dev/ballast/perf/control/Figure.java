package dev.ballast.perf.control;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * One measured value.
 *
 * @param name what was measured
 * @param unit of value and aim
 * @param aim the most that it should be; empty: it is shown for what it explains
 */
record Figure(String name, String unit, double value, OptionalDouble aim) {
    static Figure of(String name, String unit, double value) {
        return new Figure(name, unit, value, OptionalDouble.empty());
    }

    static Figure of(String name, String unit, double value, double aim) {
        return new Figure(name, unit, value, OptionalDouble.of(aim));
    }

    /** The value below which this share of {@code values} is, by nearest rank. */
    static double percentile(List<Double> values, double share) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        return sorted[Math.clamp((int) Math.ceil(share * sorted.length) - 1, 0, sorted.length - 1)];
    }

    String json() {
        return String.format(Locale.ROOT, "{\"name\":\"%s\",\"unit\":\"%s\",\"value\":%.3f", name, unit, value)
                + (aim.isPresent() ? String.format(Locale.ROOT, ",\"aim\":%.3f", aim.getAsDouble()) : "")
                + "}";
    }

    static String heading() {
        return "%-58s %12s %12s  %s".formatted("figure", "value", "aim", "unit");
    }

    String line() {
        return String.format(
                Locale.ROOT,
                "%-58s %12.1f %12s  %s",
                name,
                value,
                aim.isPresent() ? String.format(Locale.ROOT, "%.1f", aim.getAsDouble()) : "",
                unit);
    }
}
