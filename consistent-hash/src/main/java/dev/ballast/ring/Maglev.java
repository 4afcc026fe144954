package dev.ballast.ring;

import java.util.Collection;

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
 *
 * <p>{@link Contenders} has the hashes and the order of equal moments, {@link Turns} says whose turn it is, {@link Deal} finds the slots.
 */
public final class Maglev {
    private Maglev() {}

    /**
     * Builds the ring of a set of members: a pure function of their (key, weight) pairs, the size and the secret. The order of
     * {@code members} does not matter, and their indexes only name the result.
     *
     * <p>One or two milliseconds at 65,537 slots and ten to twenty at 655,373, for 10 to 1,000 members; {@code packaging/bench rings} measures
     * it. What it allocates goes with the number of members and slots, never with the number of turns or probes.
     *
     * @param members any number, also none and also more than there are slots; those of weight 0 get no slot
     * @throws IllegalArgumentException if two members have the same key or the same index
     */
    public static Ring build(Collection<RingMember> members, RingSize size, HashKey secret) {
        Contenders contenders = Contenders.of(members, size, secret);
        return new Ring(size, Deal.slots(contenders), contenders.keys());
    }
}
