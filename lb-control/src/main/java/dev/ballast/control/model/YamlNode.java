package dev.ballast.control.model;

import java.util.List;
import java.util.Map;

/** A YAML document as a tree, each node with its place. Built by {@link YamlParser}; at most 16 levels deep. */
sealed interface YamlNode {
    /** Where the node begins. */
    Position at();

    /** As it is called in messages: {@code text}, {@code a list}, {@code a mapping}. */
    String kind();

    /**
     * Text, a number, a truth value or nothing.
     *
     * @param text without quotes, escapes resolved
     * @param plain whether it was written without quotes, so that the core schema may see more than text in it
     */
    record Scalar(Position at, String text, boolean plain) implements YamlNode {
        @Override
        public String kind() {
            return "text";
        }

        /** Whether it is the core schema's null, such as the value of {@code key:} with nothing behind it. */
        boolean isNull() {
            return plain
                    && switch (text) {
                        case "", "~", "null", "Null", "NULL" -> true;
                        default -> false;
                    };
        }
    }

    /** A list. */
    record Sequence(Position at, List<YamlNode> items) implements YamlNode {
        @Override
        public String kind() {
            return "a list";
        }
    }

    /** A mapping, in the order of the file; of a key that was given twice, the first. */
    record Mapping(Position at, Map<String, Entry> entries) implements YamlNode {
        @Override
        public String kind() {
            return "a mapping";
        }
    }

    /** One entry of a mapping. */
    record Entry(Position keyAt, YamlNode value) {}
}
