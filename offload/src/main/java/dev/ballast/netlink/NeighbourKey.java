package dev.ballast.netlink;

import java.net.InetAddress;

/**
 * Which neighbour: addresses are unique on a link only.
 *
 * @param interfaceIndex the link
 * @param address the network address on it
 */
public record NeighbourKey(int interfaceIndex, InetAddress address) {
    @Override
    public String toString() {
        return Rfc5952.text(address) + " on interface " + interfaceIndex;
    }
}
