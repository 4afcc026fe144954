package dev.ballast.datapath;

/**
 * What became of the packets of one service: received = forwarded + answered + passed + dropped.
 *
 * @param flowsCreated entries made in the main table
 * @param flowsUntracked packets that followed the ring because no way was free
 * @param flowsRepicked packets of a known flow whose member was down
 * @param flowsAliased packets that hit an entry of another service
 */
public record ServiceTraffic(
        Traffic forwarded,
        Traffic answered,
        Traffic passed,
        Traffic dropped,
        long flowsCreated,
        long flowsUntracked,
        long flowsRepicked,
        long flowsAliased) {
    /** Nothing yet. */
    public static final ServiceTraffic NONE =
            new ServiceTraffic(Traffic.NONE, Traffic.NONE, Traffic.NONE, Traffic.NONE, 0, 0, 0, 0);

    /** All that came in for it. */
    public Traffic received() {
        return forwarded.plus(answered).plus(passed).plus(dropped);
    }
}
