package dev.ballast.ring;

import java.util.Arrays;

/**
 * Makes members with too many slots pass them on to members with too few, at the least total loss of preference: successive shortest paths
 * with potentials, the textbook algorithm for flows of least cost (Ahuja, Magnanti, Orlin, "Network Flows", section 9.7).
 *
 * <p>A node is a member; an arc from i to j is a slot that i holds and j could take, its length what the slot loses by that: (value for i -
 * price of i) - (value for j - price of j), never below 0. One more node, the reserve, stands for the room between a claim's least and most:
 * a slot that a member with room keeps is a step to the reserve, one more that a member gives up is a step from it. Prices are the
 * potentials; that of the reserve is 0 at the end.
 *
 * <p>Only slots that are nearly as well off elsewhere take part; whether that was enough is for the caller to see. Not thread-safe; belongs to
 * one build.
 */
final class Settlement {
    private static final int NONE = -1;

    private final Claims claims;
    private final long[] price;

    /** By slot: its member. Shared with the caller. */
    private final char[] owner;

    /** By member: slots it shall hold, least to most. */
    private final int[] granted;

    private final int reserve;

    /** By node: slots too many; below 0: too few. */
    private final int[] surplus;

    // Candidates by number: a slot that may change hands, what it is worth to its member, and its list of alternatives.
    private int candidates;
    private int[] slot = new int[256];
    private long[] ownValue = new long[256];
    private int[] alternativesEnd = new int[256];
    private int[] next = new int[256];
    private int[] previous = new int[256];
    private char[] alternative = new char[1024];
    private long[] alternativeValue = new long[1024];
    private int alternatives;

    /** By member: the first of its candidates, a list by next and previous. */
    private final int[] firstCandidate;

    // Of one search, by node.
    private final long[] distance;
    private final boolean[] settled;
    private final int[] from;
    private final int[] byCandidate;
    private final DistanceQueue queue = new DistanceQueue();

    /**
     * Begins with nothing that could change hands.
     *
     * @param price by member, and one more place for the reserve; changed by {@link #settle}
     * @param owner by slot; changed by {@link #settle}
     */
    Settlement(Claims claims, long[] price, char[] owner) {
        this.claims = claims;
        this.price = price;
        this.owner = owner;
        reserve = claims.count();
        granted = new int[reserve];
        surplus = new int[reserve + 1];
        firstCandidate = new int[reserve];
        distance = new long[reserve + 1];
        settled = new boolean[reserve + 1];
        from = new int[reserve + 1];
        byCandidate = new int[reserve + 1];
    }

    /**
     * Begins a round: nothing may change hands yet.
     *
     * @param held by member: the slots it holds
     * @return whether anything is left to settle
     */
    boolean begin(int[] held) {
        candidates = 0;
        alternatives = 0;
        Arrays.fill(firstCandidate, NONE);
        boolean unsettled = false;
        int sum = 0;
        for (int i = 0; i < reserve; i++) {
            granted[i] = grant(claims.least(i), claims.most(i), held[i], price[i]);
            sum += granted[i];
            surplus[i] = held[i] - granted[i];
            unsettled |= surplus[i] != 0;
        }
        surplus[reserve] = sum - claims.slots();
        return unsettled;
    }

    /** What a member is to hold at its price: at a positive one all it may, at a negative one no more than it must. */
    static int grant(int least, int most, int held, long price) {
        return price > 0 ? most : price < 0 ? least : Math.clamp(held, least, most);
    }

    /** A slot may change hands: from its owner, to whom it is worth {@code value}, to those given by {@link #alternative}. */
    void candidate(int itsSlot, long value) {
        if (candidates == slot.length) {
            slot = Arrays.copyOf(slot, 2 * candidates);
            ownValue = Arrays.copyOf(ownValue, 2 * candidates);
            alternativesEnd = Arrays.copyOf(alternativesEnd, 2 * candidates);
            next = Arrays.copyOf(next, 2 * candidates);
            previous = Arrays.copyOf(previous, 2 * candidates);
        }
        slot[candidates] = itsSlot;
        ownValue[candidates] = value;
        alternativesEnd[candidates] = alternatives;
        link(candidates, owner[itsSlot]);
        candidates++;
    }

    /** The slot of the last call of {@link #candidate} may go to a member, to whom it is worth {@code value}; its owner is named too. */
    void alternative(int member, long value) {
        if (alternatives == alternative.length) {
            alternative = Arrays.copyOf(alternative, 2 * alternatives);
            alternativeValue = Arrays.copyOf(alternativeValue, 2 * alternatives);
        }
        alternative[alternatives] = (char) member;
        alternativeValue[alternatives] = value;
        alternatives++;
        alternativesEnd[candidates - 1] = alternatives;
    }

    /**
     * Moves slots until no member has too many or too few, or no way leads on.
     *
     * @return false if no way leads on: then more slots have to be let in
     */
    boolean settle() {
        boolean all = true;
        for (int node = 0; node <= reserve; node++) {
            int sink = node;
            while (surplus[node] > 0 && sink != NONE) {
                sink = search(node);
                if (sink != NONE) {
                    passOn(sink);
                }
            }
            all &= sink != NONE;
        }
        long level = price[reserve];
        for (int node = 0; node <= reserve; node++) {
            price[node] -= level;
        }
        return all;
    }

    /** Dijkstra's search for the nearest node with too little; prices are raised by what it took. */
    private int search(int source) {
        Arrays.fill(distance, Long.MAX_VALUE);
        Arrays.fill(settled, false);
        queue.clear();
        reach(source, 0, NONE, NONE);
        int sink = NONE;
        while (sink == NONE && !queue.isEmpty()) {
            int node = queue.remove();
            if (!settled[node]) {
                settled[node] = true;
                if (surplus[node] < 0) {
                    sink = node;
                } else if (node == reserve) {
                    leaveReserve();
                } else {
                    leave(node);
                }
            }
        }
        if (sink != NONE) {
            for (int node = 0; node <= reserve; node++) {
                if (settled[node]) {
                    price[node] += distance[sink] - distance[node];
                }
            }
        }
        return sink;
    }

    private void leaveReserve() {
        for (int i = 0; i < reserve; i++) {
            if (granted[i] > claims.least(i)) {
                reach(i, distance[reserve] + price[i] - price[reserve], reserve, NONE);
            }
        }
    }

    private void leave(int member) {
        if (granted[member] < claims.most(member)) {
            reach(reserve, distance[member] + price[reserve] - price[member], member, NONE);
        }
        for (int candidate = firstCandidate[member]; candidate != NONE; candidate = next[candidate]) {
            long base = distance[member] + ownValue[candidate] - price[member];
            int end = alternativesEnd[candidate];
            for (int at = candidate == 0 ? 0 : alternativesEnd[candidate - 1]; at < end; at++) {
                int other = alternative[at];
                reach(other, base - alternativeValue[at] + price[other], member, candidate);
            }
        }
    }

    private void reach(int node, long at, int comingFrom, int candidate) {
        if (at < distance[node]) {
            distance[node] = at;
            from[node] = comingFrom;
            byCandidate[node] = candidate;
            queue.add(node, at);
        }
    }

    private void passOn(int sink) {
        surplus[sink]++;
        int node = sink;
        while (from[node] != NONE) {
            int giver = from[node];
            if (giver == reserve) {
                granted[node]--;
            } else if (node == reserve) {
                granted[giver]++;
            } else {
                hand(byCandidate[node], giver, node);
            }
            node = giver;
        }
        surplus[node]--;
    }

    private void hand(int candidate, int giver, int taker) {
        unlink(candidate, giver);
        owner[slot[candidate]] = (char) taker;
        link(candidate, taker);
        int at = candidate == 0 ? 0 : alternativesEnd[candidate - 1];
        while (alternative[at] != taker) {
            at++;
        }
        ownValue[candidate] = alternativeValue[at];
    }

    private void link(int candidate, int member) {
        next[candidate] = firstCandidate[member];
        previous[candidate] = NONE;
        if (firstCandidate[member] != NONE) {
            previous[firstCandidate[member]] = candidate;
        }
        firstCandidate[member] = candidate;
    }

    private void unlink(int candidate, int member) {
        if (previous[candidate] == NONE) {
            firstCandidate[member] = next[candidate];
        } else {
            next[previous[candidate]] = next[candidate];
        }
        if (next[candidate] != NONE) {
            previous[next[candidate]] = previous[candidate];
        }
    }
}
