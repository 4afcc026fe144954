package dev.ballast.bpf;

import org.jspecify.annotations.Nullable;

/**
 * A BPF operation that the kernel or libbpf refused. The message reads
 * {@code OPERATION OBJECT: ERRNO (number, text): CURE}; its parts are there for a caller that decides by them.
 */
public class BpfException extends RuntimeException {
    private final String operation;
    private final String object;
    private final int errno;
    private final String cure;

    /**
     * @param operation what was attempted, as a verb: {@code pin map}
     * @param object what it was attempted on: {@code 'flows' at /sys/fs/bpf/flows}
     * @param errno the positive errno (or libbpf's own code from 4000 on); 0 where none was given
     * @param cure why that happens and what to do about it
     */
    public BpfException(String operation, String object, int errno, String cure) {
        this(operation, object, errno, cure, null);
    }

    BpfException(String operation, String object, int errno, String cure, @Nullable Throwable cause) {
        super(operation + " " + object + ": " + (errno == 0 ? "" : Errno.describe(errno) + ": ") + cure, cause);
        this.operation = operation;
        this.object = object;
        this.errno = errno;
        this.cure = cure;
    }

    /** What was attempted. */
    public String operation() {
        return operation;
    }

    /** What it was attempted on. */
    public String object() {
        return object;
    }

    /** The positive errno, libbpf's code from 4000 on, or 0 where the failure has no number. */
    public int errno() {
        return errno;
    }

    /** The errno's name, such as {@code EBUSY}; empty where there is none. */
    public String errnoName() {
        return errno == 0 ? "" : Errno.name(errno);
    }

    /** Why it happens and what to do about it. */
    public String cure() {
        return cure;
    }
}
