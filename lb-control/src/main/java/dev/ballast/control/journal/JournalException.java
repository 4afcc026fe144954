package dev.ballast.control.journal;

/** The state directory cannot be read or written; the message names the file, the cause and the cure. */
public final class JournalException extends Exception {
    private static final long serialVersionUID = 1;

    public JournalException(String message) {
        super(message);
    }

    public JournalException(String message, Throwable cause) {
        super(message, cause);
    }
}
