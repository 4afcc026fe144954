package dev.ballast.perf.fleet;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Weighted rendezvous: the backend with the highest weight / -ln(u), u being the hash of flow and backend as a number between 0 and 1.
 * Among backends of one weight the highest hash has the highest score, so that a logarithm is taken once a weight.
 */
final class Rendezvous implements Placement {
    private static final double UNIT = 0x1p-53;

    private final int[] weights;

    /** By weight, as in {@link #weights}: the backends. */
    private final int[][] backends;

    /** Of the same shape: the hash of each backend. */
    private final long[][] hashes;

    Rendezvous(Membership membership) {
        Map<Integer, int[]> byWeight = Algorithm.inService(membership)
                .boxed()
                .collect(Collectors.groupingBy(
                        membership.weights()::get,
                        TreeMap::new,
                        Collectors.collectingAndThen(
                                Collectors.toList(),
                                list -> list.stream()
                                        .mapToInt(Integer::intValue)
                                        .toArray())));
        weights = byWeight.keySet().stream().mapToInt(Integer::intValue).toArray();
        backends = byWeight.values().toArray(int[][]::new);
        hashes = new long[backends.length][];
        for (int i = 0; i < backends.length; i++) {
            hashes[i] = new long[backends[i].length];
            for (int j = 0; j < backends[i].length; j++) {
                hashes[i][j] = Mix.mix(backends[i][j]);
            }
        }
    }

    @Override
    public int pick(long flowHash) {
        int best = -1;
        double bestScore = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < weights.length; i++) {
            int champion = -1;
            long highest = -1;
            for (int j = 0; j < hashes[i].length; j++) {
                long hash = Mix.mix(flowHash ^ hashes[i][j]) >>> 11;
                if (hash > highest) {
                    highest = hash;
                    champion = backends[i][j];
                }
            }
            double score = weights[i] / -Math.log((highest + 0.5) * UNIT);
            if (score > bestScore) {
                bestScore = score;
                best = champion;
            }
        }
        return best;
    }
}
