package dev.ballast.datapath;

/**
 * One way of a flow table, a 64-bit word; the picture of it is in {@code lb/abi.h}. Static functions on the word and not a
 * record: a census reads millions of them. Pure; any thread.
 */
final class FlowEntry {
    static final int WAYS = 8;
    static final int TAG_BITS = 30;
    static final int TAG_SHIFT = 34;
    static final int HASH_TAG_SHIFT = 18;
    static final int MEMBER_SHIFT = 16;
    static final int MAX_MEMBER = 0x3ffff;
    static final int EXPIRY_SHIFT = 4;
    static final int EXPIRY_MASK = 0xfff;
    static final int EXPIRY_HORIZON = 0x800;
    static final int SPILLED = 0x8;
    static final int STATE_MASK = 0x7;

    private static final int SPILL_MULTIPLIER = 0x9e3779b1;

    private FlowEntry() {}

    static long of(int tag, int member, int expiryTicks, FlowState state, boolean spilled) {
        return (long) tag << TAG_SHIFT
                | (long) (member & MAX_MEMBER) << MEMBER_SHIFT
                | (long) (expiryTicks & EXPIRY_MASK) << EXPIRY_SHIFT
                | (spilled ? SPILLED : 0)
                | state.code();
    }

    static int tag(long entry) {
        return (int) (entry >>> TAG_SHIFT);
    }

    static int member(long entry) {
        return (int) (entry >>> MEMBER_SHIFT) & MAX_MEMBER;
    }

    static long withMember(long entry, int member) {
        return (entry & ~((long) MAX_MEMBER << MEMBER_SHIFT)) | (long) (member & MAX_MEMBER) << MEMBER_SHIFT;
    }

    static boolean spilled(long entry) {
        return (entry & SPILLED) != 0;
    }

    static boolean isFree(long entry) {
        return (entry & STATE_MASK) == FlowState.FREE;
    }

    /** FIN or RST seen, and no data since. */
    static boolean isClosing(long entry) {
        long state = entry & STATE_MASK;
        return state == FlowState.CLOSING.code() || state == FlowState.CLOSING_ACKED.code();
    }

    static FlowState state(long entry) {
        return FlowState.ofCode((int) entry & STATE_MASK);
    }

    /** Ticks until it expires; {@link #EXPIRY_HORIZON} and more: it has. */
    static int remainingTicks(long entry, int nowTicks) {
        return ((int) (entry >>> EXPIRY_SHIFT) - nowTicks) & EXPIRY_MASK;
    }

    static boolean isLive(long entry, int nowTicks) {
        return !isFree(entry) && remainingTicks(entry, nowTicks) < EXPIRY_HORIZON;
    }

    /** Tag and {@link #SPILLED}: what two entries of one set differ in. */
    static boolean sameFlow(long entry, long wanted) {
        return ((entry ^ wanted) & (-1L << TAG_SHIFT | SPILLED)) == 0 && !isFree(entry);
    }

    /** The bits of a flow hash that its entry keeps. */
    static int tagOfHash(long hash) {
        return (int) (hash >>> HASH_TAG_SHIFT) & ((1 << TAG_BITS) - 1);
    }

    static int homeSet(long hash, int setBits) {
        return (int) (hash >>> (Long.SIZE - setBits));
    }

    /** The second set of a flow; of the second set, the first. */
    static int spillSet(int set, int tag, int setBits) {
        return set ^ ((tag * SPILL_MULTIPLIER) >>> (Integer.SIZE - setBits) | 1);
    }
}
