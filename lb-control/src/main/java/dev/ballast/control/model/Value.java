package dev.ballast.control.model;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
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
 * @param shape what it should be, with its range
 */
record Value(Findings findings, String path, YamlNode.Scalar scalar, Shape.Scalar shape) {
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

    /** Reports this value without showing it: it may be what nobody should read in a log. */
    void refuseUnseen(String problem, String cure) {
        findings.add(at(), path, "", problem, "", cure);
    }

    private String shown() {
        return scalar.plain() ? Findings.show(text()) : Findings.quote(text());
    }

    /** A whole number. */
    Optional<Integer> integer() {
        return whole().map(Math::toIntExact);
    }

    private Optional<Long> whole() {
        return switch (shape) {
            case Shape.Whole range -> whole(range, range.min() + " to " + range.max());
            case Shape.WholeOrWord(Shape.Whole range, String word, int meaning) ->
                text().equals(word)
                        ? Optional.of((long) meaning)
                        : whole(range, range.min() + " to " + range.max() + ", or " + word);
            default -> throw unlike("a whole number");
        };
    }

    private Optional<Long> whole(Shape.Whole range, String allowed) {
        if (!scalar.plain()) {
            refuse("is text", allowed, INTEGER.matcher(text()).matches() ? "write the number without quotes" : "");
            return Optional.empty();
        }
        if (!INTEGER.matcher(text()).matches()) {
            refuse("is not a whole number", allowed, "");
            return Optional.empty();
        }
        if (text().matches("[-+]?0[0-9]+")) {
            refuse("has a leading zero, which some programs read as octal", allowed, "");
            return Optional.empty();
        }
        try {
            long number = parseInteger(text());
            if (number >= range.min() && number <= range.max()) {
                return Optional.of(number);
            }
        } catch (NumberFormatException e) {
            // More digits than a long holds: out of range like any other.
        }
        refuse("is out of range", allowed, "");
        return Optional.empty();
    }

    private static long parseInteger(String text) {
        return switch (text.length() > 1 ? text.charAt(1) : ' ') {
            case 'x' -> Long.parseLong(text.substring(2), 16);
            case 'o' -> Long.parseLong(text.substring(2), 8);
            default -> Long.parseLong(text);
        };
    }

    private IllegalStateException unlike(String asked) {
        return new IllegalStateException("the schema has " + shape + " at " + path + ", not " + asked);
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
        refuse(
                "is not a truth value",
                "true, false",
                switch (text().toLowerCase(Locale.ROOT)) {
                    case "yes", "on", "y" -> "write true";
                    case "no", "off", "n" -> "write false";
                    case "true", "false" -> "write it without quotes";
                    default -> "";
                });
        return Optional.empty();
    }

    /** A duration. */
    Optional<Duration> duration() {
        if (!(shape instanceof Shape.Span(Duration min, Duration max))) {
            throw unlike("a duration");
        }
        String allowed = Units.printDuration(min) + " to " + Units.printDuration(max);
        return withUnit(Units::parseDuration, allowed, "write a whole number with ms, s, m or h, such as 2s")
                .filter(duration -> inRange(duration, min, max, allowed));
    }

    /** A share. */
    Optional<Percent> percent() {
        if (!(shape instanceof Shape.Share(Percent min, Percent max))) {
            throw unlike("a percentage");
        }
        String allowed = min + " to " + max;
        return withUnit(Units::parsePercent, allowed, "write a number with %, such as 10%")
                .filter(percent -> inRange(percent.basisPoints(), min.basisPoints(), max.basisPoints(), allowed));
    }

    /** A size. */
    Optional<Long> size() {
        if (!(shape instanceof Shape.Size(long min, long max))) {
            throw unlike("a size");
        }
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

    /** One of the constants of {@code type}. */
    <E extends Enum<E>> Optional<E> word(Class<E> type) {
        return word().map(word -> Arrays.stream(type.getEnumConstants())
                .filter(constant -> Words.of(constant).equals(word))
                .findFirst()
                .orElseThrow(() -> unlike(type.getSimpleName())));
    }

    private Optional<String> word() {
        if (!(shape instanceof Shape.Choice(List<String> words, List<String> later))) {
            throw unlike("one of some words");
        }
        if (words.contains(text())) {
            return Optional.of(text());
        }
        String allowed = String.join(", ", words);
        if (later.contains(text())) {
            refuse("is not in this build", allowed, "");
        } else {
            refuse("is unknown", allowed, Nearest.didYouMean(text(), words));
        }
        return Optional.empty();
    }

    /** Text of the form that the schema has here. */
    <T> Optional<T> as(Shape.Text<T> form) {
        if (!shape.equals(form)) {
            throw unlike("" + form);
        }
        return form.reader().apply(this);
    }

    /** Reads it as what it should be, and reports it if it is something else. */
    void hold() {
        switch (shape) {
            case Shape.Whole _, Shape.WholeOrWord _ -> whole();
            case Shape.Truth _ -> bool();
            case Shape.Span _ -> duration();
            case Shape.Share _ -> percent();
            case Shape.Size _ -> size();
            case Shape.Choice _ -> word();
            case Shape.Text<?> text -> as(text);
        }
    }
}
