package dev.ballast.perf.fleet;

import java.util.Map;
import java.util.TreeMap;

/**
 * Points of all backends on a circle of 64-bit numbers; a flow belongs to the first point at or after its hash. A backend has points in
 * proportion to its weight (D. Karger et al., "Consistent hashing and random trees", STOC 1997).
 */
final class RingHash implements Placement {
    /** Points of a backend of the default weight. */
    private static final int POINTS = 160;

    private final long[] points;
    private final int[] owners;

    RingHash(Membership membership) {
        Map<Long, Integer> circle = new TreeMap<>();
        Algorithm.inService(membership).forEach(backend -> {
            int count = Math.max(1, membership.weights().get(backend) * POINTS / Membership.WEIGHT);
            for (int point = 0; point < count; point++) {
                circle.putIfAbsent(Mix.mix(Mix.mix(backend) + point), backend);
            }
        });
        points = circle.keySet().stream().mapToLong(Long::longValue).toArray();
        owners = circle.values().stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    public int pick(long flowHash) {
        int low = 0;
        int high = points.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (points[middle] < flowHash) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return owners[low == owners.length ? 0 : low];
    }
}
