package dev.ballast.control.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One mapping of the file while it is read.
 *
 * <p>A reader asks for each key that can stand here, in the order in which messages should list them, and ends with
 * {@link #close}, which reports the keys that nobody asked for. So the readers are the schema, and an unknown key is
 * found without a second list of the known ones. Confined to one call of the reader.
 */
final class Section {
    private final Findings findings;
    private final String path;
    private final Position at;
    private final Map<String, YamlNode.Entry> entries;

    /** Whether something else than a mapping stands here: reported once, and then nothing counts as missing. */
    private final boolean broken;

    /** Keys that this build reads, in the order of being asked for. */
    private final List<String> possible = new ArrayList<>();

    /** Keys that are known, and answered "not in this build". */
    private final List<String> later = new ArrayList<>();

    /** Of {@link #later}, those that {@link #close} reports; the others are answered by what they depend on. */
    private final Set<String> answerLater = new HashSet<>();

    private Section(Findings findings, String path, Position at, Map<String, YamlNode.Entry> entries, boolean broken) {
        this.findings = findings;
        this.path = path;
        this.at = at;
        this.entries = entries;
        this.broken = broken;
    }

    /** The section at {@code path}; empty where {@code node} is null ({@code key:} and nothing behind it). */
    static Section of(Findings findings, String path, Position at, YamlNode node) {
        if (node instanceof YamlNode.Mapping mapping) {
            return new Section(findings, path, at, mapping.entries(), false);
        }
        boolean isNull = node instanceof YamlNode.Scalar scalar && scalar.isNull();
        if (!isNull) {
            findings.add(node.at(), path, "", node.kind() + " stands where a mapping (key: value) belongs", "", "");
        }
        return new Section(findings, path, at, Map.of(), !isNull);
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

    /** Every entry, for mappings whose keys are names. */
    Map<String, YamlNode.Entry> entries() {
        return entries;
    }

    /** Reports that a key is not there, unless a misspelt one is, which {@link #close} reports. */
    void missing(String key, String cure) {
        boolean misspelt = entries.keySet().stream()
                .anyMatch(given -> Nearest.to(given, List.of(key)).isPresent());
        if (!broken && !misspelt) {
            findings.add(at, path(key), "", "missing", "", cure);
        }
    }

    /** The scalar under a key, empty when there is none or when something else stands there. */
    Optional<Value> value(String key) {
        possible.add(key);
        YamlNode.Entry entry = entries.get(key);
        return entry == null ? Optional.empty() : scalar(path(key), entry.value());
    }

    /** The same for a key that must be there. */
    Optional<Value> required(String key, String cure) {
        if (!has(key)) {
            missing(key, cure);
        }
        return value(key);
    }

    private Optional<Value> scalar(String valuePath, YamlNode node) {
        if (!(node instanceof YamlNode.Scalar scalar)) {
            findings.add(node.at(), valuePath, "", node.kind() + " stands where one value belongs", "", "");
            return Optional.empty();
        }
        if (scalar.isNull()) {
            findings.add(scalar.at(), valuePath, "", "has no value", "", "write one, or leave the key out");
            return Optional.empty();
        }
        return Optional.of(new Value(findings, valuePath, scalar));
    }

    /** A whole number from {@code min} to {@code max}, or the fallback when there is none. */
    int integer(String key, int min, int max, int fallback) {
        return value(key).flatMap(value -> value.integer(min, max)).orElse(fallback);
    }

    /** A duration from {@code min} to {@code max}, or the fallback when there is none. */
    Duration duration(String key, Duration min, Duration max, Duration fallback) {
        return value(key).flatMap(value -> value.duration(min, max)).orElse(fallback);
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
        possible.add(key);
        YamlNode.Entry entry = entries.get(key);
        return entry == null
                ? new Section(findings, path(key), at, Map.of(), broken)
                : of(findings, path(key), entry.keyAt(), entry.value());
    }

    /** The mappings of the list under a key; empty when there is none. */
    List<Section> sections(String key) {
        List<Section> sections = new ArrayList<>();
        for (YamlNode item : items(key, "write [] for none, [{...}] for one")) {
            sections.add(of(findings, path(key) + "[" + sections.size() + "]", item.at(), item));
        }
        return sections;
    }

    /** The scalars of the list under a key; empty when there is none. What is no scalar is reported and left out. */
    List<Value> values(String key) {
        List<Value> values = new ArrayList<>();
        int index = 0;
        for (YamlNode item : items(key, "write [] for none, [...] for one")) {
            scalar(path(key) + "[" + index++ + "]", item).ifPresent(values::add);
        }
        return values;
    }

    private List<YamlNode> items(String key, String cure) {
        possible.add(key);
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

    /** A key whose feature is not in this build. */
    void later(String key, LaterKeys.Shape shape) {
        answerLater.add(key);
        laterUnanswered(key, shape);
    }

    /** A key that belongs to a value which was refused already: only its shape is looked at. */
    void laterUnanswered(String key, LaterKeys.Shape shape) {
        later.add(key);
        YamlNode.Entry entry = entries.get(key);
        if (entry != null) {
            shape.check(findings, path(key), entry.value());
        }
    }

    /** Reports the keys that are not in this build and those that nobody asked for. */
    void close() {
        List<String> known = new ArrayList<>(possible);
        known.addAll(later);
        String allowed = String.join(", ", possible);
        entries.forEach((key, entry) -> {
            if (answerLater.contains(key)) {
                findings.add(entry.keyAt(), path(key), "", "not in this build", allowed, "leave it out");
            } else if (!known.contains(key)) {
                findings.add(entry.keyAt(), path(key), "", "unknown key", allowed, Nearest.didYouMean(key, known));
            }
        });
    }
}
