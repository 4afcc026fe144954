package dev.ballast.netlink;

import java.net.InetAddress;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Why there is no way to a backend now.
 *
 * @param backend the backend's address
 * @param reason what is missing
 * @param words the same for a reader, with names and what to do
 * @param awaited the neighbour whose resolution would give a next hop; null if that is not it
 * @param alternatives the neighbours of the route's other paths, whose resolution would give one as well; empty if it has one
 */
public record NoNextHop(
        InetAddress backend,
        Reason reason,
        String words,
        @Nullable NeighbourKey awaited,
        Set<NeighbourKey> alternatives)
        implements NextHopAnswer {
    public NoNextHop {
        alternatives = Set.copyOf(alternatives);
    }

    /** Of a route that takes one way. */
    public NoNextHop(InetAddress backend, Reason reason, String words, @Nullable NeighbourKey awaited) {
        this(backend, reason, words, awaited, Set.of());
    }

    @Override
    public Set<NeighbourKey> neighbours() {
        Set<NeighbourKey> all = new HashSet<>(alternatives);
        if (awaited != null) {
            all.add(awaited);
        }
        return all;
    }

    /** What is missing. */
    public enum Reason {
        NO_ROUTE,
        /** The backend is this machine. */
        LOCAL,
        /** A blackhole, unreachable or prohibit route. */
        REFUSED_BY_ROUTE,
        /** The route leads to many, or is of a type that sends no packet. */
        NOT_UNICAST,
        INTERFACE_GONE,
        INTERFACE_DOWN,
        /** The link carries no Ethernet frames, so there is no address to write. */
        NOT_ETHERNET,
        /** More than one tag, or one that is not 802.1Q. */
        VLAN_STACKED,
        /** A bond in a mode that the kernel has no XDP for, and no port that sends alone. */
        BOND_MODE,
        /** Asked or to be asked; the answer is not there yet. */
        NEIGHBOUR_UNRESOLVED,
        /** Asked in vain. */
        NEIGHBOUR_FAILED
    }
}
