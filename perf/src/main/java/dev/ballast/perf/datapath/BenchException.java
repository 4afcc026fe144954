package dev.ballast.perf.datapath;

/** A measurement that cannot be made, or whose figure would be of something else; the message says what to do. */
final class BenchException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BenchException(String message) {
        super(message);
    }

    BenchException(String message, Throwable cause) {
        super(message, cause);
    }
}
