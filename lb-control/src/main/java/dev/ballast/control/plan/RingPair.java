package dev.ballast.control.plan;

import dev.ballast.control.plan.Plan.RingSpec;
import dev.ballast.ring.Disruption;
import dev.ballast.ring.HashKey;
import dev.ballast.ring.Ring;
import dev.ballast.ring.RingKey;
import dev.ballast.ring.RingMember;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The running ring of a service and the one that would follow it: built at the first question that takes them, and once. One thread. */
final class RingPair {
    private final RingSpec beforeSpec;
    private final RingSpec afterSpec;
    private final HashKey key;
    private final Map<RingKey, Integer> indexesAfter = new HashMap<>();
    private @Nullable Ring before;
    private @Nullable Ring after;

    RingPair(RingSpec before, RingSpec after, HashKey key) {
        this.beforeSpec = before;
        this.afterSpec = after;
        this.key = key;
        after.members().forEach(member -> indexesAfter.put(member.key(), member.index()));
    }

    /** The running one. */
    Ring before() {
        Ring ring = before;
        if (ring == null) {
            ring = build(beforeSpec);
            before = ring;
        }
        return ring;
    }

    /** The one that would follow; the same where nothing of it changes. */
    Ring after() {
        Ring ring = after;
        if (ring == null) {
            ring = afterSpec.equals(beforeSpec) ? before() : build(afterSpec);
            after = ring;
        }
        return ring;
    }

    private Ring build(RingSpec spec) {
        return spec.build(key);
    }

    /**
     * The slots that move.
     *
     * @param chosenAlike whether the same part of a packet chooses the slot in both
     */
    SlotMoves moves(boolean chosenAlike) {
        int slots = beforeSpec.size();
        if (beforeSpec.members().isEmpty() || (chosenAlike && beforeSpec.equals(afterSpec))) {
            return new SlotMoves(slots, 0, 0, Certainty.EXACT);
        }
        if (!chosenAlike) {
            return new SlotMoves(slots, strangers(), minimum(), Certainty.ABOUT);
        }
        if (beforeSpec.size() == afterSpec.size()) {
            Disruption disruption = Disruption.between(before(), after());
            return new SlotMoves(slots, disruption.moved(), disruption.minimum(), Certainty.EXACT);
        }
        return new SlotMoves(slots, movedToOtherSize(), minimum(), Certainty.EXACT);
    }

    /** Slots that would move if the slot after said nothing of the slot before: but for who meets his own member again by chance. */
    private int strangers() {
        double alike = 0;
        for (RingMember member : beforeSpec.members()) {
            alike += before().share(member.index()) * after().share(indexAfter(member.key()));
        }
        return (int)
                Math.ceil(beforeSpec.size() * (1 - alike) - 1e-6); // the sum of shares is exact to far less than a slot
    }

    /** By the shares alone, in slots of the running ring. */
    private int minimum() {
        double lost = 0;
        for (RingMember member : beforeSpec.members()) {
            lost += Math.max(0, before().share(member.index()) - after().share(indexAfter(member.key())));
        }
        return (int) Math.floor(beforeSpec.size() * lost + 1e-6);
    }

    /**
     * A tag falls to slot {@code tag * size >> 30}, so each slot is a stretch of tags. The stretches of both rings cut the tags into
     * pieces, in units of 1 / (size before * size after), within which both members are the same.
     */
    private int movedToOtherSize() {
        Map<Integer, Integer> indexes = new HashMap<>();
        beforeSpec.members().forEach(member -> indexes.put(member.index(), indexAfter(member.key())));
        long slotsBefore = beforeSpec.size();
        long slotsAfter = afterSpec.size();
        long moved = 0;
        long at = 0;
        while (at < slotsBefore * slotsAfter) {
            int slotBefore = (int) (at / slotsAfter);
            int slotAfter = (int) (at / slotsBefore);
            long end = Math.min((slotBefore + 1) * slotsAfter, (slotAfter + 1) * slotsBefore);
            int kept = indexes.getOrDefault(before().slot(slotBefore), Ring.NO_MEMBER);
            if (kept == Ring.NO_MEMBER || kept != after().slot(slotAfter)) {
                moved += end - at;
            }
            at = end;
        }
        return (int) Math.ceilDiv(moved, slotsAfter);
    }

    /** {@link Ring#NO_MEMBER} if it is not in the ring that follows. */
    int indexAfter(RingKey member) {
        return indexesAfter.getOrDefault(member, Ring.NO_MEMBER);
    }
}
