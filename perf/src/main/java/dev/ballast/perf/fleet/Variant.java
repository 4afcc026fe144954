package dev.ballast.perf.fleet;

/**
 * A way for a balancer to choose the backend of a packet.
 *
 * @param name for people
 * @param algorithm where a flow goes that no table knows
 * @param tracking what the balancers remember
 * @param keepPrevious which earlier ring they ask first in mid-stream, if they track flows
 */
record Variant(String name, Algorithm algorithm, Tracking tracking, KeepPrevious keepPrevious) {
    /** What balancers remember of flows. */
    enum Tracking {
        /** Nothing: each packet goes by the current ring. */
        NONE,
        /** Each balancer the flows that it has seen itself. */
        LOCAL,
        /** Every balancer every flow: no product does it; only what dies with its backend breaks. */
        FLEET
    }

    /** The least that any way of choosing could break. */
    static final Variant MINIMUM = new Variant("minimum", Algorithm.MAGLEV, Tracking.FLEET, KeepPrevious.NEVER);

    /** An algorithm alone. */
    static Variant untracked(String name, Algorithm algorithm) {
        return new Variant(name, algorithm, Tracking.NONE, KeepPrevious.NEVER);
    }

    /** Maglev with each balancer's own flow table. */
    static Variant tracked(String name, KeepPrevious keepPrevious) {
        return new Variant(name, Algorithm.MAGLEV, Tracking.LOCAL, keepPrevious);
    }
}
