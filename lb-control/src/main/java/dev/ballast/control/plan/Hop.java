package dev.ballast.control.plan;

import dev.ballast.control.model.Address;
import dev.ballast.control.model.Encap;

/**
 * How a member is reached on the wire.
 *
 * @param ifindex the lower device that the frame leaves by
 * @param destinationMac of the next hop, 48 bits, the first byte on the wire being the highest
 * @param sourceMac of the device, likewise
 * @param vlan the tag on the wire; 0: none
 * @param mtu the largest outer packet, bytes
 * @param source the balancer's own address in the outer header
 * @param onLink whether that MAC is the member's own, and not a router's
 */
public record Hop(int ifindex, long destinationMac, long sourceMac, int vlan, int mtu, Address source, boolean onLink) {
    private static final int IPV4_HEADER_BYTES = 20;
    private static final int IPV6_HEADER_BYTES = 40;
    private static final int UDP_HEADER_BYTES = 8;

    /** Whether packets in this encapsulation get there: without an outer header only to a neighbour. */
    public boolean carries(Encap encap) {
        return onLink || encap.type() != Encap.Type.L2;
    }

    /** What stands before the packet in this encapsulation, Ethernet apart, bytes; C: encap_header_length. */
    public int headerBytes(Encap encap) {
        int ip = source.isIpv4() ? IPV4_HEADER_BYTES : IPV6_HEADER_BYTES;
        return switch (encap.type()) {
            case IPIP -> ip;
            case GUE -> ip + UDP_HEADER_BYTES;
            case L2 -> 0;
        };
    }
}
