package dev.ballast.control.reconcile;

/** The kernel does not hold what is planned; the message names what refused, why, and the cure. */
public final class ReconcileException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public ReconcileException(String message) {
        super(message);
    }

    public ReconcileException(RuntimeException cause) {
        super(String.valueOf(cause.getMessage()), cause);
    }
}
