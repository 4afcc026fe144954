package dev.ballast.ring;

import java.util.Arrays;

/**
 * How much each slot prefers each member: a fixed-point number with {@value #FRACTION_BITS} bits behind the point, the same on every JVM.
 *
 * <p>As in weighted rendezvous hashing it is <em>-ln(-ln(1 - u)) + ln(weight)</em>, u uniform between 0 and 1: if each slot went to the member it
 * prefers, shares would be in proportion to weights up to chance. u is (position + 1/2) / size, where the position is the slot's place in a
 * permutation of the member's own, <em>slot = offset + factor / (position + shift) mod size</em> with 1/0 = 0: so the slots that prefer a member
 * most can be listed without a look at all others. (The permutations of Maglev would do that too, but two members of one skip in a thousand
 * want the same slots in the same order; of these, two members agree on more than three positions only if they are the same.) The last
 * {@value #TIE_BITS} bits are a hash of slot and member, and keep sums from being equal.
 *
 * <p>Of each member only the slots that prefer it most are kept, in lists by slot. {@link #widen} lengthens the list of a slot for which that
 * proves too short. Not thread-safe; belongs to one build.
 */
final class Preferences {
    /** Preferences lie between -3 and 24, so that a thousand of them can be added up in 63 bits. */
    static final int FRACTION_BITS = 48;

    /** A level is a widening; so many that the last has all positions of the largest ring. */
    static final int LEVELS = 12;

    private static final int TIE_BITS = 24;
    private static final double TIE_UNIT = 1L << (FRACTION_BITS - TIE_BITS);

    /** Each widening of a list looks four times as far: nearly all lists end with the first. */
    private static final int WIDENING_SHIFT = 2;

    /** One byte after the address keeps the hashes of a member independent of each other, and of Maglev's. */
    private static final int FIRST_HASH_TAG = 16;

    private final int slots;

    /** By number: where 1/x mod size is; 0 at 0. */
    private final int[] inverse;

    private final int[] offset;
    private final int[] factor;
    private final int[] shift;
    private final long[] tieSeed;
    private final long[] logWeight;

    /** By member: how many positions of its permutation the lists of level 0 have. */
    private final int[] depth;

    /** By position: the preference for a member of weight 1, as far as it was worth keeping. */
    private final long[] unweighted;

    /** By slot: its list is entries {@code start} to {@code end - 1}, and how often it was widened. */
    private final int[] start;

    private final int[] end;
    private final byte[] level;
    private char[] member;
    private long[] value;

    /** Entries in use, those of lists that were replaced by wider ones among them. */
    private int entries;

    /**
     * Lists the preferences.
     *
     * @param depthFactor the mean length of a slot's list; what it is has no influence on the ring, only on time and memory
     */
    Preferences(Claims claims, HashKey secret, int depthFactor) {
        slots = claims.slots();
        int count = claims.count();
        offset = new int[count];
        factor = new int[count];
        shift = new int[count];
        tieSeed = new long[count];
        logWeight = new long[count];
        depth = new int[count];
        int deepest = 0;
        long total = 0;
        for (int i = 0; i < count; i++) {
            RingKey key = claims.member(i).key();
            offset[i] = (int) Long.remainderUnsigned(SipHash.hash(secret, key, FIRST_HASH_TAG + 0), slots);
            factor[i] = (int) Long.remainderUnsigned(SipHash.hash(secret, key, FIRST_HASH_TAG + 1), slots - 1) + 1;
            shift[i] = (int) Long.remainderUnsigned(SipHash.hash(secret, key, FIRST_HASH_TAG + 2), slots);
            tieSeed[i] = SipHash.hash(secret, key, FIRST_HASH_TAG + 3);
            logWeight[i] = fixedPoint(StrictMath.log(claims.member(i).weight()));
            depth[i] = (int) Math.min(slots, (long) depthFactor * claims.most(i) + 2);
            deepest = Math.max(deepest, depth[i]);
            total += depth[i];
        }
        inverse = inverses(slots);
        unweighted = new long[Math.min(deepest + 1, slots)];
        for (int position = 0; position < unweighted.length; position++) {
            unweighted[position] = computed(position);
        }
        start = new int[slots];
        end = new int[slots];
        level = new byte[slots];
        entries = Math.toIntExact(total);
        member = new char[entries];
        value = new long[entries];
        list();
    }

    private void list() {
        int[] slotOf = new int[entries];
        int listed = 0;
        for (int i = 0; i < depth.length; i++) {
            int shifted = shift[i];
            for (int position = 0; position < depth[i]; position++) {
                int slot = (int) ((offset[i] + (long) factor[i] * inverse[shifted]) % slots);
                slotOf[listed++] = slot;
                end[slot]++;
                shifted = shifted + 1 == slots ? 0 : shifted + 1;
            }
        }
        int first = 0;
        for (int slot = 0; slot < slots; slot++) {
            start[slot] = first;
            first += end[slot];
            end[slot] = start[slot];
        }
        listed = 0;
        for (int i = 0; i < depth.length; i++) {
            for (int position = 0; position < depth[i]; position++) {
                int slot = slotOf[listed++];
                int entry = end[slot]++;
                member[entry] = (char) i;
                value[entry] = value(i, slot, position);
            }
        }
        for (int slot = 0; slot < slots; slot++) {
            if (start[slot] == end[slot]) {
                widen(slot);
            }
        }
    }

    /** The place of the first entry of a slot's list; there is at least one entry. */
    int start(int slot) {
        return start[slot];
    }

    /** The place behind the last entry of a slot's list. */
    int end(int slot) {
        return end[slot];
    }

    /** The member that an entry is about. */
    int member(int entry) {
        return member[entry];
    }

    /** How much the entry's slot prefers the entry's member. */
    long value(int entry) {
        return value[entry];
    }

    /** How often a slot's list was widened. */
    int level(int slot) {
        return level[slot];
    }

    /** What no preference that lists of this level leave out exceeds, once the member's price is taken off; the lowest long if they leave out none. */
    long leftOut(int ofLevel, long[] price) {
        long bound = Long.MIN_VALUE;
        for (int i = 0; i < depth.length; i++) {
            int first = depthAt(i, ofLevel);
            if (first < slots) {
                bound = Math.max(bound, unweighted(first) + logWeight[i] + (1L << TIE_BITS) - price[i]);
            }
        }
        return bound;
    }

    /** Makes a slot's list four times as long, or as much longer as it takes to hold anybody. */
    void widen(int slot) {
        start[slot] = entries;
        while (start[slot] == entries) {
            level[slot]++;
            for (int i = 0; i < depth.length; i++) {
                int position = position(i, slot);
                if (position < depthAt(i, level[slot])) {
                    if (entries == member.length) {
                        int longer = entries + entries / 2 + depth.length;
                        member = Arrays.copyOf(member, longer);
                        value = Arrays.copyOf(value, longer);
                    }
                    member[entries] = (char) i;
                    value[entries] = value(i, slot, position);
                    entries++;
                }
            }
        }
        end[slot] = entries;
    }

    private int depthAt(int number, int ofLevel) {
        return (int) Math.min(slots, (long) depth[number] << (WIDENING_SHIFT * ofLevel));
    }

    /** The inverse of what {@link #list} walks through. */
    private int position(int number, int slot) {
        int distance = slot - offset[number];
        long quotient = (long) (distance < 0 ? distance + slots : distance) * inverse[factor[number]] % slots;
        int position = inverse[(int) quotient] - shift[number];
        return position < 0 ? position + slots : position;
    }

    private long value(int number, int slot, int position) {
        long tie = mix(tieSeed[number] + slot) & ((1L << TIE_BITS) - 1);
        return unweighted(position) + logWeight[number] + tie;
    }

    private long unweighted(int position) {
        return position < unweighted.length ? unweighted[position] : computed(position);
    }

    private long computed(int position) {
        return fixedPoint(-StrictMath.log(-StrictMath.log1p(-(position + 0.5) / slots)));
    }

    /** The bits that tell ties apart are left free. */
    private static long fixedPoint(double number) {
        return Math.round(number * TIE_UNIT) << TIE_BITS;
    }

    /** The finaliser of MurmurHash3: enough, since the seed is secret and only ties hang on it. */
    private static long mix(long bits) {
        long mixed = (bits ^ (bits >>> 33)) * 0xff51afd7ed558ccdL;
        mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return mixed ^ (mixed >>> 33);
    }

    /** 1/x modulo a prime, for all x, each from a smaller one: p = (p/x) x + p mod x. */
    private static int[] inverses(int prime) {
        int[] inverse = new int[prime];
        inverse[1] = 1;
        for (int x = 2; x < prime; x++) {
            inverse[x] = (int) ((long) (prime - prime / x) * inverse[prime % x] % prime);
        }
        return inverse;
    }
}
