package dev.ballast.control.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What may stand at a place of the file.
 *
 * <p>{@link Schema} describes the whole file with these, and nothing else does: a {@link Section} lets its reader ask for
 * described keys only, a {@link Value} takes its range from here, what belongs to a later feature is held against it, and
 * {@link JsonSchema} prints it for editors.
 */
sealed interface Shape {
    /** One value. */
    sealed interface Scalar extends Shape {}

    /**
     * A key of a mapping.
     *
     * @param name as written
     * @param shape of what stands under it
     * @param about one line for people, without a full stop
     * @param cure what to write where a key that has to be there is missing; "" where it may be left out
     * @param byDefault what leaving it out means, as JSON would have it; empty where that is no one value
     * @param later whether its feature is not in this build
     */
    record SchemaKey(String name, Shape shape, String about, String cure, Optional<Object> byDefault, boolean later) {
        static SchemaKey of(String name, Shape shape, String about) {
            return new SchemaKey(name, shape, about, "", Optional.empty(), false);
        }

        /** A key whose feature is not in this build. */
        static SchemaKey later(String name, Shape shape, String about) {
            return new SchemaKey(name, shape, about, "", Optional.empty(), true);
        }

        SchemaKey needed(String whatToWrite) {
            return new SchemaKey(name, shape, about, whatToWrite, byDefault, later);
        }

        SchemaKey byDefault(Object value) {
            return new SchemaKey(name, shape, about, cure, Optional.of(value), later);
        }

        SchemaKey withoutDefault() {
            return new SchemaKey(name, shape, about, cure, Optional.empty(), later);
        }

        boolean isNeeded() {
            return !cure.isEmpty();
        }
    }

    /**
     * A mapping.
     *
     * @param keys those that it may have, in the order in which messages list them
     * @param exclusive keys that do not stand together
     */
    record Keys(List<SchemaKey> keys, List<List<String>> exclusive) implements Shape {
        static Keys of(SchemaKey... keys) {
            return new Keys(List.of(keys), List.of());
        }

        /** The same where these keys do not stand together. */
        Keys notTogether(String... names) {
            return new Keys(keys, List.of(List.of(names)));
        }

        Optional<SchemaKey> find(String name) {
            for (SchemaKey key : keys) {
                if (key.name().equals(name)) {
                    return Optional.of(key);
                }
            }
            return Optional.empty();
        }

        /** The names of those that this build has, for messages. */
        String possible() {
            return keys.stream()
                    .filter(key -> !key.later())
                    .map(SchemaKey::name)
                    .collect(Collectors.joining(", "));
        }

        /** The same where what is left out comes from elsewhere. */
        Keys withoutDefaults() {
            return new Keys(keys.stream().map(SchemaKey::withoutDefault).toList(), exclusive);
        }
    }

    /** A mapping from names to one shape. */
    record Named(Keys value) implements Shape {}

    /**
     * A list.
     *
     * @param min how many there are at least
     * @param max how many there are at most
     */
    record Listed(Shape item, int min, int max) implements Shape {
        static Listed of(Shape item) {
            return new Listed(item, 0, Integer.MAX_VALUE);
        }

        Listed atLeastOne() {
            return new Listed(item, 1, max);
        }

        Listed atMost(int most) {
            return new Listed(item, min, most);
        }
    }

    /** Whatever its feature will make of it. */
    record Anything() implements Shape {}

    /** A whole number. */
    record Whole(long min, long max) implements Scalar {}

    /** A whole number, or a word that has a number too. */
    record WholeOrWord(Whole whole, String word, int meaning) implements Scalar {}

    /** {@code true} or {@code false}. */
    record Truth() implements Scalar {}

    /** A duration with its unit. */
    record Span(java.time.Duration min, java.time.Duration max) implements Scalar {}

    /** A percentage with its sign. */
    record Share(Percent min, Percent max) implements Scalar {}

    /** A size with its unit. */
    record Size(long min, long max) implements Scalar {}

    /**
     * One of some words.
     *
     * @param words that this build knows
     * @param later those whose features it has not
     */
    record Choice(List<String> words, List<String> later) implements Scalar {
        /** The constants of an enum. */
        static Choice of(Class<? extends Enum<?>> type, String... later) {
            List<String> words = new ArrayList<>();
            for (Enum<?> constant : type.getEnumConstants()) {
                words.add(Words.of(constant));
            }
            return new Choice(List.copyOf(words), Arrays.asList(later));
        }
    }

    /**
     * Text of some form.
     *
     * @param reader makes a value of it, or reports why not
     * @param pattern what all of the text matches; the reader may ask for more
     */
    record Text<T>(Function<Value, Optional<T>> reader, Pattern pattern) implements Scalar {
        /** Text that has to match a pattern and nothing else. */
        static Text<String> of(Pattern pattern, String problem, String allowed) {
            return new Text<>(
                    value -> {
                        if (pattern.matcher(value.text()).matches()) {
                            return Optional.of(value.text());
                        }
                        value.refuse(problem, allowed, "");
                        return Optional.empty();
                    },
                    pattern);
        }
    }
}
