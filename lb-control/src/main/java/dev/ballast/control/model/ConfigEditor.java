package dev.ballast.control.model;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Changes single places of a configuration.
 *
 * <p>The running configuration is laid out as the tree that {@link ConfigTree} makes of it, each edit changes the tree, and what
 * comes out goes through the reader of files: what a file may say an edit may say, and what is refused there is refused here with the
 * same words. Names of places that are not there are told at once, with the nearest one that is. Where all edits lie within services,
 * and change nothing that a rule between services looks at, only these are laid out and read; the others stay the same objects. Pure.
 */
public final class ConfigEditor {
    /** How many of many names a message lists. */
    private static final int LISTED = 20;

    private static final Position NOWHERE = new Position(0, 0);

    private final YamlNode root;

    private ConfigEditor(YamlNode root) {
        this.root = root;
    }

    /**
     * The configuration with all edits made, one after the other.
     *
     * @throws ConfigException if an edit names a place that is not there, or what comes out is not valid; the errors have paths and no
     *     lines
     */
    public static Config edit(Config config, List<ConfigEdit> edits) throws ConfigException {
        Set<String> named = servicesNamed(config, edits);
        if (!named.isEmpty()) {
            try {
                Map<String, Service> before = new TreeMap<>();
                named.forEach(name -> before.put(name, config.services().get(name)));
                Config after = editAll(config.withoutServices().withServices(before), edits);
                if (before.values().stream().allMatch(service -> bearsTheSame(service, after))) {
                    return config.withServices(after.services());
                }
            } catch (ConfigException e) {
                return editAll(config, edits); // refuses it as well, and can say what else there is
            }
        }
        return editAll(config, edits);
    }

    /** The services within which all edits lie; none if one of them lies elsewhere. */
    private static Set<String> servicesNamed(Config config, List<ConfigEdit> edits) {
        Set<String> names = new TreeSet<>();
        for (ConfigEdit edit : edits) {
            try {
                List<ConfigPath.Step> steps = ConfigPath.parse(edit.path());
                if (steps.size() < 3
                        || !steps.get(0).equals(new ConfigPath.Key("services"))
                        || !(steps.get(1) instanceof ConfigPath.Key service)
                        || !config.services().containsKey(service.name())) {
                    return Set.of();
                }
                names.add(service.name());
            } catch (NoSuchPlace e) {
                return Set.of();
            }
        }
        return names;
    }

    /** Whether all that the rules between services look at is as it was, so that a valid service leaves the whole valid. */
    private static boolean bearsTheSame(Service before, Config edited) {
        Service after = edited.services().get(before.name());
        return after != null
                && before.vips().equals(after.vips())
                && before.encap().equals(after.encap())
                && before.ring().size() == after.ring().size()
                && before.sources().equals(after.sources())
                && before.backends().stream()
                        .map(Backend::address)
                        .toList()
                        .equals(after.backends().stream().map(Backend::address).toList());
    }

    private static Config editAll(Config config, List<ConfigEdit> edits) throws ConfigException {
        ConfigEditor editor = new ConfigEditor(node(ConfigTree.of(config)));
        for (ConfigEdit edit : edits) {
            try {
                editor.make(edit);
            } catch (NoSuchPlace e) {
                throw new ConfigException("edit", e.errors, 0);
            }
        }
        return ConfigReader.read("edit", editor.root);
    }

    private void make(ConfigEdit edit) throws NoSuchPlace {
        List<ConfigPath.Step> steps = ConfigPath.parse(edit.path());
        Optional<YamlNode> value = edit.value().isPresent()
                ? Optional.of(value(edit.path(), edit.value().get()))
                : Optional.empty();
        YamlNode at = root;
        Shape shape = Schema.FILE;
        String path = "";
        for (ConfigPath.Step step : steps.subList(0, steps.size() - 1)) {
            Place place = place(at, shape, path, step);
            at = place.enter();
            shape = place.shape();
            path = place.path();
        }
        Place place = place(at, shape, path, steps.getLast());
        if (value.isPresent()) {
            place.put(value.get());
        } else {
            place.remove();
        }
    }

    /** One step into the tree. */
    private sealed interface Place {
        Shape shape();

        String path();

        /** What stands there, to go on from; a mapping that is left out is made. */
        YamlNode enter() throws NoSuchPlace;

        void put(YamlNode value) throws NoSuchPlace;

        void remove() throws NoSuchPlace;
    }

    /** A place that the schema knows or the reader will refuse. */
    private static Place place(YamlNode at, Shape shape, String path, ConfigPath.Step step) throws NoSuchPlace {
        return switch (step) {
            case ConfigPath.Key key -> {
                if (!(at instanceof YamlNode.Mapping mapping)) {
                    throw refuse(
                            Section.join(path, key.name()),
                            "there is no key in " + at.kind(),
                            "",
                            at instanceof YamlNode.Sequence ? "name an element: " + path + "[0]" : "set " + path);
                }
                yield keyed(mapping, shape, path, key.name());
            }
            case ConfigPath.Element element -> {
                if (!(at instanceof YamlNode.Sequence list)) {
                    throw refuse(
                            path + "[" + element.text() + "]",
                            at.kind() + " has no elements",
                            "",
                            at instanceof YamlNode.Mapping ? "name a key behind a dot" : "set " + path);
                }
                yield element(list, shape, path, element.text());
            }
        };
    }

    private static Place keyed(YamlNode.Mapping mapping, Shape shape, String path, String name) throws NoSuchPlace {
        String here = Section.join(path, name);
        return switch (shape) {
            case Shape.Named named -> new NamedPlace(mapping, named.value(), here, name);
            case Shape.Keys keys -> {
                List<String> known = keys.keys().stream()
                        .filter(key -> !key.later() || mapping.entries().containsKey(key.name()))
                        .map(Shape.SchemaKey::name)
                        .toList();
                Shape.SchemaKey key = keys.find(name)
                        .orElseThrow(() ->
                                refuse(here, "unknown key", String.join(", ", known), Nearest.didYouMean(name, known)));
                yield new KeyPlace(mapping, key, here);
            }
            default -> throw refuse(here, "there is no key below " + path, "", "set " + path);
        };
    }

    /** A key of the schema: may be absent, and then its default counts. */
    private record KeyPlace(YamlNode.Mapping mapping, Shape.SchemaKey key, String path) implements Place {
        @Override
        public Shape shape() {
            return key.shape();
        }

        @Override
        public YamlNode enter() throws NoSuchPlace {
            YamlNode.Entry entry = mapping.entries().get(key.name());
            if (entry != null) {
                return entry.value();
            }
            if (key.shape() instanceof Shape.Keys || key.shape() instanceof Shape.Named) {
                YamlNode made = new YamlNode.Mapping(NOWHERE, new LinkedHashMap<>());
                put(made);
                return made;
            }
            throw refuse(path, "is left out, and has no elements", "", "set " + path + " to the whole list");
        }

        @Override
        public void put(YamlNode value) {
            mapping.entries().put(key.name(), new YamlNode.Entry(NOWHERE, value));
        }

        @Override
        public void remove() {
            mapping.entries().remove(key.name()); // what is left out already has its default
        }
    }

    /** A service: one that is not there can be added whole, and nothing else. */
    private record NamedPlace(YamlNode.Mapping mapping, Shape shape, String path, String name) implements Place {
        @Override
        public YamlNode enter() throws NoSuchPlace {
            return present().value();
        }

        @Override
        public void put(YamlNode value) {
            mapping.entries().put(name, new YamlNode.Entry(NOWHERE, value));
        }

        @Override
        public void remove() throws NoSuchPlace {
            var _ = present();
            mapping.entries().remove(name);
        }

        private YamlNode.Entry present() throws NoSuchPlace {
            YamlNode.Entry entry = mapping.entries().get(name);
            if (entry == null) {
                var names = mapping.entries().keySet();
                throw refuse(path, "there is no " + name, listed(names.stream()), Nearest.didYouMean(name, names));
            }
            return entry;
        }
    }

    private static Place element(YamlNode.Sequence list, Shape shape, String path, String text) throws NoSuchPlace {
        Shape item = shape instanceof Shape.Listed listed ? listed.item() : new Shape.Anything();
        String here = path + "[" + text + "]";
        if (text.matches("[0-9]{1,7}")) {
            int index = Integer.parseInt(text);
            int size = list.items().size();
            if (index > size) {
                String allowed = size == 0 ? "0, which adds one" : "0 to " + (size - 1) + ", and " + size + " adds one";
                throw refuse(here, "the list has " + size + " elements", allowed, "");
            }
            return new ElementPlace(list, item, here, index, Optional.empty());
        }
        boolean addressed =
                item instanceof Shape.Keys keys && keys.find("address").isPresent() && path.endsWith(".backends");
        if (!addressed) {
            throw refuse(
                    here, "is no number", "0 to " + Math.max(0, list.items().size() - 1), "");
        }
        String address = canonical(text);
        int index = IntStream.range(0, list.items().size())
                .filter(i ->
                        addressOf(list.items().get(i)).filter(address::equals).isPresent())
                .findFirst()
                .orElse(list.items().size());
        return new ElementPlace(list, item, here, index, Optional.of(address));
    }

    /** The element at {@code index}, or behind the last: then it can be added, and nothing else. */
    private record ElementPlace(YamlNode.Sequence list, Shape shape, String path, int index, Optional<String> address)
            implements Place {
        @Override
        public YamlNode enter() throws NoSuchPlace {
            return list.items().get(present());
        }

        @Override
        public void put(YamlNode value) {
            if (address.isPresent()
                    && value instanceof YamlNode.Mapping mapping
                    && !mapping.entries().containsKey("address")) {
                mapping.entries()
                        .put(
                                "address",
                                new YamlNode.Entry(NOWHERE, new YamlNode.Scalar(NOWHERE, address.get(), false)));
            }
            if (index == list.items().size()) {
                list.items().add(value);
            } else {
                list.items().set(index, value);
            }
        }

        @Override
        public void remove() throws NoSuchPlace {
            list.items().remove(present());
        }

        private int present() throws NoSuchPlace {
            if (index < list.items().size()) {
                return index;
            }
            List<String> there = list.items().stream()
                    .flatMap(item -> addressOf(item).stream())
                    .toList();
            if (address.isPresent()) {
                throw refuse(
                        path,
                        "there is no backend " + address.get(),
                        listed(there.stream()),
                        Nearest.didYouMean(address.get(), there));
            }
            throw refuse(path, "the list has " + index + " elements", index == 0 ? "" : "0 to " + (index - 1), "");
        }
    }

    private static Optional<String> addressOf(YamlNode item) {
        YamlNode.Entry entry =
                item instanceof YamlNode.Mapping mapping ? mapping.entries().get("address") : null;
        return entry != null && entry.value() instanceof YamlNode.Scalar scalar
                ? Optional.of(canonical(scalar.text()))
                : Optional.empty();
    }

    /** The form in which equal addresses are equal; what is none stays as it is, for the reader to refuse. */
    private static String canonical(String text) {
        try {
            return Address.parse(text).toString();
        } catch (IllegalArgumentException e) {
            return text;
        }
    }

    private static String listed(Stream<String> names) {
        return names.limit(LISTED).collect(Collectors.joining(", "));
    }

    private static YamlNode value(String path, String yaml) throws NoSuchPlace {
        if (yaml.isBlank()) {
            throw refuse(path, "no value is given", "", "write one, or remove the place");
        }
        Findings findings = new Findings();
        Optional<YamlNode> parsed = YamlParser.parse(yaml.getBytes(UTF_8), findings);
        try {
            findings.throwIfAny("edit");
        } catch (ConfigException e) {
            throw new NoSuchPlace(e.errors().stream()
                    .map(error -> new ConfigError(
                            error.path().isEmpty() ? path : path + "." + error.path(),
                            0,
                            0,
                            error.given(),
                            error.problem(),
                            error.allowed(),
                            error.cure()))
                    .toList());
        }
        return withoutPlace(parsed.orElseThrow());
    }

    /** The lines of a value are none of a file's. Lists and maps can be edited further. */
    private static YamlNode withoutPlace(YamlNode node) {
        return switch (node) {
            case YamlNode.Scalar scalar -> new YamlNode.Scalar(NOWHERE, scalar.text(), scalar.plain());
            case YamlNode.Sequence list ->
                new YamlNode.Sequence(
                        NOWHERE,
                        list.items().stream()
                                .map(ConfigEditor::withoutPlace)
                                .collect(Collectors.toCollection(ArrayList::new)));
            case YamlNode.Mapping mapping -> {
                Map<String, YamlNode.Entry> entries = new LinkedHashMap<>();
                mapping.entries()
                        .forEach((key, entry) ->
                                entries.put(key, new YamlNode.Entry(NOWHERE, withoutPlace(entry.value()))));
                yield new YamlNode.Mapping(NOWHERE, entries);
            }
        };
    }

    private static YamlNode node(Object value) {
        return switch (value) {
            case Map<?, ?> map -> {
                Map<String, YamlNode.Entry> entries = new LinkedHashMap<>();
                map.forEach((key, each) -> entries.put(key.toString(), new YamlNode.Entry(NOWHERE, node(each))));
                yield new YamlNode.Mapping(NOWHERE, entries);
            }
            case List<?> list ->
                new YamlNode.Sequence(
                        NOWHERE,
                        list.stream().map(ConfigEditor::node).collect(Collectors.toCollection(ArrayList::new)));
            case String text -> new YamlNode.Scalar(NOWHERE, text, ConfigWriter.isPlain(text));
            default -> new YamlNode.Scalar(NOWHERE, value.toString(), true);
        };
    }

    static NoSuchPlace refuse(String path, String problem, String allowed, String cure) {
        return new NoSuchPlace(List.of(new ConfigError(path, 0, 0, "", problem, allowed, cure)));
    }

    /** An edit cannot be made. Never leaves the package. */
    static final class NoSuchPlace extends Exception {
        private static final long serialVersionUID = 1;

        private final transient List<ConfigError> errors;

        NoSuchPlace(List<ConfigError> errors) {
            super(errors.getFirst().toString(), null, false, false);
            this.errors = errors;
        }
    }
}
