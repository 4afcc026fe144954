package dev.ballast.control.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonMetaSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.NonValidationKeyword;
import com.networknt.schema.SchemaId;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import dev.ballast.control.model.Shape.SchemaKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** What editors are told is what the reader does, judged by a JSON Schema validator that is not ours. */
class JsonSchemaTest {
    /** The draft, and two words that editors take beyond it. */
    private static final JsonMetaSchema DRAFT = JsonMetaSchema.builder(JsonMetaSchema.getV202012())
            .keyword(new NonValidationKeyword("errorMessage"))
            .keyword(new NonValidationKeyword("doNotSuggest"))
            .build();

    private static final JsonSchemaFactory FACTORY =
            JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012, builder -> builder.metaSchema(DRAFT));
    private static final com.networknt.schema.JsonSchema SCHEMA = FACTORY.getSchema(JsonSchema.text());

    /** What somebody may write in the wrong place. */
    private static final List<Object> POOL = List.of(
            true,
            0,
            1,
            7,
            -1,
            0.5,
            70_000,
            4_294_967_296L,
            "",
            "x",
            "7",
            "true",
            "10%",
            "101%",
            "2s",
            "2",
            "4Mi",
            "any",
            "none",
            "10.0.0.1",
            "2001:db8::1",
            "10.0.0.0/8",
            "0x2a",
            List.of(),
            Map.of(),
            List.of(1),
            Map.of("a", 1),
            List.of(Map.of()));

    @Test
    void it_is_a_schema_of_draft_2020_12() {
        assertThat(FACTORY.getSchema(com.networknt.schema.SchemaLocation.of(SchemaId.V202012))
                        .validate(JsonSchema.text(), InputFormat.JSON))
                .isEmpty();
        assertThat(JsonSchema.text()).startsWith("{\n  \"$schema\": \"" + SchemaId.V202012.replace("#", "") + "\",");
    }

    @Test
    void each_key_is_explained_in_one_line() {
        Map<String, SchemaKey> keys = keys();
        assertThat(keys)
                .hasSizeGreaterThan(100)
                .containsKeys("services.*.backends[].weight", "node.bgp.peers[].holdTime");
        keys.forEach((path, key) -> assertThat(key.about()).as(path).matches("[A-Za-z0-9\"][^\n]{5,150}[^.\n]"));
    }

    @Test
    void a_key_of_a_later_feature_is_explained_and_refused() {
        assertThat(JsonSchema.text()).contains("\"description\": \"Not in this build: Announces the VIPs to routers\"");
        assertThat(
                        refusals(
                                "{\"version\":1,\"node\":{\"name\":\"lb1\",\"interfaces\":[{\"name\":\"eth0\"}],\"probes\":{}}}"))
                .isNotEmpty();
    }

    @Test
    void a_default_in_it_is_what_the_reader_fills_in() {
        Map<String, Object> tree = smallTree();
        Config without = read(tree).orElseThrow();
        List<String> tried = new ArrayList<>();
        keys().forEach((path, key) -> {
            if (key.byDefault().isPresent() && !key.later()) {
                Map<String, Object> with = copy(tree);
                put(with, path, key.byDefault().get());
                assertThat(read(with)).as(path).contains(without);
                tried.add(path);
            }
        });
        assertThat(tried).hasSizeGreaterThan(20).contains("services.*.backends[].weight", "defaults.check.jitter");
    }

    @Test
    void the_samples_are_valid_by_it() throws Exception {
        try (Stream<Path> samples = Files.list(Path.of("..", "packaging", "config"))) {
            List<Path> yaml =
                    samples.filter(file -> file.toString().endsWith(".yaml")).toList();
            assertThat(yaml).hasSizeGreaterThan(4);
            for (Path sample : yaml) {
                // As another YAML library reads it: what an editor sees is not what our reader makes of it.
                Object tree = new Load(LoadSettings.builder().build()).loadFromString(Files.readString(sample));
                assertThat(refusals(json(copy(tree)))).as(sample.toString()).isEmpty();
            }
        }
    }

    @Property(tries = 300)
    void each_valid_configuration_is_valid_by_it(@ForAll long seed) {
        assertThat(refusals(ConfigWriter.toJson(RandomConfigs.config(seed)))).isEmpty();
    }

    /** Any value in any place: what an editor marks red, the reader refuses. */
    @Property(tries = 2_000)
    void what_it_refuses_the_reader_refuses(@ForAll long seed) {
        Random random = new Random(seed);
        Map<String, Object> tree = copy(ConfigTree.of(RandomConfigs.config(random.nextLong())));
        List<Place> places = places(tree, Schema.FILE, "");
        Place place = places.get(random.nextInt(places.size()));
        place.set().accept(place, POOL.get(random.nextInt(POOL.size())));
        Set<ValidationMessage> refusals = refusals(json(tree));
        if (!refusals.isEmpty()) {
            assertThat(read(tree))
                    .as("%s, refused by the schema: %s", json(tree), refusals)
                    .isEmpty();
        }
    }

    /** One mistake of a kind that a schema can tell: both tell it. */
    @Property(tries = 2_000)
    void a_mistake_in_one_place_is_refused_by_both(@ForAll long seed) {
        Random random = new Random(seed);
        Map<String, Object> tree = copy(ConfigTree.of(RandomConfigs.config(random.nextLong())));
        List<Place> places = places(tree, Schema.FILE, "");
        Place place = places.get(random.nextInt(places.size()));
        List<Object> wrong = wrong(place.shape());
        if (place.value() instanceof Map<?, ?> && random.nextBoolean()) {
            wrong = wrongKeys(place);
        }
        place.set().accept(place, wrong.get(random.nextInt(wrong.size())));
        assertThat(refusals(json(tree)))
                .as("the schema takes %s: %s", place.path(), json(tree))
                .isNotEmpty();
        assertThat(read(tree))
                .as("the reader takes %s: %s", place.path(), json(tree))
                .isEmpty();
    }

    // --- mistakes ------------------------------------------------------------------------------------------------

    private static List<Object> wrong(Shape shape) {
        return switch (shape) {
            case Shape.Keys _, Shape.Named _ -> List.of("text", 7, List.of(), List.of(Map.of()));
            case Shape.Listed list ->
                list.min() > 0 ? List.of("text", Map.of(), List.of()) : List.of("text", 7, Map.of());
            case Shape.Anything _ -> throw new AssertionError("only later features have anything");
            case Shape.Whole whole -> List.of(whole.min() - 1, whole.max() + 1, "7", 0.5, true, List.of(7), "");
            case Shape.WholeOrWord either ->
                List.of(either.whole().min() - 1, either.whole().max() + 1, "7", either.word() + "x", 0.5, false);
            case Shape.Truth _ -> List.of("true", "yes", 1, List.of(true));
            case Shape.Span _ -> List.of(5, "5", "5d", "-5s", "1.5s", "5S", true, "");
            case Shape.Share _ -> List.of(5, 0.05, "5", "101%", "-1%", "5 %", "1.234%", true);
            case Shape.Size _ -> List.of(4_194_304, "4M", "4MiB", "-4Mi", true, "Mi");
            case Shape.Choice choice -> {
                List<Object> words = new ArrayList<>(List.of("bogus", "", 7, true, List.of()));
                words.addAll(choice.later());
                yield words;
            }
            case Shape.Text<?> _ -> List.of("", " ", List.of(), Map.of(), List.of("x"));
        };
    }

    /** The same mapping with a key that nobody knows, one of a later feature, or without one that is needed. */
    private static List<Object> wrongKeys(Place place) {
        List<Object> wrong = new ArrayList<>();
        Map<String, Object> value = copy(place.value());
        if (place.shape() instanceof Shape.Keys keys) {
            wrong.add(with(value, "bogus", 1));
            for (SchemaKey key : keys.keys()) {
                if (key.later()) {
                    wrong.add(with(value, key.name(), Map.of()));
                } else if (key.isNeeded()) {
                    Map<String, Object> less = new LinkedHashMap<>(value);
                    less.remove(key.name());
                    wrong.add(less);
                }
            }
        } else {
            wrong.add(with(
                    value, "Not_A_Name", smallTree().get("services") instanceof Map<?, ?> map ? map.get("web") : 0));
        }
        return wrong;
    }

    private static Map<String, Object> with(Map<String, Object> map, String key, @Nullable Object value) {
        Map<String, Object> more = new LinkedHashMap<>(map);
        more.put(key, value);
        return more;
    }

    // --- trees ---------------------------------------------------------------------------------------------------

    /** One value of a tree, what the schema has there, and how to put another in its place. */
    private record Place(String path, Object value, Shape shape, BiConsumer<Place, Object> set) {}

    private static List<Place> places(Object value, Shape shape, String path) {
        List<Place> places = new ArrayList<>();
        if (value instanceof Map<?, ?> given) {
            @SuppressWarnings("unchecked") // trees have text as keys
            Map<String, Object> map = (Map<String, Object>) given;
            map.forEach((key, child) -> {
                Shape childShape = shape instanceof Shape.Keys keys
                        ? keys.find(key).orElseThrow().shape()
                        : ((Shape.Named) shape).value();
                String childPath = path + "." + key;
                places.add(new Place(childPath, child, childShape, (_, other) -> map.put(key, other)));
                places.addAll(places(child, childShape, childPath));
            });
        } else if (value instanceof List<?> given) {
            @SuppressWarnings("unchecked")
            List<Object> list = (List<Object>) given;
            for (int i = 0; i < list.size(); i++) {
                int index = i;
                Shape item = ((Shape.Listed) shape).item();
                String itemPath = path + "[" + i + "]";
                places.add(new Place(itemPath, list.get(i), item, (_, other) -> list.set(index, other)));
                places.addAll(places(list.get(i), item, itemPath));
            }
        }
        return places;
    }

    private static Map<String, Object> smallTree() {
        return copy(
                ConfigTree.of(
                        Configs.read(
                                Configs.NODE
                                        + "services: {web: {vips: [{address: 203.0.113.10, port: 80, protocol: tcp}], backends: [{address: 10.0.0.1}]}}\n")));
    }

    /** Every key of the file by its path; {@code *} stands for a name, {@code []} for an index. */
    private static Map<String, SchemaKey> keys() {
        Map<String, SchemaKey> keys = new TreeMap<>();
        collect(Schema.FILE, "", keys);
        return keys;
    }

    private static void collect(Shape shape, String path, Map<String, SchemaKey> keys) {
        switch (shape) {
            case Shape.Keys of ->
                of.keys().forEach(key -> {
                    String keyPath = path.isEmpty() ? key.name() : path + "." + key.name();
                    keys.put(keyPath, key);
                    collect(key.shape(), keyPath, keys);
                });
            case Shape.Named named -> collect(named.value(), path + ".*", keys);
            case Shape.Listed list -> collect(list.item(), path + "[]", keys);
            default -> {}
        }
    }

    @SuppressWarnings("unchecked") // trees have text as keys
    private static void put(Map<String, Object> tree, String path, Object value) {
        Map<String, Object> at = tree;
        List<String> steps = Arrays.asList(path.split("\\."));
        for (String step : steps.subList(0, steps.size() - 1)) {
            String key = step.replace("[]", "").replace("*", "web");
            Object child = at.computeIfAbsent(key, _ -> new LinkedHashMap<String, Object>());
            at = (Map<String, Object>) (child instanceof List<?> list ? list.getFirst() : child);
        }
        at.put(steps.getLast(), value);
    }

    /** A tree that can be changed. */
    @SuppressWarnings("unchecked") // the copy of a mapping is a mapping
    private static Map<String, Object> copy(Object tree) {
        return (Map<String, Object>) deepCopy(tree);
    }

    private static Object deepCopy(Object value) {
        return switch (value) {
            case Map<?, ?> map -> {
                Map<String, Object> copy = new LinkedHashMap<>();
                map.forEach((key, child) -> copy.put(key.toString(), deepCopy(child)));
                yield copy;
            }
            case List<?> list ->
                new ArrayList<>(list.stream().map(JsonSchemaTest::deepCopy).toList());
            default -> value;
        };
    }

    private static Optional<Config> read(Map<String, Object> tree) {
        try {
            return Optional.of(ConfigReader.read("tree.json", json(tree).getBytes(UTF_8)));
        } catch (ConfigException e) {
            return Optional.empty();
        }
    }

    private static String json(Map<String, Object> tree) {
        StringBuilder json = new StringBuilder();
        ConfigWriter.indented(json, tree);
        return json.toString();
    }

    private static Set<ValidationMessage> refusals(String json) {
        return SCHEMA.validate(json, InputFormat.JSON);
    }
}
