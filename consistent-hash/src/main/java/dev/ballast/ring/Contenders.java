package dev.ballast.ring;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * The members that take part in a deal, as columns, in the order in which they take turns that stand at the same moment: the heavier first,
 * then by a keyed hash, then by address. A contender is named by its place in this order.
 *
 * <p>Columns and not objects, because the loops that read them run through all contenders again and again.
 */
final class Contenders {
    /** The byte that follows the address in what is hashed keeps the three hashes of a member independent. */
    private static final int OFFSET = 0;

    private static final int SKIP = 1;
    private static final int TURN = 2;

    /** The order as one number, from the highest bit: weight, the first bits of the hash, place among those given. */
    private static final int PLACE_BITS = 16;

    private static final int TURN_BITS = 33;

    /** The number of slots of the ring that they share. */
    final int slots;

    /** By contender: where its permutation begins, 0 to slots - 1. */
    final int[] offset;

    /** By contender: the step of its permutation, 1 to slots - 1. */
    final int[] skip;

    /** By contender: 1 to {@link RingMember#MAX_WEIGHT}. */
    final int[] weight;

    /** By contender: what is written into its slots. */
    final short[] index;

    private final RingMember[] members;

    private Contenders(RingMember[] members, int slots, HashKey secret) {
        this.members = members;
        this.slots = slots;
        int count = members.length;
        offset = new int[count];
        skip = new int[count];
        weight = new int[count];
        index = new short[count];
        for (int i = 0; i < count; i++) {
            RingMember member = members[i];
            offset[i] = (int) Long.remainderUnsigned(SipHash.hash(secret, member.key(), OFFSET), slots);
            skip[i] = (int) Long.remainderUnsigned(SipHash.hash(secret, member.key(), SKIP), slots - 1) + 1;
            weight[i] = member.weight();
            index[i] = (short) member.index();
        }
    }

    /**
     * Those of {@code members} whose weight is above 0.
     *
     * @throws IllegalArgumentException if two of {@code members} have the same key or the same index
     */
    static Contenders of(Collection<RingMember> members, RingSize size, HashKey secret) {
        RingMember[] given = members.toArray(new RingMember[0]);
        long[] turns = new long[given.length];
        for (int i = 0; i < given.length; i++) {
            turns[i] = SipHash.hash(secret, given[i].key(), TURN);
        }
        refuseDuplicates(given, turns);
        return new Contenders(inOrder(given, turns), size.slots(), secret);
    }

    /** How many they are. */
    int count() {
        return members.length;
    }

    /** Their addresses, by index. */
    Map<Integer, RingKey> keys() {
        Map<Integer, RingKey> keys = HashMap.newHashMap(members.length);
        for (RingMember member : members) {
            keys.put(member.index(), member.key());
        }
        return keys;
    }

    /** The keyed hash of a member's address finds its equal in a table of places (from 1; 0 is free) with linear probing. */
    private static void refuseDuplicates(RingMember[] members, long[] hashes) {
        int[] places = new int[4 * Integer.highestOneBit(members.length + 1)];
        BitSet indexes = new BitSet();
        for (int i = 0; i < members.length; i++) {
            RingMember member = members[i];
            int at = (int) hashes[i] & (places.length - 1);
            while (places[at] != 0) {
                if (members[places[at] - 1].key().equals(member.key())) {
                    throw new IllegalArgumentException(
                            "ring member %s is given twice; give each address once and add up the weights"
                                    .formatted(member.key()));
                }
                at = (at + 1) & (places.length - 1);
            }
            places[at] = i + 1;
            if (indexes.get(member.index())) {
                RingMember named = Arrays.stream(members)
                        .filter(other -> other.index() == member.index())
                        .findFirst()
                        .orElseThrow();
                throw new IllegalArgumentException(
                        "ring members %s and %s both have index %d; give each an index of its own"
                                .formatted(named.key(), member.key(), member.index()));
            }
            indexes.set(member.index());
        }
    }

    /**
     * The members with a weight, in the order of turns at one moment.
     *
     * @param members at most 65,535, since their indexes differ
     * @param turns the hash that decides between members of one weight, unsigned, by place in {@code members}
     */
    static RingMember[] inOrder(RingMember[] members, long[] turns) {
        long[] order = new long[members.length];
        int count = 0;
        for (int i = 0; i < members.length; i++) {
            if (members[i].weight() > 0) {
                long lightness = (long) RingMember.MAX_WEIGHT - members[i].weight();
                order[count++] = (lightness << TURN_BITS | turns[i] >>> (Long.SIZE - TURN_BITS)) << PLACE_BITS | i;
            }
        }
        Arrays.sort(order, 0, count);
        int[] places = new int[count];
        for (int i = 0; i < count; i++) {
            int place = (int) order[i] & ((1 << PLACE_BITS) - 1);
            int at = i;
            // Where the bits that were sorted do not decide, the rest of the hash does, and then the address.
            while (at > 0
                    && order[at - 1] >>> PLACE_BITS == order[i] >>> PLACE_BITS
                    && isBefore(place, places[at - 1], members, turns)) {
                places[at] = places[at - 1];
                at--;
            }
            places[at] = place;
        }
        RingMember[] inOrder = new RingMember[count];
        for (int i = 0; i < count; i++) {
            inOrder[i] = members[places[i]];
        }
        return inOrder;
    }

    private static boolean isBefore(int one, int other, RingMember[] members, long[] turns) {
        int order = Long.compareUnsigned(turns[one], turns[other]);
        return order == 0 ? members[one].key().compareTo(members[other].key()) < 0 : order < 0;
    }
}
