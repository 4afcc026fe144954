package dev.ballast.perf.fleet;

/**
 * What the ages of live connections say about keeping a previous ring.
 *
 * <p>Asking the previous ring at a time T after a change is right for the connections that are older than T and wrong for the others, so it
 * gains as long as more than half of them are older.
 *
 * @param medianS the age that half of the live connections have passed: the break-even for a re-hash at a known time after a change
 * @param longestKeepS for how long a previous ring may be kept at most to gain more than it costs, if the re-hash comes at any time of that
 */
record LiveAges(double medianS, double longestKeepS) {
    private static final int SAMPLES = 200_000;

    /** From drawn ages; to about a hundredth. */
    static LiveAges of(FlowLengths lengths, long seed) {
        double[] ages = lengths.liveAgesS(SAMPLES, seed);
        return new LiveAges(ages[SAMPLES / 2], longestKeepS(ages));
    }

    /**
     * Of the connections live at a time that is uniform in 0..W, the share that is older than that time is E[min(age, W)] / W. It falls
     * as W grows; the result is the first of the ages at which it is below one half.
     */
    private static double longestKeepS(double[] ascendingAges) {
        double sumBelow = 0;
        for (int i = 0; i < ascendingAges.length; i++) {
            double keepS = ascendingAges[i];
            double olderSum = sumBelow + keepS * (ascendingAges.length - i);
            if (olderSum < keepS * ascendingAges.length / 2) {
                return keepS;
            }
            sumBelow += keepS;
        }
        return ascendingAges[ascendingAges.length - 1];
    }
}
