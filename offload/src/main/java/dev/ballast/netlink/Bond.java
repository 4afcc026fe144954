package dev.ballast.netlink;

/**
 * How a bond spreads frames over its ports (linux/if_bonding.h, Documentation/networking/bonding.rst).
 *
 * @param mode the policy
 * @param hashesVlanSourceMac whether its transmit hash is {@code vlan+srcmac}
 * @param activePort index of the port that sends alone, in the modes that have one; 0 without
 */
public record Bond(Mode mode, boolean hashesVlanSourceMac, int activePort) implements LinkDetail {
    /** In the kernel's order (BOND_MODE_*). */
    public enum Mode {
        BALANCE_RR("balance-rr"),
        ACTIVE_BACKUP("active-backup"),
        BALANCE_XOR("balance-xor"),
        BROADCAST("broadcast"),
        LACP("802.3ad"),
        BALANCE_TLB("balance-tlb"),
        BALANCE_ALB("balance-alb"),
        UNKNOWN("unknown");

        private static final Mode[] VALUES = values();

        private final String word;

        Mode(String word) {
            this.word = word;
        }

        static Mode of(int value) {
            return value >= 0 && value < VALUES.length ? VALUES[value] : UNKNOWN;
        }

        /** The kernel's name. */
        @Override
        public String toString() {
            return word;
        }
    }

    /** Whether the kernel runs XDP programs on the bond, and sends their frames by it (bond_xdp_check in drivers/net/bonding). */
    public boolean hasXdp() {
        return switch (mode) {
            case BALANCE_RR, ACTIVE_BACKUP -> true;
            case BALANCE_XOR, LACP -> !hashesVlanSourceMac;
            case BROADCAST, BALANCE_TLB, BALANCE_ALB, UNKNOWN -> false;
        };
    }

    /** Why it has none, to go behind the bond's name. */
    public String whyNoXdp() {
        return switch (mode) {
            case BALANCE_XOR, LACP -> "hashes by vlan+srcmac, for which the kernel has no XDP";
            case BALANCE_RR, ACTIVE_BACKUP, BROADCAST, BALANCE_TLB, BALANCE_ALB, UNKNOWN ->
                "is in mode " + mode + ", for which the kernel has no XDP";
        };
    }
}
