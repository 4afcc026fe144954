package dev.ballast.netlink;

/**
 * What makes a link a VLAN device.
 *
 * @param id the VLAN, 1 to 4094
 * @param protocol the EtherType of the tag: 0x8100 (802.1Q) or 0x88a8 (802.1ad)
 */
public record Vlan(int id, int protocol) implements LinkDetail {
    /** The EtherType of an 802.1Q tag. */
    public static final int PROTOCOL_8021Q = 0x8100;
}
