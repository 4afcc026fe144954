package dev.ballast.ring;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The members of weight above 0 in the order of their keys, and how many slots each may hold: its exact share, size * weight / sum of
 * weights, rounded down or up. Members are numbered in that order here, so that nothing below knows of local indexes.
 */
final class Claims {
    private final List<RingMember> members;
    private final int slots;
    private final long sumOfWeights;

    private Claims(List<RingMember> members, int slots) {
        this.members = members;
        this.slots = slots;
        this.sumOfWeights = members.stream().mapToLong(RingMember::weight).sum();
    }

    /**
     * Takes those that have a weight.
     *
     * @throws IllegalArgumentException if two members, of whatever weight, have the same key or the same index
     */
    static Claims of(Collection<RingMember> all, RingSize size) {
        List<RingMember> sorted = new ArrayList<>(all);
        sorted.sort(Comparator.comparing(RingMember::key));
        BitSet indexes = new BitSet();
        for (int i = 0; i < sorted.size(); i++) {
            RingMember member = sorted.get(i);
            if (i > 0 && sorted.get(i - 1).key().equals(member.key())) {
                throw new IllegalArgumentException(
                        "ring member %s is given twice; give each address once and add up the weights"
                                .formatted(member.key()));
            }
            if (indexes.get(member.index())) {
                throw new IllegalArgumentException(
                        "index %d is given to ring member %s and to another one; give each an index of its own"
                                .formatted(member.index(), member.key()));
            }
            indexes.set(member.index());
        }
        sorted.removeIf(member -> member.weight() == 0);
        return new Claims(sorted, size.slots());
    }

    int count() {
        return members.size();
    }

    int slots() {
        return slots;
    }

    RingMember member(int number) {
        return members.get(number);
    }

    /** The part of all slots that is due to a member, 0 to 1. */
    double part(int number) {
        return (double) members.get(number).weight() / sumOfWeights;
    }

    int least(int number) {
        return (int) ((long) slots * members.get(number).weight() / sumOfWeights);
    }

    int most(int number) {
        return (int) (((long) slots * members.get(number).weight() + sumOfWeights - 1) / sumOfWeights);
    }

    Map<Integer, RingKey> keys() {
        Map<Integer, RingKey> keys = HashMap.newHashMap(members.size());
        members.forEach(member -> keys.put(member.index(), member.key()));
        return keys;
    }
}
