package dev.ballast.netlink;

/** What the kernel does with a packet that a route matches; in the kernel's order (RTN_*). */
public enum RouteType {
    UNSPECIFIED,
    /** Sends it on, to a gateway or to the destination itself. */
    UNICAST,
    /** Takes it in: the destination is this machine. */
    LOCAL,
    BROADCAST,
    ANYCAST,
    MULTICAST,
    /** Drops it without a word. */
    BLACKHOLE,
    /** Drops it and answers "host unreachable". */
    UNREACHABLE,
    /** Drops it and answers "administratively prohibited". */
    PROHIBIT,
    /** Ends the search in this table. */
    THROW;

    private static final RouteType[] VALUES = values();

    static RouteType of(int value) {
        return value >= 0 && value < VALUES.length ? VALUES[value] : UNSPECIFIED;
    }
}
