package dev.ballast.netlink;

import org.jspecify.annotations.Nullable;

/**
 * A network interface.
 *
 * @param index its number in its namespace, above 0
 * @param name its present name; an interface can be renamed while it is up
 * @param mac its Ethernet address; null where the link layer is another
 * @param mtu bytes of payload in a frame
 * @param up whether an administrator set it up (IFF_UP)
 * @param carrier whether it has its lower layer (IFF_LOWER_UP); false while it is down
 * @param operState the operational state
 * @param kind the kernel's word for a virtual link, such as {@code veth}, {@code vlan} or {@code bond}; empty for a device of hardware
 * @param masterIndex the bond or bridge that it is a port of; 0 without one
 * @param lowerIndex the link underneath: a VLAN's parent, a veth's peer; 0 without one
 * @param lowerElsewhere whether {@code lowerIndex} counts in another network namespace
 * @param detail of a VLAN device or a bond; null for any other
 * @param xdp the program on it
 */
public record Link(
        int index,
        String name,
        @Nullable MacAddress mac,
        int mtu,
        boolean up,
        boolean carrier,
        OperState operState,
        String kind,
        int masterIndex,
        int lowerIndex,
        boolean lowerElsewhere,
        @Nullable LinkDetail detail,
        XdpState xdp) {
    /** Its tag; null unless it is a VLAN device. */
    public @Nullable Vlan vlan() {
        return detail instanceof Vlan vlan ? vlan : null;
    }

    /** How it spreads frames; null unless it is a bond. */
    public @Nullable Bond bond() {
        return detail instanceof Bond bond ? bond : null;
    }
}
