package dev.ballast.perf.fleet;

import java.util.List;

/**
 * Which ring of the past a balancer asks first for a packet in mid-stream whose flow it does not know.
 *
 * <p>The rules of the product are {@code voted}; the others are there to show what these are worth.
 *
 * @param keepS for how long after a change a ring is kept, in seconds; 0: never
 * @param replaced whether a change while a ring is kept replaces it, or leaves the older one until its time is over
 * @param voted whether what is kept ends early, once more flows are of after the change than of before it
 */
record KeepPrevious(double keepS, boolean replaced, boolean voted) {
    /** Only the current ring is asked. */
    static final KeepPrevious NEVER = new KeepPrevious(0, false, false);

    /** Kept until the next change, however long that takes. */
    static final KeepPrevious ALWAYS = new KeepPrevious(Double.POSITIVE_INFINITY, true, false);

    /** No ring. */
    static final int NONE = -1;

    /** A ring that was in force for less is not kept: as in the daemon. */
    private static final double SETTLED_S = 10;

    /** From one look at the flow table to the next: as in the daemon. */
    private static final double CENSUS_S = 5;

    /**
     * A balancer took another ring into use.
     *
     * @param atS when
     * @param from the version that it had until then
     * @param to the version that it has from then on
     */
    record RingChange(double atS, int from, int to) {}

    /** For so long after the first of several changes. */
    static KeepPrevious within(double keepS) {
        return new KeepPrevious(keepS, false, false);
    }

    /** For so long after the last of several changes. */
    static KeepPrevious newestWithin(double keepS) {
        return new KeepPrevious(keepS, true, false);
    }

    /** The product's way: for so long after the first of several changes at most, and not against the flow table. */
    static KeepPrevious votedWithin(double keepS) {
        return new KeepPrevious(keepS, false, true);
    }

    /**
     * The version that is asked first at a time, or {@link #NONE}.
     *
     * @param changes one balancer's, in order, none of them later
     */
    int version(List<RingChange> changes, double nowS, Census census) {
        int kept = NONE;
        for (int i = 0; i < changes.size(); i++) {
            double atS = changes.get(i).atS();
            if (kept != NONE && !lasts(changes.subList(0, i), kept, atS, census)) {
                kept = NONE;
            }
            boolean settled = i == 0 || atS - changes.get(i - 1).atS() >= SETTLED_S;
            if (settled && (replaced || kept == NONE)) {
                kept = i;
            }
        }
        return kept != NONE && lasts(changes, kept, nowS, census)
                ? changes.get(kept).from()
                : NONE;
    }

    private boolean lasts(List<RingChange> changes, int kept, double untilS, Census census) {
        RingChange change = changes.get(kept);
        if (untilS - change.atS() >= keepS) {
            return false;
        }
        if (voted) {
            for (double atS = change.atS() + CENSUS_S; atS <= untilS; atS += CENSUS_S) {
                if (census.outvotes(changes, change.from(), atS)) {
                    return false;
                }
            }
        }
        return true;
    }
}
