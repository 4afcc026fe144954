package dev.ballast.netlink;

/** The operational state of a link (RFC 2863 ifOperStatus, linux/if.h IF_OPER_*), in the kernel's order. */
public enum OperState {
    /** Drivers that do not tell, such as {@code lo} and tun, are always in this state. */
    UNKNOWN,
    NOT_PRESENT,
    DOWN,
    /** The device underneath, of a VLAN or of a veth pair, is down. */
    LOWER_LAYER_DOWN,
    TESTING,
    DORMANT,
    UP;

    private static final OperState[] VALUES = values();

    static OperState of(int value) {
        return value >= 0 && value < VALUES.length ? VALUES[value] : UNKNOWN;
    }
}
