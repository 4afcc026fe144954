package dev.ballast.perf.disruption;

import com.sun.management.ThreadMXBean;
import dev.ballast.ring.Disruption;
import dev.ballast.ring.HashKey;
import dev.ballast.ring.Ring;
import dev.ballast.ring.RingKey;
import dev.ballast.ring.RingMember;
import dev.ballast.ring.RingSize;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Measures one algorithm on rings of one size for one number of members.
 *
 * @param algorithm that builds
 * @param size of the rings
 * @param members how many; two at least
 * @param mixedWeights whether weights are drawn from 100 to 1,000, each a multiple of 100, or all are 100
 * @param seeds how many sets, each with a secret of its own
 */
record Study(Algorithm algorithm, RingSize size, int members, boolean mixedWeights, int seeds) {
    private static final int UNTIMED_BUILDS = 3;

    /** An address block for each role: members, and the one that replaces. */
    private static final long MEMBERS = 10L << 24;

    private static final long REPLACEMENT = 11L << 24;

    /**
     * Slots moved by a change, over all seeds.
     *
     * @param medianMinimum slots that had to move
     * @param medianExcess slots that moved beyond that
     * @param maxExcess the same of the worst seed
     */
    record Excess(double medianMinimum, double medianExcess, double maxExcess) {}

    /**
     * What was measured.
     *
     * @param study that measured it
     * @param imbalance the most that any member's slots differed from its exact share, as a part of that share
     * @param buildMs CPU time of one build, median
     * @param allocatedMb what one build allocates, median; an upper bound of what it needs at once
     * @param excess by change
     */
    record Result(Study study, double imbalance, double buildMs, double allocatedMb, Map<Change, Excess> excess) {}

    Result run() {
        List<Double> buildMs = new ArrayList<>();
        List<Double> allocatedMb = new ArrayList<>();
        Map<Change, List<Double>> minima = new EnumMap<>(Change.class);
        Map<Change, List<Double>> excesses = new EnumMap<>(Change.class);
        double imbalance = 0;
        for (int i = 0; i < UNTIMED_BUILDS; i++) {
            algorithm.build(set(new Random(i)), size, new HashKey(i, i));
        }
        ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int seed = 0; seed < seeds; seed++) {
            Random random = new Random(seed);
            HashKey secret = new HashKey(random.nextLong(), random.nextLong());
            List<RingMember> all = set(random);
            int chosen = random.nextInt(members);
            long allocated = thread.getCurrentThreadAllocatedBytes();
            long start = thread.getCurrentThreadCpuTime();
            Ring ring = algorithm.build(all, size, secret);
            buildMs.add((thread.getCurrentThreadCpuTime() - start) / 1e6);
            allocatedMb.add((thread.getCurrentThreadAllocatedBytes() - allocated) / 1e6);
            imbalance = Math.max(imbalance, imbalance(ring, all));
            Ring without = ring;
            for (Change change : Change.values()) {
                Change.Step step = change.of(all, chosen, new RingKey(0, REPLACEMENT, Integer.BYTES));
                Ring after = ring;
                if (change != Change.RETURN) {
                    after = algorithm.build(step.after(), size, secret);
                }
                if (change == Change.REMOVE) {
                    without = after;
                }
                Disruption disruption = Disruption.between(change == Change.RETURN ? without : ring, after);
                double minimum = minimum(step);
                minima.computeIfAbsent(change, any -> new ArrayList<>()).add(minimum);
                excesses.computeIfAbsent(change, any -> new ArrayList<>()).add(disruption.moved() - minimum);
            }
        }
        Map<Change, Excess> excess = new EnumMap<>(Change.class);
        excesses.forEach((change, slots) -> excess.put(
                change,
                new Excess(
                        median(minima.getOrDefault(change, List.of())),
                        median(slots),
                        slots.stream().mapToDouble(Double::doubleValue).max().orElseThrow())));
        return new Result(this, imbalance, median(buildMs), median(allocatedMb), excess);
    }

    private List<RingMember> set(Random random) {
        return IntStream.range(0, members)
                .mapToObj(number -> new RingMember(
                        number,
                        new RingKey(0, MEMBERS + number, Integer.BYTES),
                        mixedWeights ? 100 * (1 + random.nextInt(10)) : 100))
                .toList();
    }

    private double imbalance(Ring ring, List<RingMember> all) {
        Map<RingKey, Double> shares = shares(all);
        double worst = 0;
        for (RingMember member : all) {
            double share = shares.getOrDefault(member.key(), 0.0);
            worst = Math.max(worst, Math.abs(ring.slotCount(member.index()) - share) / share);
        }
        return worst;
    }

    /** What members lose of their exact shares, in slots. */
    double minimum(Change.Step step) {
        Map<RingKey, Double> after = shares(step.after());
        double lost = 0;
        for (Map.Entry<RingKey, Double> share : shares(step.before()).entrySet()) {
            lost += Math.max(0, share.getValue() - after.getOrDefault(share.getKey(), 0.0));
        }
        return lost;
    }

    private Map<RingKey, Double> shares(List<RingMember> all) {
        double sum = all.stream().mapToInt(RingMember::weight).sum();
        Map<RingKey, Double> shares = HashMap.newHashMap(all.size());
        all.forEach(member -> shares.put(member.key(), size.slots() * member.weight() / sum));
        return shares;
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return (sorted.get((sorted.size() - 1) / 2) + sorted.get(sorted.size() / 2)) / 2;
    }
}
