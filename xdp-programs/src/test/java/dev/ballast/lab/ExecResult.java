package dev.ballast.lab;

import java.util.List;

/**
 * How a command ended.
 *
 * @param where the node it ran in, or {@code host}
 * @param command with its arguments
 * @param exit its status; 128 + the signal's number where one ended it
 * @param stdout as UTF-8, cut after {@link Command#MAX_OUTPUT_BYTES}
 * @param stderr likewise
 */
public record ExecResult(String where, List<String> command, int exit, String stdout, String stderr) {
    public ExecResult {
        command = List.copyOf(command);
    }

    /** This result, if the command succeeded. */
    public ExecResult checked() {
        if (exit != 0) {
            String said = stderr.isBlank() ? stdout.strip() : stderr.strip();
            throw new LabException("%s: `%s` exited with %d: %s"
                    .formatted(where, String.join(" ", command), exit, said.isEmpty() ? "(it said nothing)" : said));
        }
        return this;
    }
}
