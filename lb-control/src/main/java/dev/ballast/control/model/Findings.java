package dev.ballast.control.model;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.regex.Pattern;

/**
 * The errors of one file, so that a reader can go on after each and the operator sees them together.
 *
 * <p>Keeps those that stand first in the file, {@link #KEPT} of them, and counts the rest: a file of 16 MiB can have
 * a million errors. Confined to one call of the reader.
 */
final class Findings {
    static final int KEPT = 20;

    /** What stands at one place, in the order in which it was found. */
    private static final Comparator<Found> IN_FILE_ORDER = Comparator.comparingInt(
                    (Found found) -> found.error().line())
            .thenComparingInt(found -> found.error().column())
            .thenComparingInt(Found::number);

    private static final Pattern SHOWN_AS_IS = Pattern.compile("[\\w./:%+@*-]{1,60}");
    private static final int SHOWN_LENGTH = 60;

    private record Found(ConfigError error, int number) {}

    /** The last in the file on top. */
    private final PriorityQueue<Found> kept = new PriorityQueue<>(KEPT + 1, IN_FILE_ORDER.reversed());

    private int found;

    void add(Position at, String path, String given, String problem, String allowed, String cure) {
        found++;
        kept.add(new Found(new ConfigError(path, at.line(), at.column(), given, problem, allowed, cure), found));
        if (kept.size() > KEPT) {
            kept.remove();
        }
    }

    boolean isEmpty() {
        return found == 0;
    }

    void throwIfAny(String fileName) throws ConfigException {
        if (!isEmpty()) {
            List<ConfigError> errors =
                    kept.stream().sorted(IN_FILE_ORDER).map(Found::error).toList();
            throw new ConfigException(fileName, errors, found - errors.size());
        }
    }

    /** What an operator wrote, fit for one line: short, printable, quoted unless it is a plain word. */
    static String show(String text) {
        return SHOWN_AS_IS.matcher(text).matches() ? text : quote(text);
    }

    /** The same, always quoted. */
    static String quote(String text) {
        StringBuilder shown = new StringBuilder("\"");
        text.codePoints().limit(SHOWN_LENGTH).forEach(c -> {
            if (c == '"' || c == '\\') {
                shown.append('\\').appendCodePoint(c);
            } else if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT || !isLineSafe(c)) {
                shown.append("\\u%04x".formatted(c));
            } else {
                shown.appendCodePoint(c);
            }
        });
        return shown.append(text.codePointCount(0, text.length()) > SHOWN_LENGTH ? "…\"" : "\"")
                .toString();
    }

    private static boolean isLineSafe(int c) {
        int type = Character.getType(c);
        return (type != Character.SPACE_SEPARATOR || c == ' ')
                && type != Character.LINE_SEPARATOR
                && type != Character.PARAGRAPH_SEPARATOR
                && type != Character.SURROGATE;
    }
}
