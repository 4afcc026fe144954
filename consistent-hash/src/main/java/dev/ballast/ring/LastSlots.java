package dev.ballast.ring;

/**
 * The last free slots of a ring. With f of M slots free, going through a permutation finds one after M / f probes; f computations tell where
 * in the permutation each of them stands. So below f = &radic;M this is the shorter way.
 *
 * <p>From where a contender has got to, the slot s stands (s - from) / skip mod M steps ahead. The quotient is a product with the inverse of
 * skip, and modulo M comes for free if the factor is held as a fraction of 2<sup>64</sup>, like the positions of {@link Deal}: the product
 * wraps, and orders as its upper bits do.
 */
final class LastSlots {
    /** Bits for a place in the list, below the steps in one number; the list has at most 809 entries. */
    private static final int PLACE_BITS = 10;

    private final Contenders contenders;
    private final int size;
    private final int[] slots;

    /** By contender: 1 / skip mod M as a fraction of M; 0 while not computed. */
    private final long[] inverse;

    private int count;

    LastSlots(Contenders contenders) {
        this.contenders = contenders;
        size = contenders.slots;
        slots = new int[(int) Math.sqrt(size)];
        inverse = new long[contenders.count()];
    }

    /** With so many free slots, or less, this is the place for them. */
    int capacity() {
        return slots.length;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Adds all slots that nobody has; at most {@link #capacity}. */
    void addFree(short[] ring) {
        for (int slot = 0; slot < size; slot++) {
            if (ring[slot] == (short) Ring.NO_MEMBER) {
                slots[count++] = slot;
            }
        }
    }

    /** Takes out the first slot that a contender's permutation comes to from the slot {@code from}. */
    int takeFirst(int contender, int from) {
        if (inverse[contender] == 0) {
            inverse[contender] = Deal.position(inverse(contenders.skip[contender], size), size);
        }
        long perSlot = inverse[contender];
        // Never negative, so that the rounding errors are not either; size more is a whole turn.
        int shift = size - from;
        long first = Long.MAX_VALUE;
        for (int place = 0; place < count; place++) {
            long ahead = (slots[place] + shift) * perSlot;
            // The lowest bits are rounding: they make room for the place, and the highest for the sign.
            first = Math.min(first, ahead >>> 1 >>> PLACE_BITS << PLACE_BITS | place);
        }
        int place = (int) first & ((1 << PLACE_BITS) - 1);
        int slot = slots[place];
        slots[place] = slots[--count];
        return slot;
    }

    /** By Euclid's extended algorithm; the modulus is a prime, so that each number from 1 up has one. */
    private static int inverse(int number, int modulus) {
        int above = modulus;
        int below = number;
        int ofAbove = 0;
        int ofBelow = 1;
        while (below != 0) {
            int quotient = above / below;
            int rest = above - quotient * below;
            above = below;
            below = rest;
            int ofRest = ofAbove - quotient * ofBelow;
            ofAbove = ofBelow;
            ofBelow = ofRest;
        }
        return ofAbove < 0 ? ofAbove + modulus : ofAbove;
    }
}
