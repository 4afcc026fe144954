package dev.ballast.datapath;

/** How many live flows of each state each member has, at one moment or nearly: packets go on while the tables are read. */
public final class FlowStates {
    private static final int STATES = FlowState.values().length;

    private final int[] counts;

    FlowStates(int members) {
        this.counts = new int[members * STATES];
    }

    void add(int member, FlowState state) {
        int at = member * STATES + state.code() - 1;
        if (at < counts.length) {
            counts[at]++;
        }
    }

    /** Those of a member id in that state. */
    public int of(int member, FlowState state) {
        int at = member * STATES + state.code() - 1;
        return at < counts.length ? counts[at] : 0;
    }
}
