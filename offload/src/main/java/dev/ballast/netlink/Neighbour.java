package dev.ballast.netlink;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * An entry of the ARP or NDP table.
 *
 * @param interfaceIndex the link that it is on
 * @param address its network address
 * @param mac its Ethernet address; null while it is not known
 * @param state what that address is worth
 * @param managed whether the kernel keeps it resolved (NTF_EXT_MANAGED)
 */
public record Neighbour(
        int interfaceIndex, InetAddress address, @Nullable MacAddress mac, NeighbourState state, boolean managed) {}
