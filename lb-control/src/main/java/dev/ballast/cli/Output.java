package dev.ballast.cli;

import java.util.Locale;
import picocli.CommandLine.TypeConversionException;

/** The form of an answer. */
enum Output {
    /** For people. */
    TABLE,
    /** The message of the API in proto3's JSON, with the field names and types of {@code ballast/v1/*.proto}. */
    JSON,
    /** The same as YAML. */
    YAML;

    static Output parse(String text) {
        for (Output output : values()) {
            if (output.toString().equals(text)) {
                return output;
            }
        }
        throw new TypeConversionException("expected table, json or yaml but was '" + text + "'");
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
