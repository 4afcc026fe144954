package dev.ballast.ring;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * The Maglev table of one service: for each slot the index of the member that gets the flows hashed there. Immutable; any thread.
 *
 * <p>Made by {@link Maglev#build} or {@link CalibratedRendezvous#build}. A ring without members is legal: all its slots are {@link #NO_MEMBER}.
 */
public final class Ring {
    /** The value of each slot of a ring without members. */
    public static final int NO_MEMBER = 0xffff;

    private final RingSize size;
    private final short[] slots;
    private final Map<Integer, RingKey> keys;

    /** Number of slots by member index; as long as the highest index needs. */
    private final int[] slotCounts;

    /** Takes ownership of {@code slots}; {@code keys} names every index that occurs there. */
    Ring(RingSize size, short[] slots, Map<Integer, RingKey> keys) {
        this.size = size;
        this.slots = slots;
        this.keys = Map.copyOf(keys);
        this.slotCounts = new int
                [1 + keys.keySet().stream().mapToInt(Integer::intValue).max().orElse(-1)];
        if (!keys.isEmpty()) {
            for (short slot : slots) {
                slotCounts[Short.toUnsignedInt(slot)]++;
            }
        }
    }

    /** The number of slots. */
    public RingSize size() {
        return size;
    }

    /** True if no member has a weight above 0: every slot is {@link #NO_MEMBER}. */
    public boolean isEmpty() {
        return keys.isEmpty();
    }

    /** The index of the member that holds {@code slot}, or {@link #NO_MEMBER} in an empty ring. */
    public int slot(int slot) {
        return Short.toUnsignedInt(slots[slot]);
    }

    /** The address behind an index of this ring; empty if no member with a weight above 0 has that index. */
    public Optional<RingKey> key(int index) {
        return Optional.ofNullable(keys.get(index));
    }

    /** The addresses of all members with a weight above 0, by index. */
    Map<Integer, RingKey> keys() {
        return keys;
    }

    /**
     * The number of slots that the member with this index holds; 0 also for an unknown one. A member whose weight is worth less than
     * half a slot may hold none.
     */
    public int slotCount(int index) {
        return index >= 0 && index < slotCounts.length ? slotCounts[index] : 0;
    }

    /** The part of the slots that the member with this index holds, 0 to 1. */
    public double share(int index) {
        return (double) slotCount(index) / size.slots();
    }

    /** The number of bytes that {@link #copyTo} writes: two for each slot. */
    public long byteSize() {
        return (long) slots.length * Short.BYTES;
    }

    /**
     * Writes all slots in order as unsigned 16-bit numbers in native byte order, from the beginning of {@code target}, as plain stores:
     * whoever publishes the ring to a concurrent reader orders them, by a release store of what leads the reader here.
     *
     * @param target at least {@link #byteSize} bytes, aligned to 2
     * @throws IndexOutOfBoundsException if {@code target} is too small
     */
    public void copyTo(MemorySegment target) {
        MemorySegment.copy(slots, 0, target, ValueLayout.JAVA_SHORT, 0, slots.length);
    }

    /**
     * Whether memory holds what {@link #copyTo} would write.
     *
     * @param written {@link #byteSize} bytes; more or less are another ring
     */
    public boolean isAt(MemorySegment written) {
        return MemorySegment.ofArray(slots).mismatch(written) == -1;
    }

    /** Equal rings send every slot to the same index and the same address. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Ring ring && Arrays.equals(slots, ring.slots) && keys.equals(ring.keys);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(slots) + keys.hashCode();
    }

    /** Size and number of members; not the slots. */
    @Override
    public String toString() {
        return "Ring[slots=%d, members=%d]".formatted(size.slots(), keys.size());
    }
}
