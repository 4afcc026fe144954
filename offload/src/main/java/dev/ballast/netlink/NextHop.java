package dev.ballast.netlink;

import java.net.InetAddress;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Everything that an XDP program writes in front of a packet to send it to a backend.
 *
 * @param ifindex the device to transmit on: of a route via a VLAN device its parent, because XDP cannot redirect to a VLAN device
 * @param destinationMac the neighbour's address
 * @param sourceMac the address of the route's own link, which for a VLAN device may differ from its parent's
 * @param vlanTag the 802.1Q tag to write, 1 to 4094; 0 for none
 * @param mtu bytes that fit behind the Ethernet header and tag
 * @param preferredSource the source address that the kernel would choose for the outer header; null if it names none
 * @param neighbour whose address {@code destinationMac} is
 * @param alternatives the neighbours of the route's other paths; empty if it has one
 */
public record NextHop(
        int ifindex,
        MacAddress destinationMac,
        MacAddress sourceMac,
        int vlanTag,
        int mtu,
        @Nullable InetAddress preferredSource,
        NeighbourKey neighbour,
        Set<NeighbourKey> alternatives)
        implements NextHopAnswer {
    public NextHop {
        alternatives = Set.copyOf(alternatives);
    }

    /** Of a route that takes one way. */
    public NextHop(
            int ifindex,
            MacAddress destinationMac,
            MacAddress sourceMac,
            int vlanTag,
            int mtu,
            @Nullable InetAddress preferredSource,
            NeighbourKey neighbour) {
        this(ifindex, destinationMac, sourceMac, vlanTag, mtu, preferredSource, neighbour, Set.of());
    }

    @Override
    public Set<NeighbourKey> neighbours() {
        Set<NeighbourKey> all = new HashSet<>(alternatives);
        all.add(neighbour);
        return all;
    }
}
