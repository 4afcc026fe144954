package dev.ballast.control.loop;

import java.util.List;

/** A change that was not made. Nothing has changed; {@link #problems} name the causes and the cures. */
public final class ChangeRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What kind of refusal, for the status code of an edge. */
    public enum Kind {
        /** The input is wrong. */
        INVALID,
        /** The state does not allow it. */
        STATE,
        /** Another revision is current. */
        CONFLICT,
        /** No such service or member. */
        NOT_FOUND,
        /** The queue is full, or the daemon is stopping. */
        UNAVAILABLE,
        /** The kernel or the disk said no; the cause is in the problem. */
        FAILED
    }

    /** One cause; {@code line} and {@code column} are 0 when it is not from a file. */
    public record Problem(
            String path, int line, int column, String given, String allowed, String cure, String message) {
        public static Problem of(String message) {
            return new Problem("", 0, 0, "", "", "", message);
        }
    }

    private final Kind kind;
    private final transient List<Problem> problems;

    public ChangeRefusedException(Kind kind, List<Problem> problems) {
        super(String.join("\n", problems.stream().map(Problem::message).toList()));
        this.kind = kind;
        this.problems = List.copyOf(problems);
    }

    public ChangeRefusedException(Kind kind, String message) {
        this(kind, List.of(Problem.of(message)));
    }

    public Kind kind() {
        return kind;
    }

    public List<Problem> problems() {
        return problems;
    }
}
