package dev.ballast.netlink;

/**
 * A netlink request or system call that failed. The message says which operation on which object, the errno, the kernel's own words where
 * it gave some (extended ack), and what to do.
 */
public final class NetlinkException extends RuntimeException {
    private final String operation;
    private final String object;
    private final int errno;
    private final String kernelMessage;
    private final String cure;

    NetlinkException(String operation, String object, int errno, String kernelMessage) {
        this(operation, object, errno, kernelMessage, Errno.cure(errno));
    }

    NetlinkException(String operation, String object, int errno, String kernelMessage, String cure) {
        super(message(operation, object, errno, kernelMessage, cure));
        this.operation = operation;
        this.object = object;
        this.errno = errno;
        this.kernelMessage = kernelMessage;
        this.cure = cure;
    }

    private static String message(String operation, String object, int errno, String kernelMessage, String cure) {
        return operation + " of " + object + ": " + Errno.describe(errno)
                + (kernelMessage.isEmpty() ? "" : ", \"" + kernelMessage + "\"") + "; " + cure;
    }

    /** The request or system call, by its name in rtnetlink(7) or section 2 of the manual. */
    public String operation() {
        return operation;
    }

    /** What it was about: an interface, a destination, a neighbour. */
    public String object() {
        return object;
    }

    /** The kernel's error number, positive. */
    public int errno() {
        return errno;
    }

    /** The kernel's own words from the extended ack; empty if it gave none. */
    public String kernelMessage() {
        return kernelMessage;
    }

    /** What to do about it. */
    public String cure() {
        return cure;
    }
}
