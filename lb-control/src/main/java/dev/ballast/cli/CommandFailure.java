package dev.ballast.cli;

import dev.ballast.v1.Refusal;
import java.util.List;
import java.util.Optional;

/** The end of a command that did not do what it was asked: lines for standard error, and the exit status. */
final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int exitStatus;
    private final transient List<String> lines;
    private final transient Optional<Refusal> refusal;

    private CommandFailure(int exitStatus, List<String> lines, Optional<Refusal> refusal) {
        super(String.join("\n", lines), null, false, false);
        this.exitStatus = exitStatus;
        this.lines = lines;
        this.refusal = refusal;
    }

    CommandFailure(int exitStatus, String message) {
        this(exitStatus, List.of("ballast: " + message), Optional.empty());
    }

    /** One line for each problem; those with a place in {@code source} begin with {@code SOURCE:LINE:COLUMN}. */
    static CommandFailure refused(int exitStatus, Refusal refusal, String source) {
        List<String> lines = refusal.getProblemsList().stream()
                .map(problem -> problem.getLine() > 0
                        ? source + ":" + problem.getLine() + ":" + problem.getColumn() + ": " + problem.getMessage()
                        : "ballast: " + problem.getMessage())
                .toList();
        return new CommandFailure(exitStatus, lines, Optional.of(refusal));
    }

    /** The same for a verb that has a line a packet on standard output, where a document would be in the way. */
    CommandFailure linesOnly() {
        return new CommandFailure(exitStatus, lines, Optional.empty());
    }

    int exitStatus() {
        return exitStatus;
    }

    List<String> lines() {
        return lines;
    }

    /** As the daemon sent it, for those who asked for JSON or YAML. */
    Optional<Refusal> refusal() {
        return refusal;
    }
}
