package dev.ballast.control.plan;

/** What is wanted does not fit the tables; the message names the limit and the cure. */
public final class PlanException extends Exception {
    private static final long serialVersionUID = 1;

    public PlanException(String message) {
        super(message);
    }
}
