package dev.ballast.netlink;

/**
 * One change that the kernel announced. "Set" covers an entry that is new and one that changed; it carries the state after the change.
 *
 * <p>The kernel does not announce the IPv4 routes that vanish with their link or address: those events stand for them.
 */
public sealed interface NetlinkEvent {
    /** A link appeared or changed. */
    record LinkSet(Link link) implements NetlinkEvent {}

    /** A link is gone from this network namespace: deleted, or moved to another. */
    record LinkRemoved(Link link) implements NetlinkEvent {}

    /** An address was added or changed. */
    record AddressSet(Address address) implements NetlinkEvent {}

    /** An address was removed. */
    record AddressRemoved(Address address) implements NetlinkEvent {}

    /** A route was added or replaced. */
    record RouteSet(RouteEntry route) implements NetlinkEvent {}

    /** A route was removed. */
    record RouteRemoved(RouteEntry route) implements NetlinkEvent {}

    /** A next hop object was set or removed: routes that name it take other paths now. */
    record PathsChanged(int nextHopId) implements NetlinkEvent {}

    /** A neighbour was resolved, changed its address, or failed. */
    record NeighbourSet(Neighbour neighbour) implements NetlinkEvent {}

    /** A neighbour was removed. */
    record NeighbourRemoved(Neighbour neighbour) implements NetlinkEvent {}
}
