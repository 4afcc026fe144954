package dev.ballast.perf.fleet;

/** A function from flows to the backends of one {@link Membership}: what a balancer without a flow table goes by. */
interface Placement {
    /** The backend of the flow with this hash. */
    int pick(long flowHash);
}
