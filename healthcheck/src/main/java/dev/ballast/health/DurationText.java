package dev.ballast.health;

import java.util.Locale;

/** Durations as an operator writes them, to two significant places: "1s", "1.5s", "250ms", "1.3ms", "40us". */
final class DurationText {
    private DurationText() {}

    static String of(long ns) {
        if (ns >= 1_000_000_000L) {
            return scaled(ns, 1_000_000_000L, "s");
        }
        return ns >= 1_000_000L ? scaled(ns, 1_000_000L, "ms") : scaled(ns, 1_000L, "us");
    }

    private static String scaled(long ns, long unitNs, String unit) {
        double value = (double) ns / unitNs;
        String text = String.format(Locale.ROOT, value < 10 ? "%.1f" : "%.0f", value);
        return (text.endsWith(".0") ? text.substring(0, text.length() - 2) : text) + unit;
    }
}
