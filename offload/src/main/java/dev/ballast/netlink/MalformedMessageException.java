package dev.ballast.netlink;

/** Bytes that are no netlink message: a length that runs past its container, or a value of the wrong size. Never leaves this package. */
final class MalformedMessageException extends RuntimeException {
    MalformedMessageException(String what) {
        super(what);
    }
}
