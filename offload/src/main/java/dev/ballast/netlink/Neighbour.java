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
 * @param protocol who set it, as {@code ip neighbour} shows it behind {@code proto}; 0 if nobody says
 */
public record Neighbour(
        int interfaceIndex,
        InetAddress address,
        @Nullable MacAddress mac,
        NeighbourState state,
        boolean managed,
        int protocol) {
    /** One that nobody says to have set. */
    public Neighbour(
            int interfaceIndex, InetAddress address, @Nullable MacAddress mac, NeighbourState state, boolean managed) {
        this(interfaceIndex, address, mac, state, managed, 0);
    }

    /** Its place in the table. */
    public NeighbourKey key() {
        return new NeighbourKey(interfaceIndex, address);
    }

    /** Whether an administrator gave it an address that is not to be asked for. */
    public boolean fixed() {
        return state == NeighbourState.PERMANENT || state == NeighbourState.NO_ARP;
    }
}
