package dev.ballast.cli;

import dev.ballast.v1.Problem;
import java.util.List;

/**
 * Judges a configuration file as the daemon would read it, without one. The command knows nothing of the model: whoever
 * ships both provides this to {@link java.util.ServiceLoader}.
 */
public interface ConfigurationCheck {
    /**
     * What came of it.
     *
     * @param problems in the order of the file; none: it is valid
     * @param summary of a valid one, a phrase such as {@code valid; services: 2, interfaces: 1}
     */
    record Outcome(List<Problem> problems, String summary) {}

    /** {@code yaml} is UTF-8, below 16 MiB; {@code fileName} is for messages. */
    Outcome check(String fileName, byte[] yaml);
}
