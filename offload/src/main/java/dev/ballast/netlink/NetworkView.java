package dev.ballast.netlink;

import java.net.InetAddress;
import java.util.Optional;

/** The questions that a next hop follows from. {@link Netlink} asks the kernel each time; a test answers from a table. */
public interface NetworkView {
    /** The route that the kernel would take; empty if it has none. */
    Optional<Route> route(InetAddress destination);

    /** The same for a packet that leaves by that link; its paths are left out. */
    Optional<Route> route(InetAddress destination, int outInterface);

    /** The link of that index; empty if there is none in this network namespace. */
    Optional<Link> link(int index);

    /** The entry of the neighbour table; empty if there is none. */
    Optional<Neighbour> neighbour(NeighbourKey key);
}
