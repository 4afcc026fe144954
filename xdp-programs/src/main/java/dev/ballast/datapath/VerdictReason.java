package dev.ballast.datapath;

import java.util.Locale;

/** Why a packet left the way it did; C: {@code enum verdict_reason}, where each is explained. */
public enum VerdictReason {
    FORWARDED_FLOW(1),
    FORWARDED_NEW_FLOW(2),
    FORWARDED_REPICKED(3),
    FORWARDED_UNTRACKED(4),
    FORWARDED_STATELESS(5),
    PASSED_NOT_IP(64),
    PASSED_VLAN(65),
    PASSED_MALFORMED(66),
    PASSED_IPV4_OPTIONS(67),
    PASSED_FRAGMENT(68),
    PASSED_EXTENSION_HEADER(69),
    PASSED_ICMP(70),
    PASSED_PROTOCOL(71),
    PASSED_IPV6_OFF(72),
    PASSED_NOT_VIP(73),
    DROPPED_NO_MEMBER(96),
    DROPPED_NEXT_HOP_UNRESOLVED(97),
    DROPPED_TOO_BIG(98),
    DROPPED_MALFORMED(99),
    DROPPED_NO_HEADROOM(100),
    DROPPED_BROKEN_TABLE(101);

    private static final int CLASS_SHIFT = 5;

    private final int number;

    VerdictReason(int number) {
        this.number = number;
    }

    /** Its row in the map {@code verdicts}. */
    int number() {
        return number;
    }

    /** What becomes of the packet. */
    public VerdictClass verdictClass() {
        return VerdictClass.ofNumber(number >> CLASS_SHIFT);
    }

    /** As operators read it: {@code dropped_no_member}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
