package dev.ballast.netlink;

/** What the kernel knows about a neighbour's link-layer address (linux/neighbour.h NUD_*; the machine of RFC 4861 section 7.3.2). */
public enum NeighbourState {
    /** An entry that nothing was asked about yet. */
    NONE(0),
    /** Asked, not answered yet. */
    INCOMPLETE(0x01),
    REACHABLE(0x02),
    /** Known, not confirmed lately. */
    STALE(0x04),
    DELAY(0x08),
    /** Being asked again; the last known address still counts. */
    PROBE(0x10),
    /** Asked in vain. */
    FAILED(0x20),
    /** A link without neighbour discovery. */
    NO_ARP(0x40),
    /** Set by an administrator. */
    PERMANENT(0x80);

    private static final NeighbourState[] VALUES = values();

    private final int bit;

    NeighbourState(int bit) {
        this.bit = bit;
    }

    static NeighbourState of(int bits) {
        for (NeighbourState state : VALUES) {
            if (state.bit == bits) {
                return state;
            }
        }
        throw new MalformedMessageException("neighbour state 0x%x is not one state".formatted(bits));
    }

    /** Whether the kernel itself would send to the address that the entry holds (NUD_VALID). */
    public boolean usable() {
        return switch (this) {
            case REACHABLE, STALE, DELAY, PROBE, NO_ARP, PERMANENT -> true;
            case NONE, INCOMPLETE, FAILED -> false;
        };
    }
}
