package dev.ballast.cli;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** Numbers for people: short, rounded down, so that nothing looks larger than it is. */
final class Quantity {
    private static final String PREFIXES = "kMGTPE";

    private Quantity() {}

    /** Exact below 100,000, else three digits with an SI prefix: {@code 1.23M}. Unsigned. */
    static String count(long value) {
        return Long.compareUnsigned(value, 100_000) < 0 ? Long.toString(value) : scaled(value);
    }

    /** All digits, in groups of three: {@code 65,537}. */
    static String exact(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** Exact below 1,000, else three digits with an SI prefix. Unsigned. */
    static String bytes(long value) {
        return Long.compareUnsigned(value, 1_000) < 0 ? Long.toString(value) : scaled(value);
    }

    private static String scaled(long value) {
        int prefix = 0;
        // Thousandths of the scaled value, so that the digits behind the point are integers too.
        long thousandths = value;
        while (Long.compareUnsigned(thousandths, 1_000_000) >= 0) {
            thousandths = Long.divideUnsigned(thousandths, 1_000);
            prefix++;
        }
        long whole = thousandths / 1_000;
        long rest = thousandths % 1_000;
        String digits = whole >= 100
                ? Long.toString(whole)
                : whole >= 10 ? "%d.%d".formatted(whole, rest / 100) : "%d.%02d".formatted(whole, rest / 10);
        return digits + PREFIXES.charAt(prefix);
    }

    /** {@code share} of 1 with one digit behind the point; a little is never shown as nothing. */
    static String percent(double share) {
        double percent = share * 100;
        return percent > 0 && percent < 0.1 ? "<0.1%" : String.format(Locale.ROOT, "%.1f%%", percent);
    }

    /** {@code 2026-11-22T12:00:05Z}. In UTC, as logs have it and so that two machines can be compared. */
    static String time(long unixMs) {
        return Instant.ofEpochMilli(unixMs).truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** {@code 0.41 ms}. */
    static String milliseconds(long us) {
        return String.format(Locale.ROOT, "%.2f ms", us / 1e3);
    }

    /** The two largest units: {@code 12s}, {@code 3m05s}, {@code 3h12m}, {@code 5d03h}. */
    static String age(long ms) {
        long seconds = Math.max(0, ms / 1_000);
        if (seconds < 60) {
            return seconds + "s";
        }
        if (seconds < 3_600) {
            return "%dm%02ds".formatted(seconds / 60, seconds % 60);
        }
        if (seconds < 86_400) {
            return "%dh%02dm".formatted(seconds / 3_600, seconds / 60 % 60);
        }
        return "%dd%02dh".formatted(seconds / 86_400, seconds / 3_600 % 24);
    }
}
