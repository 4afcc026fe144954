package dev.ballast.datapath;

import org.jspecify.annotations.Nullable;

/** A load, adoption or change of the tables that cannot be; the message reads {@code OPERATION OBJECT: CAUSE; CURE}. */
public class DatapathException extends RuntimeException {
    private final String operation;
    private final String object;
    private final String cure;

    /**
     * @param operation what was attempted: {@code adopt}
     * @param object on what: {@code /sys/fs/bpf/ballast/default}
     * @param problem what is wrong
     * @param cure what to do about it
     */
    public DatapathException(String operation, String object, String problem, String cure) {
        this(operation, object, problem, cure, null);
    }

    DatapathException(String operation, String object, String problem, String cure, @Nullable Throwable cause) {
        super(operation + " " + object + ": " + problem + "; " + cure, cause);
        this.operation = operation;
        this.object = object;
        this.cure = cure;
    }

    /** What was attempted. */
    public String operation() {
        return operation;
    }

    /** On what. */
    public String object() {
        return object;
    }

    /** What to do. */
    public String cure() {
        return cure;
    }
}
