package dev.ballast.control.journal;

import java.util.List;

/**
 * An accepted change: who, when, what, and from where. What it led to is an {@link Accepted}.
 *
 * @param revision from 1, one more with each change
 * @param fromRevision that it was made upon; 0: none
 * @param timeUnixMs when it was accepted
 * @param author {@code uid:1000}, {@code daemon}
 * @param operation the verb: apply, edit, drain, undrain, rollback
 * @param object the file, the member, the revision that was gone back to
 * @param requestId by which a repetition is known; "": none
 * @param requestDigest of what was asked, so that another request is not taken for a repetition; "" without an id
 * @param effects one line for each thing that changed, the first hundred
 * @param configDigest of the configured state that it led to
 */
public record Revision(
        long revision,
        long fromRevision,
        long timeUnixMs,
        String author,
        String operation,
        String object,
        String requestId,
        String requestDigest,
        List<String> effects,
        String configDigest) {
    /** More lines would be read by nobody: the difference of two revisions can be asked for. */
    private static final int EFFECTS_MAX = 100;
    /** File names and effects are for people; none is cut that a person would read to its end. */
    private static final int TEXT_MAX_CHARS = 1_000;

    /** Cuts what is too long to be kept a thousand times. */
    public Revision {
        author = clip(author);
        operation = clip(operation);
        object = clip(object);
        effects = effects.stream().limit(EFFECTS_MAX).map(Revision::clip).toList();
    }

    private static String clip(String text) {
        return text.length() <= TEXT_MAX_CHARS ? text : text.substring(0, TEXT_MAX_CHARS - 1) + "…";
    }

    /** What is kept in memory of each revision. */
    Revision withoutEffects() {
        return new Revision(
                revision,
                fromRevision,
                timeUnixMs,
                author,
                operation,
                object,
                requestId,
                requestDigest,
                List.of(),
                configDigest);
    }
}
