package dev.ballast.control.model;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * One scalar of the file with its place, and what it can be read as. What cannot be read is reported and comes back
 * empty, so that the reader goes on.
 *
 * @param findings where errors go
 * @param path of the value
 * @param scalar what was written
 */
record Value(Findings findings, String path, YamlNode.Scalar scalar) {
    /** The integers of the YAML 1.2 core schema (10.3.2). */
    private static final Pattern INTEGER = Pattern.compile("[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+");

    String text() {
        return scalar.text();
    }

    Position at() {
        return scalar.at();
    }

    /** Reports this value. */
    void refuse(String problem, String allowed, String cure) {
        findings.add(at(), path, shown(), problem, allowed, cure);
    }

    private String shown() {
        return scalar.plain() ? Findings.show(text()) : Findings.quote(text());
    }

    /** A whole number from {@code min} to {@code max}. */
    Optional<Integer> integer(int min, int max) {
        return integer(min, max, min + " to " + max);
    }

    /** The same, where something else than a number is possible too. */
    Optional<Integer> integer(int min, int max, String allowed) {
        if (!scalar.plain()) {
            refuse("is text", allowed, "write the number without quotes");
            return Optional.empty();
        }
        if (!INTEGER.matcher(text()).matches()) {
            refuse("is not a whole number", allowed, "");
            return Optional.empty();
        }
        try {
            int number = parseInteger(text());
            if (number >= min && number <= max) {
                return Optional.of(number);
            }
        } catch (NumberFormatException e) {
            // More digits than an int holds: out of range like any other.
        }
        refuse("is out of range", allowed, "");
        return Optional.empty();
    }

    private static int parseInteger(String text) {
        return switch (text.length() > 1 ? text.charAt(1) : ' ') {
            case 'x' -> Integer.parseInt(text.substring(2), 16);
            case 'o' -> Integer.parseInt(text.substring(2), 8);
            default -> Integer.parseInt(text);
        };
    }

    /** {@code true} or {@code false}. */
    Optional<Boolean> bool() {
        if (scalar.plain()) {
            switch (text()) {
                case "true", "True", "TRUE" -> {
                    return Optional.of(true);
                }
                case "false", "False", "FALSE" -> {
                    return Optional.of(false);
                }
                default -> {
                    // YAML 1.1's yes, no, on and off are text in 1.2.
                }
            }
        }
        refuse("is not a truth value", "true, false", "");
        return Optional.empty();
    }

    /** A duration from {@code min} to {@code max}. */
    Optional<Duration> duration(Duration min, Duration max) {
        String allowed = Units.printDuration(min) + " to " + Units.printDuration(max);
        return withUnit(Units::parseDuration, allowed, "write a whole number with ms, s, m or h, such as 2s")
                .filter(duration -> inRange(duration, min, max, allowed));
    }

    /** A share from {@code min} to {@code max}. */
    Optional<Percent> percent(Percent min, Percent max) {
        String allowed = min + " to " + max;
        return withUnit(Units::parsePercent, allowed, "write a number with %, such as 10%")
                .filter(percent -> inRange(percent.basisPoints(), min.basisPoints(), max.basisPoints(), allowed));
    }

    /** A size from {@code min} to {@code max}. */
    Optional<Long> size(long min, long max) {
        String allowed = Units.printSize(min) + " to " + Units.printSize(max);
        return withUnit(Units::parseSize, allowed, "write a whole number with Ki, Mi or Gi, such as 4Mi")
                .filter(size -> inRange(size, min, max, allowed));
    }

    private <T> Optional<T> withUnit(Function<String, T> parse, String allowed, String cure) {
        try {
            return Optional.of(parse.apply(text()));
        } catch (IllegalArgumentException e) {
            refuse(String.valueOf(e.getMessage()), allowed, cure);
            return Optional.empty();
        }
    }

    private <T extends Comparable<T>> boolean inRange(T value, T min, T max, String allowed) {
        boolean in = value.compareTo(min) >= 0 && value.compareTo(max) <= 0;
        if (!in) {
            refuse("is out of range", allowed, "");
        }
        return in;
    }

    /** One of the constants of {@code type}; those in {@code later} are known, and not in this build. */
    <E extends Enum<E>> Optional<E> word(Class<E> type, String... later) {
        List<String> possible =
                Arrays.stream(type.getEnumConstants()).map(Words::of).toList();
        int index = possible.indexOf(text());
        if (index >= 0) {
            return Optional.of(type.getEnumConstants()[index]);
        }
        String allowed = String.join(", ", possible);
        if (Arrays.asList(later).contains(text())) {
            refuse("is not in this build", allowed, "");
        } else {
            refuse("is unknown", allowed, Nearest.didYouMean(text(), possible));
        }
        return Optional.empty();
    }
}
