package dev.ballast.cli;

/** What the command tells the shell; the same for every verb. */
final class ExitStatus {
    /** What was asked for is done. */
    static final int DONE = 0;

    /** Refused; nothing has changed. */
    static final int REFUSED = 1;

    /** The command line is wrong. */
    static final int USAGE = 2;

    /** The daemon could not be reached, so it was asked for nothing. */
    static final int UNREACHABLE = 3;

    /** Accepted but not done, or nobody knows: the connection was lost after the change was sent. */
    static final int UNKNOWN = 4;

    /** Another revision is current than the expected one; nothing has changed. */
    static final int CONFLICT = 5;

    /** {@code diff --exit-code}: they differ. */
    static final int DIFFERENT = 6;

    private ExitStatus() {}
}
