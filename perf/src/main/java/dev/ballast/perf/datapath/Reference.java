package dev.ballast.perf.datapath;

/**
 * What Katran's own object needs for the same packets, and what this datapath aims at. The figures are of one 2-core virtual
 * machine, by the method of this benchmark; they are constants here, Katran is not run.
 *
 * @param katranNs a packet there, net
 * @param aimRatio the share of it that this datapath may need
 */
record Reference(double katranNs, double aimRatio) {
    /** What an empty XDP program that answers XDP_TX costs on the machine of the figures. */
    static final double EMPTY_NS = 6;

    /** Runs on one machine differ by a third. */
    private static final double TOLERANCE = 1.0 / 3;

    /** Whether a machine where an empty program costs so much may be like that one. */
    static boolean isComparable(double emptyNs) {
        return Math.abs(emptyNs - EMPTY_NS) <= EMPTY_NS * TOLERANCE;
    }

    /** Only means something on a machine like that one. */
    double ratio(double netNs) {
        return netNs / katranNs;
    }
}
