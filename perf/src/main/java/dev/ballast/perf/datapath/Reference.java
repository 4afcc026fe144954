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

    /** Only means something on a machine like that one. */
    double ratio(double netNs) {
        return netNs / katranNs;
    }

    /** As if this machine were to that one as their empty programs are: an estimate, since cache misses do not scale with it. */
    double scaledRatio(double netNs, double emptyNs) {
        return ratio(netNs) * EMPTY_NS / emptyNs;
    }
}
