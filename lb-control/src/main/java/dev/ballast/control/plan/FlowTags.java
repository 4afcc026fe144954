package dev.ballast.control.plan;

import dev.ballast.datapath.FlowTable;
import dev.ballast.datapath.RingRange;
import java.util.Arrays;

/**
 * The open flows of a service, each with the tag of its hash: what the slot of a ring derives from, where the 5-tuple chooses it.
 * Filled by one thread from a flow table, 8 bytes a flow; any thread may ask it then.
 */
public final class FlowTags implements FlowTable.Visitor {
    private static final int FIRST_CAPACITY = 1024;

    private int[] tags = new int[FIRST_CAPACITY];
    private int[] members = new int[FIRST_CAPACITY];
    private int size;

    /** Says something of a flow by its member's id and the slot that its tag falls to. */
    @FunctionalInterface
    interface Judgement {
        boolean test(int member, int slot);
    }

    @Override
    public void visit(int tag, int member) {
        if (size == tags.length) {
            tags = Arrays.copyOf(tags, 2 * size);
            members = Arrays.copyOf(members, 2 * size);
        }
        tags[size] = tag;
        members[size++] = member;
    }

    /** How many of the flows a judgement is true of, with a ring of so many slots. */
    long count(int slots, Judgement judgement) {
        RingRange ring = new RingRange(0, slots);
        long count = 0;
        for (int i = 0; i < size; i++) {
            if (judgement.test(members[i], ring.slotOf(tags[i]))) {
                count++;
            }
        }
        return count;
    }
}
