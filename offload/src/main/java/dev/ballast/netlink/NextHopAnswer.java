package dev.ballast.netlink;

import java.util.Set;

/** Where a packet for a backend goes from here: a {@link NextHop}, or {@link NoNextHop} and why not. */
public sealed interface NextHopAnswer permits NextHop, NoNextHop {
    /**
     * The neighbours that it depends on, to be kept resolved by {@link Netlink#resolve}: of all the paths of its route, so that one that
     * fails can be told from one that works, and that the one that comes back is noticed.
     */
    Set<NeighbourKey> neighbours();
}
