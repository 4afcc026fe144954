package dev.ballast.control.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Prints {@link Schema} as a JSON Schema (draft 2020-12), from which editors complete, explain and check.
 *
 * <p>It refuses only what {@link ConfigReader} refuses, but for one thing: what YAML takes for a number or a truth value is text
 * to the reader where text belongs ({@code serverId: 0x2a}), and something else to an editor; quotes please both. What one value
 * asks of another is beyond it. Keys of later features are in it, explained and refused.
 */
public final class JsonSchema {
    private static final String DIALECT = "https://json-schema.org/draft/2020-12/schema";

    private static final String LATER = "Not in this build";

    private JsonSchema() {}

    /**
     * Writes it into a file.
     *
     * @param arguments the file's name
     * @throws IOException if the file cannot be written
     */
    public static void main(String[] arguments) throws IOException {
        Path file = Path.of(arguments[0]);
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(file, text());
    }

    /** The schema, with line feeds. */
    public static String text() {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("$schema", DIALECT);
        schema.put("title", "The configuration of Ballast, version " + Config.VERSION);
        schema.putAll(of(Schema.FILE));
        StringBuilder out = new StringBuilder();
        ConfigWriter.indented(out, schema);
        return out.append('\n').toString();
    }

    /** The schema of a shape, as maps, lists, strings, numbers and truth values. */
    static Map<String, Object> of(Shape shape) {
        return switch (shape) {
            case Shape.Keys keys -> keys(keys);
            case Shape.Named named -> {
                Map<String, Object> schema = type(List.of("object", "null"));
                schema.put("propertyNames", Map.of("pattern", whole(Names.PATTERN)));
                schema.put("additionalProperties", of(named.value()));
                yield schema;
            }
            case Shape.Listed list -> {
                Map<String, Object> schema = type("array");
                schema.put("items", of(list.item()));
                if (list.min() > 0) {
                    schema.put("minItems", list.min());
                }
                if (list.max() < Integer.MAX_VALUE) {
                    schema.put("maxItems", list.max());
                }
                yield schema;
            }
            case Shape.Anything _ -> new LinkedHashMap<>();
            case Shape.Scalar scalar -> scalar(scalar);
        };
    }

    private static Map<String, Object> keys(Shape.Keys keys) {
        List<String> needed = keys.keys().stream()
                .filter(Shape.SchemaKey::isNeeded)
                .map(Shape.SchemaKey::name)
                .toList();
        Map<String, Object> properties = new LinkedHashMap<>();
        keys.keys().forEach(key -> properties.put(key.name(), key(key)));
        Map<String, Object> schema = type(needed.isEmpty() ? List.of("object", "null") : "object");
        if (!needed.isEmpty()) {
            schema.put("required", needed);
        }
        schema.put("additionalProperties", false);
        schema.put("properties", properties);
        List<Map<String, Object>> pairs = new ArrayList<>();
        keys.exclusive().forEach(pair -> pairs.add(Map.of("not", Map.of("required", pair))));
        if (!pairs.isEmpty()) {
            schema.put("allOf", pairs);
        }
        return schema;
    }

    private static Map<String, Object> key(Shape.SchemaKey key) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("description", key.later() ? LATER + ": " + key.about() : key.about() + laterWords(key.shape()));
        if (key.later()) {
            schema.put("not", Map.of());
            schema.put("errorMessage", LATER);
            schema.put("doNotSuggest", true);
        }
        schema.putAll(of(key.shape()));
        key.byDefault().ifPresent(value -> schema.put("default", value));
        return schema;
    }

    private static String laterWords(Shape shape) {
        return shape instanceof Shape.Choice choice && !choice.later().isEmpty()
                ? " (not in this build: " + String.join(", ", choice.later()) + ")"
                : "";
    }

    private static Map<String, Object> scalar(Shape.Scalar shape) {
        return switch (shape) {
            case Shape.Whole whole -> {
                Map<String, Object> schema = type("integer");
                schema.put("minimum", whole.min());
                schema.put("maximum", whole.max());
                yield schema;
            }
            case Shape.WholeOrWord either -> {
                Map<String, Object> schema = new LinkedHashMap<>();
                schema.put("anyOf", List.of(scalar(either.whole()), Map.of("const", either.word())));
                yield schema;
            }
            case Shape.Truth _ -> type("boolean");
            case Shape.Span _ -> matching(Units.DURATION);
            case Shape.Share _ -> matching(Units.PERCENT_TO_100);
            case Shape.Size _ -> matching(Units.SIZE);
            case Shape.Choice choice -> {
                Map<String, Object> schema = new LinkedHashMap<>();
                schema.put("enum", choice.words());
                yield schema;
            }
            case Shape.Text<?> text -> text(text.pattern());
        };
    }

    /** What looks like a number or a truth value is text too, where such text is possible. */
    private static Map<String, Object> text(Pattern pattern) {
        List<String> types = new ArrayList<>(List.of("string"));
        if (pattern.matcher("7").matches()) {
            types.add("integer");
        }
        if (pattern.matcher("1.5").matches()) {
            types.add("number");
        }
        if (pattern.matcher("true").matches()) {
            types.add("boolean");
        }
        Map<String, Object> schema = types.size() == 1 ? matching(pattern) : type(types);
        schema.put("pattern", whole(pattern));
        if (types.contains("integer") && !pattern.matcher("-7").matches()) {
            schema.put("minimum", 0);
        }
        return schema;
    }

    private static Map<String, Object> matching(Pattern pattern) {
        Map<String, Object> schema = type("string");
        schema.put("pattern", whole(pattern));
        return schema;
    }

    private static String whole(Pattern pattern) {
        return "^(?:" + pattern.pattern() + ")$";
    }

    private static Map<String, Object> type(Object types) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", types);
        return schema;
    }
}
