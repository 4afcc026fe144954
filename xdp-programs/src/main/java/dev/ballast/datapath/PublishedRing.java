package dev.ballast.datapath;

import java.util.Optional;

/**
 * The ring that a service uses: one word in its row, so that a packet sees the old one or the new one.
 *
 * @param range where its slots are; empty: the service has no usable member
 * @param generation of the ring, 20 bits; it only tells rings apart
 */
public record PublishedRing(Optional<RingRange> range, int generation) {
    /** No usable member. */
    public static final PublishedRing EMPTY = new PublishedRing(Optional.empty(), 0);

    public PublishedRing {
        generation &= Abi.RING_FIELD_MASK;
    }

    long toWord() {
        return range.map(r -> (long) r.baseChunk() << Abi.RING_BASE_SHIFT | (long) r.slots() << Abi.RING_SIZE_SHIFT)
                        .orElse(0L)
                | generation;
    }

    static PublishedRing ofWord(long word) {
        int slots = (int) (word >>> Abi.RING_SIZE_SHIFT) & Abi.RING_FIELD_MASK;
        int base = (int) (word >>> Abi.RING_BASE_SHIFT);
        return new PublishedRing(
                slots == 0 ? Optional.empty() : Optional.of(new RingRange(base, slots)),
                (int) word & Abi.RING_FIELD_MASK);
    }
}
