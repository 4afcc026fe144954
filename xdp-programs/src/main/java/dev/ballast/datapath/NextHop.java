package dev.ballast.datapath;

/**
 * How a member is reached on the wire.
 *
 * @param ifindex the lower device that the frame leaves by, never a VLAN device
 * @param destinationMac of the next hop, 48 bits, the first byte on the wire highest
 * @param sourceMac of the device, likewise
 * @param vlan the tag on the wire (priority, DEI and id as in the 802.1Q header); 0: none
 * @param mtu the largest outer packet, IP header included, bytes
 */
public record NextHop(int ifindex, long destinationMac, long sourceMac, int vlan, int mtu) {
    /** Every IPv4 host takes this much (RFC 791); less is not a usable path. */
    private static final int MIN_MTU = 68;

    public NextHop {
        if (ifindex <= 0) {
            throw new IllegalArgumentException("interface index " + ifindex + " is not positive");
        }
        if (destinationMac >>> 48 != 0 || sourceMac >>> 48 != 0) {
            throw new IllegalArgumentException("a MAC has 48 bits");
        }
        if (vlan < 0 || vlan > 0xffff) {
            throw new IllegalArgumentException("VLAN tag " + vlan + " does not fit 16 bits");
        }
        if (mtu < MIN_MTU || mtu > 0xffff) {
            throw new IllegalArgumentException("MTU " + mtu + " is not " + MIN_MTU + " to 65535");
        }
    }
}
