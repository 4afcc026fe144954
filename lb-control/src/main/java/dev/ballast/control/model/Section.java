package dev.ballast.control.model;

import dev.ballast.control.model.Shape.Anything;
import dev.ballast.control.model.Shape.Keys;
import dev.ballast.control.model.Shape.Listed;
import dev.ballast.control.model.Shape.Named;
import dev.ballast.control.model.Shape.Scalar;
import dev.ballast.control.model.Shape.SchemaKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * One mapping of the file while it is read.
 *
 * <p>A reader asks for each key that {@link Schema} has there, and ends with {@link #close}, which reports the keys that
 * nobody knows and those whose feature is not in this build. Asking for a key that is not described, and forgetting one
 * that is, are mistakes of the reader and end in an {@link IllegalStateException} whatever the file says: nothing is
 * described and ignored, or read and not described. Confined to one call of the reader.
 */
final class Section {
    private final Findings findings;
    private final String path;
    private final Position at;
    private final Shape shape;
    private final Map<String, YamlNode.Entry> entries;

    /** Whether something else than a mapping stands here: reported once, and then nothing counts as missing. */
    private final boolean broken;

    private final Set<String> asked = new HashSet<>();

    /** Keys of a later feature that what they depend on has answered already. */
    private final Set<String> answered = new HashSet<>();

    private Section(
            Findings findings,
            String path,
            Position at,
            Shape shape,
            Map<String, YamlNode.Entry> entries,
            boolean broken) {
        this.findings = findings;
        this.path = path;
        this.at = at;
        this.shape = shape;
        this.entries = entries;
        this.broken = broken;
    }

    /** The section at {@code path}; empty where {@code node} is null ({@code key:} and nothing behind it). */
    static Section of(Findings findings, String path, Position at, YamlNode node, Shape shape) {
        if (node instanceof YamlNode.Mapping mapping) {
            return new Section(findings, path, at, shape, mapping.entries(), false);
        }
        boolean isNull = node instanceof YamlNode.Scalar scalar && scalar.isNull();
        if (!isNull) {
            String problem = node.kind() + " stands where a mapping (key: value) belongs";
            findings.add(node.at(), path, "", problem, "", path.isEmpty() ? "" : example(shape, node));
        }
        return new Section(findings, path, at, shape, Map.of(), !isNull);
    }

    /** What could be written instead; "" where nothing has to be. */
    private static String example(Shape shape, YamlNode given) {
        if (!(shape instanceof Keys(List<SchemaKey> keys, List<List<String>> _))) {
            return "write each one's name as its key, {web: {...}}";
        }
        List<String> needed =
                keys.stream().filter(SchemaKey::isNeeded).map(SchemaKey::name).toList();
        if (needed.size() == 1 && given instanceof YamlNode.Scalar text) {
            return "write {%s: %s}".formatted(needed.getFirst(), Findings.show(text.text()));
        }
        return needed.isEmpty() ? "" : "write {" + String.join(": ..., ", needed) + ": ...}";
    }

    static String join(String path, String key) {
        return path.isEmpty() ? Findings.show(key) : path + "." + Findings.show(key);
    }

    String path() {
        return path;
    }

    String path(String key) {
        return join(path, key);
    }

    /** Where the section is named. */
    Position at() {
        return at;
    }

    Findings findings() {
        return findings;
    }

    boolean has(String key) {
        return entries.containsKey(key);
    }

    /** Where a key stands, or where the section is named when it does not. */
    Position at(String key) {
        YamlNode.Entry entry = entries.get(key);
        return entry == null ? at : entry.keyAt();
    }

    /** Every entry of a mapping from names. */
    Map<String, YamlNode.Entry> named() {
        return entries;
    }

    /** The section under a name. */
    Section named(String name) {
        YamlNode.Entry entry = Objects.requireNonNull(entries.get(name));
        return of(
                findings,
                path(name),
                entry.keyAt(),
                entry.value(),
                as(Named.class, shape).value());
    }

    /** What the schema has under a key, which is asked for by this; reports it where it is needed and not there. */
    private SchemaKey ask(String key) {
        SchemaKey known = as(Keys.class, shape)
                .find(key)
                .orElseThrow(() -> new IllegalStateException("the schema has no " + path(key)));
        asked.add(key);
        if (known.isNeeded() && !broken && !has(key) && !isMisspelt(key)) {
            findings.add(at, path(key), "", "missing", "", known.cure());
        }
        return known;
    }

    private boolean isMisspelt(String key) {
        return entries.keySet().stream()
                .anyMatch(given -> Nearest.to(given, List.of(key)).isPresent());
    }

    private <S> S as(Class<S> kind, Shape is) {
        if (!kind.isInstance(is)) {
            throw new IllegalStateException("the schema has " + is + " at " + path + ", not " + kind.getSimpleName());
        }
        return kind.cast(is);
    }

    /** The scalar under a key, empty when there is none or when something else stands there. */
    Optional<Value> value(String key) {
        Scalar expected = as(Scalar.class, ask(key).shape());
        YamlNode.Entry entry = entries.get(key);
        return entry == null ? Optional.empty() : scalar(path(key), entry.value(), expected);
    }

    private Optional<Value> scalar(String valuePath, YamlNode node, Scalar expected) {
        if (!(node instanceof YamlNode.Scalar scalar)) {
            findings.add(node.at(), valuePath, "", node.kind() + " stands where one value belongs", "", "");
            return Optional.empty();
        }
        if (scalar.isNull()) {
            findings.add(scalar.at(), valuePath, "", "has no value", "", "write one, or leave the key out");
            return Optional.empty();
        }
        return Optional.of(new Value(findings, valuePath, scalar, expected));
    }

    /** The whole number under a key, or the fallback when there is none. */
    int integer(String key, int fallback) {
        return value(key).flatMap(Value::integer).orElse(fallback);
    }

    /** The duration under a key, or the fallback when there is none. */
    Duration duration(String key, Duration fallback) {
        return value(key).flatMap(Value::duration).orElse(fallback);
    }

    /** The constant under a key, or the fallback when there is none. */
    <E extends Enum<E>> E word(String key, Class<E> type, E fallback) {
        return value(key).flatMap(value -> value.word(type)).orElse(fallback);
    }

    /** Whether a list stands under the key and has nothing in it. */
    boolean isEmptyList(String key) {
        YamlNode.Entry entry = entries.get(key);
        return entry != null
                && entry.value() instanceof YamlNode.Sequence list
                && list.items().isEmpty();
    }

    /** The section under a key; an empty one when there is none. */
    Section section(String key) {
        SchemaKey known = ask(key);
        YamlNode.Entry entry = entries.get(key);
        return entry == null
                ? new Section(findings, path(key), at, known.shape(), Map.of(), broken || known.isNeeded())
                : of(findings, path(key), entry.keyAt(), entry.value(), known.shape());
    }

    /** The mappings of the list under a key; empty when there is none. */
    List<Section> sections(String key) {
        Listed expected = as(Listed.class, ask(key).shape());
        List<Section> sections = new ArrayList<>();
        for (YamlNode item : items(key, "write [] for none, [{...}] for one")) {
            String itemPath = path(key) + "[" + sections.size() + "]";
            sections.add(of(findings, itemPath, item.at(), item, expected.item()));
        }
        return sections;
    }

    /** The scalars of the list under a key; empty when there is none. What is no scalar is reported and left out. */
    List<Value> values(String key) {
        Scalar expected = as(Scalar.class, as(Listed.class, ask(key).shape()).item());
        List<Value> values = new ArrayList<>();
        int index = 0;
        for (YamlNode item : items(key, "write [] for none, [...] for one")) {
            scalar(path(key) + "[" + index++ + "]", item, expected).ifPresent(values::add);
        }
        return values;
    }

    private List<YamlNode> items(String key, String cure) {
        YamlNode.Entry entry = entries.get(key);
        if (entry == null) {
            return List.of();
        }
        if (!(entry.value() instanceof YamlNode.Sequence sequence)) {
            boolean isNull = entry.value() instanceof YamlNode.Scalar scalar && scalar.isNull();
            String problem = isNull ? "has no value" : entry.value().kind() + " stands where a list belongs";
            findings.add(entry.value().at(), path(key), "", problem, "", cure);
            return List.of();
        }
        return sequence.items();
    }

    /** Says that a key of a later feature belongs to a value that was refused already. */
    void answered(String key) {
        answered.add(key);
    }

    /** Reports the keys that are not in this build and those that nobody knows. */
    void close() {
        Keys keys = as(Keys.class, shape);
        for (SchemaKey key : keys.keys()) {
            if (!key.later() && !asked.contains(key.name())) {
                throw new IllegalStateException(
                        "of [" + keys.possible() + "] at " + path + ", only " + asked + " are read");
            }
        }
        entries.forEach((name, entry) -> {
            Optional<SchemaKey> key = keys.find(name);
            if (key.isEmpty()) {
                List<String> known = keys.keys().stream().map(SchemaKey::name).toList();
                findings.add(
                        entry.keyAt(), path(name), "", "unknown key", keys.possible(), Nearest.didYouMean(name, known));
            } else if (key.get().later()) {
                if (!answered.contains(name)) {
                    findings.add(entry.keyAt(), path(name), "", "not in this build", keys.possible(), "leave it out");
                }
                if (!asked.contains(name)) {
                    hold(key.get());
                }
            }
        });
    }

    /** Holds what stands under a key against its shape, so that what is written for a later feature is right. */
    private void hold(SchemaKey key) {
        switch (key.shape()) {
            case Keys _ -> section(key.name()).holdRest();
            case Listed list -> {
                if (list.item() instanceof Keys) {
                    sections(key.name()).forEach(Section::holdRest);
                } else {
                    values(key.name()).forEach(Value::hold);
                }
                if (isEmptyList(key.name()) && list.min() > 0) {
                    findings.add(at(key.name()), path(key.name()), "", "is empty", "", "name one, or leave it out");
                }
            }
            case Scalar _ -> value(key.name()).ifPresent(Value::hold);
            case Named _, Anything _ -> asked.add(key.name());
        }
    }

    /** Holds what nobody has asked for against its shape, and ends. */
    void holdRest() {
        as(Keys.class, shape).keys().stream()
                .filter(key -> !asked.contains(key.name()))
                .forEach(this::hold);
        close();
    }
}
