package dev.ballast.control.model;

import java.util.List;
import java.util.stream.Collectors;

/** A configuration was refused; nothing was changed. Its message has one line for each error. */
public final class ConfigException extends Exception {
    private final List<ConfigError> errors;
    private final int omitted;

    /**
     * Names what is wrong.
     *
     * @param fileName as the operator gave it; stands before every line of the message
     * @param errors at least one, in the order of the file
     * @param omitted how many more there are that {@code errors} leaves out
     */
    public ConfigException(String fileName, List<ConfigError> errors, int omitted) {
        super(message(fileName, errors, omitted));
        this.errors = List.copyOf(errors);
        this.omitted = omitted;
    }

    /** The errors in the order of the file, at least one. */
    public List<ConfigError> errors() {
        return errors;
    }

    /** How many errors there are beyond {@link #errors}. */
    public int omitted() {
        return omitted;
    }

    private static String message(String fileName, List<ConfigError> errors, int omitted) {
        String lines = errors.stream().map(error -> fileName + ": " + error).collect(Collectors.joining("\n"));
        return omitted == 0 ? lines : lines + "\n" + fileName + ": and " + omitted + " more";
    }
}
