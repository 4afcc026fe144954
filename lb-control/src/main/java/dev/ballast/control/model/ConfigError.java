package dev.ballast.control.model;

/**
 * One thing that is wrong with a configuration, where it stands, and what would be right.
 *
 * @param path the place in the document, such as {@code services.web.backends[3].weight}; "" for the document itself
 * @param line from 1; 0 when the error has no place in a file
 * @param column from 1, in characters; 0 when the error has no place in a file
 * @param given what stands there, as written; "" when that says nothing (something is missing or unknown)
 * @param problem what is wrong with it, a phrase that follows on {@code given}
 * @param allowed the values or keys that are possible; "" when they cannot be listed
 * @param cure what to do, an imperative; "" when {@code allowed} says it
 */
public record ConfigError(
        String path, int line, int column, String given, String problem, String allowed, String cure) {

    /**
     * All of it in one line, for people:
     * {@code services.web.backends[3].weight: 99999 is out of range; allowed: 0 to 10000 (line 41, column 36)}.
     */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        if (!path.isEmpty()) {
            text.append(path).append(": ");
        }
        if (!given.isEmpty()) {
            text.append(given).append(' ');
        }
        text.append(problem);
        if (!allowed.isEmpty()) {
            text.append("; allowed: ").append(allowed);
        }
        if (!cure.isEmpty()) {
            text.append("; ").append(cure);
        }
        if (line > 0) {
            text.append(" (line ")
                    .append(line)
                    .append(", column ")
                    .append(column)
                    .append(')');
        }
        return text.toString();
    }

    /** The same for those who show the place in their own way. */
    public ConfigError withoutPlace() {
        return new ConfigError(path, 0, 0, given, problem, allowed, cure);
    }
}
