package dev.ballast.control.model;

import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations ({@code 250ms}, {@code 15m}), sizes ({@code 4Mi}) and shares ({@code 10%}) as text.
 *
 * <p>A unit is always part of the text, on the way in and on the way out; what is printed is read back as the same
 * value. All failures are {@link IllegalArgumentException} whose message follows on the text, such as
 * {@code has no unit}.
 */
public final class Units {
    private static final Pattern NUMBER_AND_UNIT = Pattern.compile("([0-9]{1,15})([A-Za-z]*)");
    private static final Pattern PERCENT = Pattern.compile("([0-9]{1,3})(?:\\.([0-9]{1,2}))?%");

    /** The form of a duration. */
    static final Pattern DURATION = Pattern.compile("[0-9]{1,15}(h|m|s|ms)");

    /** The form of a size. */
    static final Pattern SIZE = Pattern.compile("[0-9]{1,15}(Ki|Mi|Gi)");

    /** The form of a share, up to the whole. */
    static final Pattern PERCENT_TO_100 = Pattern.compile("(0?[0-9]{1,2}(\\.[0-9]{1,2})?|100(\\.00?)?)%");

    private static final Pattern BARE_NUMBER = Pattern.compile("[0-9]+(\\.[0-9]+)?");

    /** Descending, so that printing finds the largest that divides the value. */
    private static final List<Unit> DURATIONS_MS =
            List.of(new Unit("h", 3_600_000), new Unit("m", 60_000), new Unit("s", 1_000), new Unit("ms", 1));

    private static final List<Unit> SIZES =
            List.of(new Unit("Gi", 1 << 30), new Unit("Mi", 1 << 20), new Unit("Ki", 1 << 10));

    private record Unit(String name, long factor) {}

    private Units() {}

    /** Reads a whole number of {@code ms}, {@code s}, {@code m} or {@code h}. */
    public static Duration parseDuration(String text) {
        return Duration.ofMillis(parse(text, DURATIONS_MS, "a duration"));
    }

    /** Prints a duration of whole milliseconds in its largest whole unit: {@code 90s}, {@code 2m}. */
    public static String printDuration(Duration duration) {
        long ms = duration.toMillis();
        if (duration.isNegative() || !Duration.ofMillis(ms).equals(duration)) {
            throw new IllegalArgumentException(duration + " is not a whole number of milliseconds from 0");
        }
        return ms == 0 ? "0s" : print(ms, DURATIONS_MS);
    }

    /** Reads a whole number of {@code Ki}, {@code Mi} or {@code Gi} (1024, 1024², 1024³). */
    public static long parseSize(String text) {
        return parse(text, SIZES, "a size");
    }

    /** Prints a multiple of 1024 in its largest whole unit: {@code 4Mi}, {@code 1536Ki}. */
    public static String printSize(long size) {
        if (size < 0 || size % 1024 != 0) {
            throw new IllegalArgumentException(size + " is not a multiple of 1024 from 0");
        }
        return size == 0 ? "0Ki" : print(size, SIZES);
    }

    /** Reads 0 to 100 with up to two decimals, followed by {@code %}. */
    public static Percent parsePercent(String text) {
        Matcher matcher = PERCENT.matcher(text);
        if (!matcher.matches()) {
            throw refused(text, "a percentage");
        }
        String hundredths = matcher.group(2) == null ? "00" : (matcher.group(2) + "0").substring(0, 2);
        int basisPoints = Integer.parseInt(matcher.group(1)) * 100 + Integer.parseInt(hundredths);
        if (basisPoints > 10_000) {
            throw new IllegalArgumentException("is more than 100%");
        }
        return new Percent(basisPoints);
    }

    /** Prints a share without needless decimals: {@code 10%}, {@code 0.1%}, {@code 0.25%}. */
    public static String printPercent(Percent percent) {
        int whole = percent.basisPoints() / 100;
        int hundredths = percent.basisPoints() % 100;
        if (hundredths == 0) {
            return whole + "%";
        }
        return hundredths % 10 == 0 ? whole + "." + hundredths / 10 + "%" : "%d.%02d%%".formatted(whole, hundredths);
    }

    private static long parse(String text, List<Unit> units, String kind) {
        Matcher matcher = NUMBER_AND_UNIT.matcher(text);
        if (!matcher.matches()) {
            throw refused(text, kind);
        }
        for (Unit unit : units) {
            if (unit.name.equals(matcher.group(2))) {
                try {
                    return Math.multiplyExact(Long.parseLong(matcher.group(1)), unit.factor);
                } catch (ArithmeticException e) {
                    throw new IllegalArgumentException("is too large", e);
                }
            }
        }
        throw refused(text, kind);
    }

    private static String print(long value, List<Unit> units) {
        for (Unit unit : units) {
            if (value % unit.factor == 0) {
                return value / unit.factor + unit.name;
            }
        }
        throw new AssertionError("the smallest unit divides every value that is printed, not " + value);
    }

    private static IllegalArgumentException refused(String text, String kind) {
        return new IllegalArgumentException(BARE_NUMBER.matcher(text).matches() ? "has no unit" : "is not " + kind);
    }
}
