package dev.ballast.bpf;

/** A program that the kernel's verifier rejected. The message holds the lines of its log that matter, {@link #log()} all of them. */
public final class VerifierException extends BpfException {
    private final String program;
    private final String log;

    VerifierException(String object, String program, int errno, String log) {
        super(
                "load",
                "program '" + program + "' of object '" + object + "'",
                errno,
                "the verifier rejected it:\n" + VerifierLog.digest(log));
        this.program = program;
        this.log = log;
    }

    /** The program's name. */
    public String program() {
        return program;
    }

    /** The verifier's whole log; where it outgrew its buffer, the end of it. */
    public String log() {
        return log;
    }
}
