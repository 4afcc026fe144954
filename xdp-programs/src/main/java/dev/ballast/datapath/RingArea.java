package dev.ballast.datapath;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where rings are: one array of chunks of 32 slots, given out in ranges. What is allocated, and what not, is known here alone;
 * after a restart it is rebuilt from the rings that services use.
 *
 * <pre>
 *   allocate -> write slots(range) -> ServiceTable.publishRing -> retire(old range) -> Grace -> reclaim
 * </pre>
 *
 * One writer.
 */
public final class RingArea {
    private final MemorySegment chunks;
    private final int capacity;
    private final Epochs epochs;
    private final BitSet used = new BitSet();
    private final Map<Integer, RingRange> allocated = new HashMap<>();
    private final List<Retired> retired = new ArrayList<>();

    private record Retired(RingRange range, long epoch) {}

    RingArea(MemorySegment chunks, Epochs epochs) {
        this.chunks = chunks;
        this.capacity = Math.toIntExact(chunks.byteSize() / Abi.RING_CHUNK.byteSize());
        this.epochs = epochs;
    }

    /**
     * Marks the rings in use after an adoption. One that is outside of the area, or where another is, is none: somebody has written
     * over the word that publishes it, see {@link #isAllocated}.
     */
    void adopt(Collection<RingRange> published) {
        for (RingRange range : published) {
            int end = range.baseChunk() + range.chunks();
            if (end <= capacity && used.get(range.baseChunk(), end).isEmpty()) {
                take(range);
            }
        }
    }

    /** Whether somebody was given this range and has not retired it. */
    public boolean isAllocated(RingRange range) {
        return range.equals(allocated.get(range.baseChunk()));
    }

    /** Slots in all; a ring takes them by chunks of 32. */
    public long capacitySlots() {
        return (long) capacity * Abi.RING_CHUNK_SLOTS;
    }

    /** Slots that no ring has, not counting those that wait for a grace period. */
    public long freeSlots() {
        return (long) (capacity - used.cardinality()) * Abi.RING_CHUNK_SLOTS;
    }

    /**
     * A free range, the lowest that fits; its slots hold whatever was there.
     *
     * @throws DatapathException if there is none
     */
    public RingRange allocate(int slots) {
        RingRange wanted = new RingRange(0, slots);
        int base = 0;
        while (base + wanted.chunks() <= capacity) {
            int taken = used.nextSetBit(base);
            if (taken < 0 || taken >= base + wanted.chunks()) {
                RingRange range = new RingRange(base, slots);
                take(range);
                return range;
            }
            base = used.nextClearBit(taken);
        }
        throw new DatapathException(
                "allocate",
                "ring of " + slots + " slots",
                freeSlots() + " of " + capacitySlots() + " slots are free, not enough of them in a row",
                "raise node.limits.ringSlots or give services smaller rings");
    }

    private void take(RingRange range) {
        used.set(range.baseChunk(), range.baseChunk() + range.chunks());
        allocated.put(range.baseChunk(), range);
    }

    /** The slots of an allocated range: 16 bits each, in the machine's byte order, a member's index within its service. */
    public MemorySegment slots(RingRange range) {
        requireAllocated(range);
        return chunks.asSlice(range.baseChunk() * Abi.RING_CHUNK.byteSize(), (long) range.slots() * Short.BYTES);
    }

    /** Takes a range out of use, once no service publishes it; free after the next grace period. */
    public void retire(RingRange range) {
        requireAllocated(range);
        allocated.remove(range.baseChunk());
        retired.add(new Retired(range, epochs.next()));
    }

    private void requireAllocated(RingRange range) {
        if (!isAllocated(range)) {
            throw new IllegalStateException(range + " is not allocated");
        }
    }

    void reclaim(Grace grace) {
        retired.removeIf(candidate -> {
            boolean rested = candidate.epoch <= grace.epoch();
            if (rested) {
                used.clear(candidate.range.baseChunk(), candidate.range.baseChunk() + candidate.range.chunks());
            }
            return rested;
        });
    }

    /** Whether something waits for a grace period. */
    boolean hasRetired() {
        return !retired.isEmpty();
    }
}
