package dev.ballast.perf.fleet;

import dev.ballast.perf.fleet.KeepPrevious.RingChange;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * A balancer's look at its own flow table. It sees where flows are, not how old they are: one that is where a ring puts it counts for that
 * ring. A sample of flows stands for the table; connections that have ended are in it no more.
 */
final class Census {
    private static final int FLOWS = 50_000;

    private record Versions(int kept, int current) {}

    private record Look(List<RingChange> changes, int kept, double atS) {}

    private final Placement[] placements;
    private final double[] agesS = new double[FLOWS];
    private final long[] hashes = new long[FLOWS];

    /** The flows of the sample that two versions put on different backends. */
    private final Map<Versions, int[]> moved = new HashMap<>();

    /** Balancers of one history see the same, and states that follow each other look back at the same moments. */
    private final Map<Look, Boolean> looks = new HashMap<>();

    Census(Placement[] placements, FlowLengths lengths, long seed) {
        this.placements = placements;
        RandomGenerator random = new SplittableRandom(seed);
        for (int i = 0; i < FLOWS; i++) {
            agesS[i] = lengths.drawLiveS(random) * random.nextDouble();
            hashes[i] = random.nextLong();
        }
    }

    /** Whether, of the flows that the kept ring and the current one disagree about, more are where the current one puts them. */
    boolean outvotes(List<RingChange> changes, int kept, double atS) {
        List<RingChange> past =
                changes.stream().filter(change -> change.atS() <= atS).toList();
        return looks.computeIfAbsent(new Look(past, kept, atS), this::outvotes);
    }

    private boolean outvotes(Look look) {
        Versions versions = new Versions(look.kept, look.changes.getLast().to());
        int older = 0;
        int younger = 0;
        for (int flow : moved.computeIfAbsent(versions, this::moved)) {
            int backend = placements[version(look.changes, look.atS - agesS[flow])].pick(hashes[flow]);
            older += backend == placements[versions.kept].pick(hashes[flow]) ? 1 : 0;
            younger += backend == placements[versions.current].pick(hashes[flow]) ? 1 : 0;
        }
        return younger > older;
    }

    private int[] moved(Versions versions) {
        return IntStream.range(0, FLOWS)
                .filter(flow ->
                        placements[versions.kept].pick(hashes[flow]) != placements[versions.current].pick(hashes[flow]))
                .toArray();
    }

    /** The version in force at a time. */
    private static int version(List<RingChange> changes, double atS) {
        int version = changes.getFirst().from();
        for (RingChange change : changes) {
            if (change.atS() <= atS) {
                version = change.to();
            }
        }
        return version;
    }
}
