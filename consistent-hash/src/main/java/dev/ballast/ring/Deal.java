package dev.ballast.ring;

import java.util.Arrays;

/**
 * Deals the slots of a ring: what {@link Maglev} describes as taking turns, in another order and with the same result.
 *
 * <p><b>Positions.</b> A slot s is held as the fraction s / M of 2<sup>64</sup>, rounded up. So a step of a permutation is one addition that wraps
 * by itself, and no comparison with M. The slot is the upper half of the product with M; the first bits of the fraction are a place of its
 * own for each slot in a set of bits, which is small enough for the first cache. Rounding adds less than 1 a step, at most M + 1 &lt;
 * 2<sup>20</sup> in all; the nearest two places are 2<sup>24</sup> apart, so it never shows.
 *
 * <p><b>Order.</b> Turns are proposers and slots accept the earlier one: what the paper describes is the stable matching of D. Gale and L. S.
 * Shapley ("College Admissions and the Stability of Marriage", 1962), which is the only one, because all slots prefer alike, and which comes
 * out whoever proposes first. So the turns of one window need not be sorted, and their first free slots are looked for side by side,
 * before any of them is taken: a processor guesses badly when a search will end, and this leaves it little to guess. Who finds a slot that an
 * earlier turn of the window has goes on; who is earlier itself sends the other one on.
 *
 * <p><b>The end.</b> Half of all probes would be for the last &radic;M slots, M / free for each: {@link LastSlots} has a shorter way there.
 * Where so few are left, turns are taken one by one and in their order.
 */
final class Deal {
    private static final short FREE = (short) Ring.NO_MEMBER;

    /** Windows of fewer turns are searched one by one. */
    private static final int SIDE_BY_SIDE = 96;

    /** While more than this part of the slots is free, searches are so short that going on side by side pays. Measured: 8 to 12 cost the same. */
    private static final int SHORT_SEARCHES = 10;

    private final Contenders contenders;
    private final Turns turns;
    private final int size;
    private final short[] slots;

    /** By contender: the position of the next slot of its permutation to look at; during a window, of the slot it found. */
    private final long[] next;

    /** By contender: the step of its permutation. */
    private final long[] stride;

    /** A bit for each slot that was taken before this window, by the first bits of its position. */
    private final long[] taken;

    /** How far a position is shifted to be a place in {@link #taken}. */
    private final int shift;

    /** Slots taken in this window, as places in {@link #taken}. */
    private final int[] claimed;

    private final int[] searching;

    /** By index of a member: the contender. */
    private final short[] byIndex;

    private int free;

    private Deal(Contenders contenders) {
        this.contenders = contenders;
        turns = new Turns(contenders);
        size = contenders.slots;
        slots = new short[size];
        Arrays.fill(slots, FREE);
        free = size;
        shift = Integer.SIZE + Integer.numberOfLeadingZeros(size - 1);
        taken = new long[1 << (Long.SIZE - shift - 6)];
        int count = contenders.count();
        next = new long[count];
        stride = new long[count];
        claimed = new int[count];
        searching = new int[count + 1];
        int highestIndex = 0;
        for (int i = 0; i < count; i++) {
            next[i] = position(contenders.offset[i], size);
            stride[i] = position(contenders.skip[i], size);
            highestIndex = Math.max(highestIndex, Short.toUnsignedInt(contenders.index[i]));
        }
        byIndex = new short[highestIndex + 1];
        for (int i = 0; i < count; i++) {
            byIndex[Short.toUnsignedInt(contenders.index[i])] = (short) i;
        }
    }

    /** The index of its member for each slot; {@link Ring#NO_MEMBER} in all if there is no contender. */
    static short[] slots(Contenders contenders) {
        if (contenders.count() == 0) {
            short[] slots = new short[contenders.slots];
            Arrays.fill(slots, FREE);
            return slots;
        }
        Deal deal = new Deal(contenders);
        deal.run();
        return deal.slots;
    }

    private void run() {
        LastSlots last = new LastSlots(contenders);
        int count = turns.advance();
        while (free - count >= last.capacity()) {
            int searchers = skipTaken(count);
            if (turns.isInOrder()) {
                takeInOrder(count);
            } else {
                search(searchers);
                claim(count);
                commit(count);
            }
            free -= count;
            count = turns.advance();
        }
        while (free > 0) {
            turns.sort();
            for (int i = 0; i < count && free > 0; i++) {
                int contender = turns.due()[i];
                if (free > last.capacity()) {
                    takeFirstFree(contender);
                } else {
                    if (last.isEmpty()) {
                        last.addFree(slots);
                    }
                    int from = slot(next[contender]);
                    slots[last.takeFirst(contender, from)] = contenders.index[contender];
                }
                free--;
            }
            count = turns.advance();
        }
    }

    /**
     * Moves those who are due on from slots that were taken before this window, all by one step at a time, as long as this pays.
     *
     * @return how many may still stand on a taken slot; they are the first in {@link #searching}
     */
    private int skipTaken(int count) {
        if (count < SIDE_BY_SIDE || free <= size / SHORT_SEARCHES) {
            System.arraycopy(turns.due(), 0, searching, 0, count);
            return count;
        }
        int left = skipOne(turns.due(), count, searching, next, stride, taken, shift);
        while (left > count / 8) {
            left = skipOne(searching, left, searching, next, stride, taken, shift);
        }
        return left;
    }

    /** Moves those on whose slot is taken, without a branch, and lists them in {@code searching}, which may be {@code who}; how many. */
    private static int skipOne(
            int[] who, int count, int[] searching, long[] next, long[] stride, long[] taken, int shift) {
        int left = 0;
        for (int i = 0; i < count; i++) {
            int contender = who[i];
            long position = next[contender];
            int place = (int) (position >>> shift);
            long isTaken = taken[place >>> 6] >>> place & 1;
            searching[left] = contender;
            left += (int) isTaken;
            next[contender] = position + (stride[contender] & -isTaken);
        }
        return left;
    }

    /** For each in {@link #searching}: the first slot of its permutation that was not taken before this window. */
    private void search(int count) {
        // In locals here and below, or each store in the loop may have them loaded again.
        int[] who = searching;
        long[] positions = next;
        long[] strides = stride;
        long[] bits = taken;
        int placeShift = shift;
        for (int i = 0; i < count; i++) {
            int contender = who[i];
            positions[contender] = firstFree(positions[contender], strides[contender], bits, placeShift);
        }
    }

    private static long firstFree(long from, long stride, long[] taken, int shift) {
        long position = from;
        int place = (int) (position >>> shift);
        while ((taken[place >>> 6] >>> place & 1) != 0) {
            position += stride;
            place = (int) (position >>> shift);
        }
        return position;
    }

    /** Turns as the paper has them: {@link Turns#due} is in order. */
    private void takeInOrder(int count) {
        int[] due = turns.due();
        long[] positions = next;
        long[] strides = stride;
        long[] bits = taken;
        short[] ring = slots;
        short[] index = contenders.index;
        int placeShift = shift;
        long factor = size;
        for (int i = 0; i < count; i++) {
            int contender = due[i];
            long position = firstFree(positions[contender], strides[contender], bits, placeShift);
            int place = (int) (position >>> placeShift);
            bits[place >>> 6] |= 1L << place;
            ring[(int) Math.unsignedMultiplyHigh(position, factor)] = index[contender];
            positions[contender] = position + strides[contender];
        }
    }

    /** Gives each who is due the slot that it found, if no earlier turn has it. */
    private void claim(int count) {
        int[] due = turns.due();
        int[] places = claimed;
        long[] positions = next;
        long[] strides = stride;
        short[] ring = slots;
        short[] index = contenders.index;
        int placeShift = shift;
        long factor = size;
        for (int i = 0; i < count; i++) {
            int contender = due[i];
            long position = positions[contender];
            int slot = (int) Math.unsignedMultiplyHigh(position, factor);
            if (ring[slot] == FREE) {
                ring[slot] = index[contender];
                positions[contender] = position + strides[contender];
                places[i] = (int) (position >>> placeShift);
            } else {
                places[i] = (int) (contend(contender, slot) >>> placeShift);
            }
        }
    }

    /** Settles who has {@code slot}; who has not goes on, until somebody finds a free one. Returns the position of that. */
    private long contend(int newcomer, int slot) {
        int contender = newcomer;
        int contended = slot;
        while (slots[contended] != FREE) {
            int holder = Short.toUnsignedInt(byIndex[Short.toUnsignedInt(slots[contended])]);
            if (turns.isBefore(contender, holder)) {
                slots[contended] = contenders.index[contender];
                next[contender] += stride[contender];
                contender = holder;
            } else {
                next[contender] += stride[contender];
            }
            next[contender] = firstFree(next[contender], stride[contender], taken, shift);
            contended = slot(next[contender]);
        }
        long position = next[contender];
        slots[contended] = contenders.index[contender];
        next[contender] = position + stride[contender];
        return position;
    }

    private void commit(int count) {
        int[] places = claimed;
        long[] bits = taken;
        for (int i = 0; i < count; i++) {
            int place = places[i];
            bits[place >>> 6] |= 1L << place;
        }
    }

    /** One turn of {@link #takeInOrder}. */
    private void takeFirstFree(int contender) {
        long position = firstFree(next[contender], stride[contender], taken, shift);
        long place = position >>> shift;
        taken[(int) (place >>> 6)] |= 1L << place;
        slots[slot(position)] = contenders.index[contender];
        next[contender] = position + stride[contender];
    }

    private int slot(long position) {
        return (int) Math.unsignedMultiplyHigh(position, size);
    }

    /** number / size of 2^64, rounded up: exact, by long division in two digits of 32 bits. */
    static long position(int number, int size) {
        long high = ((long) number << 32) / size;
        long rest = ((long) number << 32) % size;
        return (high << 32) + ((rest << 32) + size - 1) / size;
    }
}
