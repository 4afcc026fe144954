package dev.ballast.control.plan;

/** How well a number of a {@link DisruptionReport} is known. */
public enum Certainty {
    /** It was counted. */
    EXACT,
    /** It is what is to be expected of flows that are spread by chance. */
    ABOUT,
    /** It may be less: what it depends on is not in the flow table. */
    AT_MOST;

    /** The one that is known less well. */
    Certainty and(Certainty other) {
        return compareTo(other) >= 0 ? this : other;
    }
}
