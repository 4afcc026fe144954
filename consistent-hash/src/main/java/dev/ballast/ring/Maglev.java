package dev.ballast.ring;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Builds weighted Maglev rings.
 *
 * <p>As in the paper, each member has a permutation of the slots, <em>offset + j * skip mod size</em>, from two keyed hashes of its
 * address; members take turns, and at its turn a member takes the first slot of its permutation that is still free, until none is.
 *
 * <p><b>Turns.</b> The paper alters "the relative frequency of the turns" for weights and leaves open how. Here the k-th turn of a
 * member of weight w stands at the moment (k - 1/2) / w, and turns are taken in the order of their moments; equal moments in an order
 * that depends on nothing but the two members (the heavier first, then by a third keyed hash). Two properties follow.
 *
 * <ul>
 *   <li><b>Balance.</b> Up to the moment t a member has had round(t w) turns, and each turn is one slot; this is the divisor method of
 *       Webster and Sainte-Lagu&euml;, which favours neither the heavy nor the light. With N members, M slots and W the sum of weights
 *       the ring is full at a moment t with |t W - M| &le; N / 2, so a member is at most 1/2 + N w / 2W slots from its exact share M w
 *       / W. For equal weights this is one slot, the paper's balance.
 *   <li><b>Disruption.</b> The order of turns between two members does not depend on any third. If a member leaves, comes or changes
 *       its weight, the others keep their order and their permutations, and only collisions with the slots of that member propagate.
 *       Rounds normalised to the heaviest weight, as others do it, would re-deal every turn when the heaviest member leaves.
 * </ul>
 *
 * A member whose exact share is below half a slot may get none: {@link Ring#slotCount} tells.
 */
public final class Maglev {
    /** One byte after the address keeps the three hashes of a member independent. */
    private enum HashUse {
        OFFSET(0),
        SKIP(1),
        TURN(2);

        final byte tag;

        HashUse(int tag) {
            this.tag = (byte) tag;
        }
    }

    /** A member with its hashes. */
    private record Candidate(RingMember member, int offset, int skip, long turnOrder) {
        static final Comparator<Candidate> BY_TURN = Comparator.<Candidate>comparingInt(
                        candidate -> -candidate.member.weight())
                .thenComparing(Candidate::turnOrder, Long::compareUnsigned)
                .thenComparing(candidate -> candidate.member.key());

        static Candidate of(RingMember member, int slots, HashKey secret) {
            RingKey key = member.key();
            return new Candidate(
                    member,
                    (int) Long.remainderUnsigned(hash(key, HashUse.OFFSET, secret), slots),
                    (int) Long.remainderUnsigned(hash(key, HashUse.SKIP, secret), slots - 1) + 1,
                    hash(key, HashUse.TURN, secret));
        }

        private static long hash(RingKey key, HashUse use, HashKey secret) {
            byte[] message = Arrays.copyOf(key.toBytes(), key.bytes() + 1);
            message[key.bytes()] = use.tag;
            return SipHash.hash(secret, message);
        }
    }

    /** The members of one weight: candidates {@code first} to {@code end - 1}. All their turns stand at the same moments. */
    private static final class WeightClass implements Comparable<WeightClass> {
        final int weight;
        final int first;
        final int end;

        /** Twice the number of the next turn, less one: moment = oddTurn / (2 * weight). */
        long oddTurn = 1;

        WeightClass(int weight, int first, int end) {
            this.weight = weight;
            this.first = first;
            this.end = end;
        }

        /** By moment, compared as exact fractions; the heavier first at equal ones. At most 2 * 655,373 * 10,000: no overflow. */
        @Override
        public int compareTo(WeightClass other) {
            int order = Long.compare(oddTurn * other.weight, other.oddTurn * weight);
            return order == 0 ? Integer.compare(other.weight, weight) : order;
        }
    }

    private final short[] slots;
    private final Candidate[] candidates;

    /** By candidate: the next slot of its permutation to look at. */
    private final int[] next;

    private Maglev(int size, Candidate[] candidates) {
        slots = new short[size];
        Arrays.fill(slots, (short) Ring.NO_MEMBER);
        this.candidates = candidates;
        next = new int[candidates.length];
        for (int i = 0; i < candidates.length; i++) {
            next[i] = candidates[i].offset();
        }
    }

    /**
     * Builds the ring of a set of members: a pure function of their (key, weight) pairs, the size and the secret. The order of
     * {@code members} does not matter, and their indexes only name the result.
     *
     * <p>A matter of milliseconds at 65,537 slots and of tens of them at 655,373, whatever the number of members; {@code MaglevBenchmark}
     * in {@code perf/} measures it.
     *
     * @param members any number, also none and also more than there are slots; those of weight 0 get no slot
     * @throws IllegalArgumentException if two members have the same key or the same index
     */
    public static Ring build(Collection<RingMember> members, RingSize size, HashKey secret) {
        refuseDuplicates(members);
        Candidate[] candidates = members.stream()
                .filter(member -> member.weight() > 0)
                .map(member -> Candidate.of(member, size.slots(), secret))
                .sorted(Candidate.BY_TURN)
                .toArray(Candidate[]::new);
        Maglev maglev = new Maglev(size.slots(), candidates);
        if (candidates.length > 0) {
            maglev.deal();
        }
        Map<Integer, RingKey> keys = HashMap.newHashMap(candidates.length);
        for (Candidate candidate : candidates) {
            keys.put(candidate.member().index(), candidate.member().key());
        }
        return new Ring(size, maglev.slots, keys);
    }

    private static void refuseDuplicates(Collection<RingMember> members) {
        Map<RingKey, RingMember> byKey = HashMap.newHashMap(members.size());
        Map<Integer, RingMember> byIndex = HashMap.newHashMap(members.size());
        for (RingMember member : members) {
            if (byKey.putIfAbsent(member.key(), member) != null) {
                throw new IllegalArgumentException(
                        "ring member %s is given twice; give each address once and add up the weights"
                                .formatted(member.key()));
            }
            RingMember named = byIndex.putIfAbsent(member.index(), member);
            if (named != null) {
                throw new IllegalArgumentException(
                        "ring members %s and %s both have index %d; give each an index of its own"
                                .formatted(named.key(), member.key(), member.index()));
            }
        }
    }

    /** Turn by turn until no slot is free. Each turn takes one, because a step below a prime size walks through all of them. */
    private void deal() {
        PriorityQueue<WeightClass> turns = new PriorityQueue<>(weightClasses());
        int free = slots.length;
        while (free > 0) {
            WeightClass weightClass = turns.remove();
            int end = Math.min(weightClass.end, weightClass.first + free);
            for (int i = weightClass.first; i < end; i++) {
                takeTurn(i);
            }
            free -= end - weightClass.first;
            weightClass.oddTurn += 2;
            turns.add(weightClass);
        }
    }

    private void takeTurn(int candidate) {
        int skip = candidates[candidate].skip();
        int slot = next[candidate];
        while (slots[slot] != (short) Ring.NO_MEMBER) {
            slot = step(slot, skip);
        }
        slots[slot] = (short) candidates[candidate].member().index();
        next[candidate] = step(slot, skip);
    }

    /** (slot + skip) mod size without a division, which would be half of the build. */
    private int step(int slot, int skip) {
        int stepped = slot + skip;
        return stepped < slots.length ? stepped : stepped - slots.length;
    }

    private List<WeightClass> weightClasses() {
        List<WeightClass> classes = new ArrayList<>();
        int first = 0;
        for (int i = 1; i <= candidates.length; i++) {
            int weight = candidates[first].member().weight();
            if (i == candidates.length || candidates[i].member().weight() != weight) {
                classes.add(new WeightClass(weight, first, i));
                first = i;
            }
        }
        return classes;
    }
}
