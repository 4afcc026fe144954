package dev.ballast.control.model;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Writes a configuration: {@link ConfigReader} reads what comes out as an equal one, so that
 * {@code ballast get -o yaml | ballast apply -f -} changes nothing.
 */
public final class ConfigWriter {
    /** Text that no YAML reader takes for anything but text; the rest is quoted. */
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z][A-Za-z0-9._/-]*|[0-9]+(ms|[smh%]|[KMG]i|-tuple)");

    /** Text that a reader of YAML 1.1 or 1.2 takes for a truth value or nothing. */
    private static final Pattern WORD_WITH_A_MEANING =
            Pattern.compile("true|false|null|yes|no|on|off|y|n", Pattern.CASE_INSENSITIVE);

    private final StringBuilder out;

    private ConfigWriter(StringBuilder out) {
        this.out = out;
    }

    /** YAML for people: sections in blocks, one line for each VIP, check and backend. Ends with a line feed. */
    public static String toYaml(Config config) {
        ConfigWriter writer = new ConfigWriter(new StringBuilder());
        writer.block(ConfigTree.of(config), 0);
        return writer.out.toString();
    }

    /** What {@link #toYaml} writes of a service, in the block of services. */
    static String serviceToYaml(Service service, Defaults defaults) {
        ConfigWriter writer = new ConfigWriter(new StringBuilder());
        writer.block(Map.of(service.name(), ConfigTree.service(service, defaults)), 1);
        return writer.out.toString();
    }

    /** The same tree as JSON (RFC 8259) in one line. */
    public static String toJson(Config config) {
        ConfigWriter writer = new ConfigWriter(new StringBuilder());
        writer.flow(ConfigTree.of(config), true);
        return writer.out.toString();
    }

    /** A tree as JSON for people: one line a value, two spaces a level, lists of values in one line. */
    static void indented(StringBuilder out, Object tree) {
        new ConfigWriter(out).indented(tree, 0);
    }

    private void indented(Object value, int depth) {
        String margin = "\n" + "  ".repeat(depth + 1);
        switch (value) {
            case Map<?, ?> map
            when !map.isEmpty() -> {
                out.append('{');
                String before = margin;
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    out.append(before).append(quoted(entry.getKey().toString())).append(": ");
                    indented(entry.getValue(), depth + 1);
                    before = "," + margin;
                }
                out.append('\n').append("  ".repeat(depth)).append('}');
            }
            case List<?> list
            when list.stream().anyMatch(Map.class::isInstance) -> {
                out.append('[');
                String before = margin;
                for (Object item : list) {
                    out.append(before);
                    indented(item, depth + 1);
                    before = "," + margin;
                }
                out.append('\n').append("  ".repeat(depth)).append(']');
            }
            default -> flow(value, true);
        }
    }

    /** A value of a {@link ConfigTree} as YAML in one line. */
    static String inline(Object value) {
        ConfigWriter writer = new ConfigWriter(new StringBuilder());
        writer.flow(value, false);
        return writer.out.toString();
    }

    private void block(Map<?, ?> map, int depth) {
        map.forEach((key, value) -> {
            out.append("  ".repeat(depth)).append(plainOrQuoted(key.toString())).append(':');
            if (value instanceof Map<?, ?> child && !isLine(child, depth)) {
                out.append('\n');
                block(child, depth + 1);
            } else if (value instanceof List<?> list && !list.isEmpty()) {
                out.append('\n');
                for (Object item : list) {
                    out.append("  ".repeat(depth + 1)).append("- ");
                    flow(item, false);
                    out.append('\n');
                }
            } else {
                out.append(' ');
                flow(value, false);
                out.append('\n');
            }
        });
    }

    /** Whether a mapping is short enough for one line: below the top level, with nothing nested in it. */
    private static boolean isLine(Map<?, ?> map, int depth) {
        return map.isEmpty()
                || (depth > 0
                        && map.values().stream().noneMatch(value -> value instanceof Map || value instanceof List));
    }

    private void flow(Object value, boolean json) {
        String separator = json ? "," : ", ";
        switch (value) {
            case Map<?, ?> map -> {
                out.append('{');
                String before = "";
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    out.append(before);
                    flow(entry.getKey(), json);
                    out.append(json ? ":" : ": ");
                    flow(entry.getValue(), json);
                    before = separator;
                }
                out.append('}');
            }
            case List<?> list -> {
                out.append('[');
                String before = "";
                for (Object item : list) {
                    out.append(before);
                    flow(item, json);
                    before = separator;
                }
                out.append(']');
            }
            case String text -> out.append(json ? quoted(text) : plainOrQuoted(text));
            default -> out.append(value);
        }
    }

    private static String plainOrQuoted(String text) {
        return isPlain(text) ? text : quoted(text);
    }

    /** Whether text is written without quotes. */
    static boolean isPlain(String text) {
        boolean plain = PLAIN.matcher(text).matches()
                && !WORD_WITH_A_MEANING.matcher(text).matches();
        return plain || isIpv4(text);
    }

    /** Three dots keep it from being a number. */
    private static boolean isIpv4(String text) {
        return text.matches("[0-9]+(\\.[0-9]+){3}(/[0-9]+)?");
    }

    /** JSON's string, which is a double-quoted one of YAML too. */
    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        text.chars().forEach(c -> {
            switch (c) {
                case '"', '\\' -> quoted.append('\\').append((char) c);
                default -> {
                    if (c < 0x20 || c > 0x7e) {
                        quoted.append("\\u%04x".formatted(c));
                    } else {
                        quoted.append((char) c);
                    }
                }
            }
        });
        return quoted.append('"').toString();
    }
}
