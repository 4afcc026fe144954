package dev.ballast.ring;

import java.util.Arrays;
import java.util.Collection;
import java.util.function.ToLongFunction;

/**
 * Builds rings that a change of members disturbs less than Maglev's, and that take longer to build.
 *
 * <p>In rendezvous hashing each slot ranks all members by a hash and goes to the first. What a member that leaves takes along is its own slots
 * and no others, the least there can be; but shares are even only up to chance, some square root of a member's slots. (Both cannot be had: if
 * no removal ever moves a slot of a member that stays, each slot has a fixed ranking of all members that may ever come, and no such
 * rankings are even for every set.) Here each member has a price besides, taken off the preference of every slot, and prices
 * are such that each member holds its exact share, rounded down or up. A member that leaves then moves its own slots, and those that the
 * change of the others' prices moves.
 *
 * <p><b>Pure function.</b> That is the dual of a transportation problem: to give each member its share so that the sum of all slots'
 * preferences is greatest. With preferences that have no ties its solution is unique, so the ring depends on the set alone, whatever way
 * leads to it. {@link Preferences} are integers with 24 bits against ties, and what the search does is determined by the set too.
 *
 * <p><b>Balance.</b> A member with the exact share M w / W has that number rounded down or up: within one slot, at every size and weight, so
 * within one percent where the share is a hundred slots or more.
 *
 * <p><b>Disruption.</b> The m = M / N slots of a member that leaves go to the others as chance has it: each gets m / N on average, give or take
 * the square root of that, and prices have to even this out. So the excess over the minimum is of the order of &radic;M slots: 0.4 to 1.2 times
 * that was measured, about half of Maglev's from 30 members to M / 100. Nothing is gained for the removal of one member where each has some
 * thirty slots. A replacement still costs nearly a removal and an addition: the new address shares nothing with the old one.
 * {@code packaging/bench disruption} measures all of this beside Maglev.
 *
 * <p><b>How.</b> Prices that are nearly right are found by a few steps of Newton's method on the counts; what is left over is moved by {@link
 * Settlement}, exactly. A last look at all slots proves the result: none would be better off elsewhere, not even with a member that its
 * list of preferences leaves out.
 */
public final class CalibratedRendezvous {
    /** Lists of 8 leave about one slot in a thousand with too short a one, which is lengthened. */
    private static final int DEPTH_FACTOR = 8;

    /** A dozen candidates a member: fewer, and the settlement is cut short; more, and each of its searches takes longer. */
    private static final double REACH_SLOTS = 12;

    /** More than any two members can differ in preference and price: all slots, all members in their lists. */
    private static final long MOST_REACH = 1L << 58;

    private static final int MOST_STEPS = 20;
    private static final double ONE = 1L << Preferences.FRACTION_BITS;

    private final Claims claims;
    private final Preferences preferences;

    /** By member, and 0 for the reserve of {@link Settlement}. */
    private final long[] price;

    /** By slot, a member's number; {@link Ring#NO_MEMBER} at first. */
    private final char[] owner;

    /** By member: slots that it holds. */
    private final int[] held;

    private CalibratedRendezvous(Claims claims, Preferences preferences, long[] price) {
        this.claims = claims;
        this.preferences = preferences;
        this.price = price;
        owner = new char[claims.slots()];
        Arrays.fill(owner, (char) Ring.NO_MEMBER);
        held = new int[claims.count()];
    }

    /**
     * Builds the ring of a set of members: a pure function of their (key, weight) pairs, the size and the secret. The order of
     * {@code members} does not matter, and their indexes only name the result.
     *
     * <p>Some tens of milliseconds and 20 MB at 65,537 slots, some hundreds and 170 MB at 655,373, all of it free afterwards but the ring.
     *
     * @param members any number, also none and also more than there are slots; those of weight 0 get no slot
     * @throws IllegalArgumentException if two members have the same key or the same index
     */
    public static Ring build(Collection<RingMember> members, RingSize size, HashKey secret) {
        return build(members, size, secret, DEPTH_FACTOR, key -> 0);
    }

    /** As {@link #build(Collection, RingSize, HashKey)}; depth and first prices have no influence on the ring. */
    static Ring build(
            Collection<RingMember> members,
            RingSize size,
            HashKey secret,
            int depthFactor,
            ToLongFunction<RingKey> firstPrice) {
        Claims claims = Claims.of(members, size);
        short[] slots = new short[size.slots()];
        Arrays.fill(slots, (short) Ring.NO_MEMBER);
        if (claims.count() > 0) {
            char[] owner = solve(claims, secret, depthFactor, firstPrice);
            for (int slot = 0; slot < slots.length; slot++) {
                slots[slot] = (short) claims.member(owner[slot]).index();
            }
        }
        return new Ring(size, slots, claims.keys());
    }

    /** Lists so short that they cannot be settled begin anew at four times the depth: at the full depth, they can. */
    private static char[] solve(Claims claims, HashKey secret, int depthFactor, ToLongFunction<RingKey> firstPrice) {
        for (int depth = depthFactor; ; depth *= 4) {
            long[] price = new long[claims.count() + 1];
            for (int i = 0; i < claims.count(); i++) {
                price[i] = firstPrice.applyAsLong(claims.member(i).key());
            }
            CalibratedRendezvous build =
                    new CalibratedRendezvous(claims, new Preferences(claims, secret, depth), price);
            build.approach();
            if (build.settle()) {
                return build.owner;
            }
        }
    }

    /** Newton's method, each member by itself: a price that rises by d loses about M x (1 - x) d slots of a share x. */
    private void approach() {
        long[] best = price.clone();
        long least = Long.MAX_VALUE;
        for (int step = 0; step < MOST_STEPS; step++) {
            chooseAll();
            long misplaced = 0;
            for (int i = 0; i < held.length; i++) {
                misplaced += Math.abs(held[i] - Settlement.grant(claims.least(i), claims.most(i), held[i], price[i]));
            }
            if (misplaced >= least) {
                break;
            }
            least = misplaced;
            System.arraycopy(price, 0, best, 0, price.length);
            for (int i = 0; i < held.length; i++) {
                double x = claims.part(i);
                double perSlot = ONE / Math.max(1, Math.max(claims.slots() * x, held[i]) * (1 - x));
                long whereMost = price[i] + (long) ((held[i] - claims.most(i)) * perSlot);
                long whereLeast = price[i] + (long) ((held[i] - claims.least(i)) * perSlot);
                price[i] = Math.clamp(0L, whereMost, whereLeast);
            }
        }
        System.arraycopy(best, 0, price, 0, price.length);
    }

    /** Exact, or false if the lists are too short for it. */
    private boolean settle() {
        Settlement settlement = new Settlement(claims, price, owner);
        long reach = (long) (REACH_SLOTS * ONE * claims.count() / claims.slots());
        while (true) {
            chooseAll();
            widenAll();
            if (!settlement.begin(held)) {
                return true;
            }
            nominate(settlement, reach);
            boolean settled = settlement.settle();
            if (!settled && reach == MOST_REACH) {
                return false;
            }
            reach = Math.min(4 * reach, MOST_REACH);
        }
    }

    /** Each slot to the member that it prefers at the present prices; of equal ones, it stays with the one that it has. */
    private void chooseAll() {
        Arrays.fill(held, 0);
        for (int slot = 0; slot < owner.length; slot++) {
            owner[slot] = (char) choose(slot);
            held[owner[slot]]++;
        }
    }

    private int choose(int slot) {
        int present = owner[slot];
        int chosen = present;
        long best = Long.MIN_VALUE;
        int end = preferences.end(slot);
        for (int entry = preferences.start(slot); entry < end; entry++) {
            int member = preferences.member(entry);
            long worth = preferences.value(entry) - price[member];
            if (worth > best || (worth == best && member == present)) {
                best = worth;
                chosen = member;
            }
        }
        return chosen;
    }

    /** What {@code member} is worth to a slot, before its price; it is in the slot's list. */
    private long value(int slot, int member) {
        int entry = preferences.start(slot);
        while (preferences.member(entry) != member) {
            entry++;
        }
        return preferences.value(entry);
    }

    /** Lengthens the lists of slots that might be better off with a member that is not in theirs. */
    private void widenAll() {
        long[] leftOut = new long[Preferences.LEVELS];
        int known = 0;
        for (int slot = 0; slot < owner.length; slot++) {
            while (true) {
                for (; known <= preferences.level(slot); known++) {
                    leftOut[known] = preferences.leftOut(known, price);
                }
                if (value(slot, owner[slot]) - price[owner[slot]] >= leftOut[preferences.level(slot)]) {
                    break;
                }
                preferences.widen(slot);
                held[owner[slot]]--;
                owner[slot] = (char) choose(slot);
                held[owner[slot]]++;
            }
        }
    }

    /** Lets in the slots that lose less than {@code reach} with another member, each with all members of which that is true. */
    private void nominate(Settlement settlement, long reach) {
        for (int slot = 0; slot < owner.length; slot++) {
            long ownValue = value(slot, owner[slot]);
            long enough = ownValue - price[owner[slot]] - reach;
            int near = 0;
            int end = preferences.end(slot);
            for (int entry = preferences.start(slot); entry < end; entry++) {
                if (preferences.value(entry) - price[preferences.member(entry)] > enough) {
                    near++;
                }
            }
            if (near > 1) {
                settlement.candidate(slot, ownValue);
                for (int entry = preferences.start(slot); entry < end; entry++) {
                    int member = preferences.member(entry);
                    if (preferences.value(entry) - price[member] > enough) {
                        settlement.alternative(member, preferences.value(entry));
                    }
                }
            }
        }
    }
}
