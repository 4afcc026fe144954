package dev.ballast.perf.fleet;

import java.util.stream.IntStream;

/**
 * Jump consistent hash (J. Lamping and E. Veach, "A fast, minimal memory, consistent hash algorithm", 2014) over the ordered list of
 * backends. It knows only how many there are, so that a backend which leaves the list from the middle moves all that come
 * after it. For weights a backend stands in the list once for each tenth of the default weight.
 */
final class JumpHash implements Placement {
    private static final int ENTRIES = 10;

    private final int[] list;

    JumpHash(Membership membership) {
        list = Algorithm.inService(membership)
                .flatMap(backend -> IntStream.range(
                                0, Math.max(1, membership.weights().get(backend) * ENTRIES / Membership.WEIGHT))
                        .map(entry -> backend))
                .toArray();
    }

    @Override
    public int pick(long flowHash) {
        long key = flowHash;
        long bucket = -1;
        long jump = 0;
        while (jump < list.length) {
            bucket = jump;
            key = key * 2862933555777941757L + 1;
            jump = (long) ((bucket + 1) * (0x1p31 / ((key >>> 33) + 1)));
        }
        return list[(int) bucket];
    }
}
