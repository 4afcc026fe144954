package dev.ballast.datapath;

/**
 * A place in the {@link RingArea}.
 *
 * @param baseChunk index of its first chunk of 32 slots
 * @param slots how many slots, from the start of that chunk
 */
public record RingRange(int baseChunk, int slots) {
    /** As many as the size field of a published ring can say. */
    static final int MAX_SLOTS = Abi.RING_FIELD_MASK;

    /** As high as its base field can say. */
    static final int MAX_CHUNK = (1 << 24) - 1;

    public RingRange {
        if (baseChunk < 0 || baseChunk > MAX_CHUNK || slots < 1 || slots > MAX_SLOTS) {
            throw new IllegalArgumentException("no ring of " + slots + " slots can be at chunk " + baseChunk);
        }
    }

    /** The slot for a tag of the flow hash, as {@code ring_slot()} has it in C. */
    public int slotOf(int tag) {
        return (int) (((long) tag * slots) >>> FlowEntry.TAG_BITS);
    }

    /** Chunks it takes, the last one perhaps not to its end. */
    int chunks() {
        return (slots + Abi.RING_CHUNK_SLOTS - 1) / Abi.RING_CHUNK_SLOTS;
    }
}
