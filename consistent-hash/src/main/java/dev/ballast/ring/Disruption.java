package dev.ballast.ring;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * What the change from one ring to another disturbs. Members are matched by address, so that re-numbered indexes disturb nothing.
 *
 * @param slots the number of slots of both rings
 * @param moved slots that had a member and now have another one, or none: untracked flows hashed there change member
 * @param minimum slots that any placement with the new ring's shares would have had to move: the sum, over members, of the slots they lose
 */
public record Disruption(int slots, int moved, int minimum) {
    /**
     * Compares two rings of one size.
     *
     * @throws IllegalArgumentException if the sizes differ: then every slot means other flows, and all of them are disturbed
     */
    public static Disruption between(Ring before, Ring after) {
        if (!before.size().equals(after.size())) {
            throw new IllegalArgumentException(
                    "rings of %d and %d slots cannot be compared slot by slot; count all flows as disturbed"
                            .formatted(before.size().slots(), after.size().slots()));
        }
        Map<RingKey, Integer> newIndexes = new HashMap<>();
        after.keys().forEach((index, key) -> newIndexes.put(key, index));
        int[] newIndexOf = new int[RingMember.MAX_INDEX + 1];
        Arrays.fill(newIndexOf, Ring.NO_MEMBER);
        int minimum = 0;
        for (Map.Entry<Integer, RingKey> member : before.keys().entrySet()) {
            int index = member.getKey();
            newIndexOf[index] = newIndexes.getOrDefault(member.getValue(), Ring.NO_MEMBER);
            minimum += Math.max(0, before.slotCount(index) - after.slotCount(newIndexOf[index]));
        }
        int slots = before.size().slots();
        int moved = 0;
        if (!before.isEmpty()) {
            for (int slot = 0; slot < slots; slot++) {
                int kept = newIndexOf[before.slot(slot)];
                if (kept == Ring.NO_MEMBER || kept != after.slot(slot)) {
                    moved++;
                }
            }
        }
        return new Disruption(slots, moved, minimum);
    }

    /** The part of the slots that moved, 0 to 1. */
    public double movedShare() {
        return (double) moved / slots;
    }
}
