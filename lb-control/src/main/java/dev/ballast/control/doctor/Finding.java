package dev.ballast.control.doctor;

/**
 * What one check found.
 *
 * @param check what was looked at, one or two words
 * @param detail what is so, and why it matters if it is not well
 * @param cure what to do, a command where there is one; "" if all is well
 */
public record Finding(String check, Outcome outcome, String detail, String cure) {
    /** How bad it is. */
    public enum Outcome {
        OK,
        /** It works, but costs something or is about to go wrong. */
        WARNING,
        /** Packets or changes are lost by it. */
        PROBLEM
    }

    static Finding ok(String check, String detail) {
        return new Finding(check, Outcome.OK, detail, "");
    }

    static Finding warning(String check, String detail, String cure) {
        return new Finding(check, Outcome.WARNING, detail, cure);
    }

    static Finding problem(String check, String detail, String cure) {
        return new Finding(check, Outcome.PROBLEM, detail, cure);
    }
}
