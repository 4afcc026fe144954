package dev.ballast.control.plan;

import dev.ballast.control.model.Percent;

/**
 * What of a service a change disturbs: what {@code maxDisruption} limits.
 *
 * @param measure what is counted
 * @param disturbed of {@code of}
 * @param of all there are
 * @param certainty of {@code disturbed}
 */
public record Stake(Measure measure, long disturbed, long of, Certainty certainty) {
    /** What is counted. */
    public enum Measure {
        /** Live flows. */
        FLOWS,
        /** Slots of the running ring, each as good as its share of the flows. */
        SLOTS
    }

    /** Nothing. */
    public static final Stake NONE = new Stake(Measure.FLOWS, 0, 0, Certainty.EXACT);

    private static final int BASIS_POINTS = 10_000;

    /** 0 to 1. */
    public double share() {
        return of == 0 ? 0 : (double) disturbed / of;
    }

    /** Whether that is more than the budget, to the last flow. */
    public boolean exceeds(Percent budget) {
        return disturbed * BASIS_POINTS > of * budget.basisPoints();
    }

    /** The least budget that it does not exceed. */
    public Percent budgetNeeded() {
        return of == 0 ? Percent.NONE : new Percent((int) Math.ceilDiv(disturbed * BASIS_POINTS, of));
    }

    /** The one with the larger share. */
    Stake or(Stake other) {
        return share() >= other.share() ? this : other;
    }
}
