package dev.ballast.datapath;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Why a packet left the way it did; C: {@code enum verdict_reason}, where each is explained. */
public enum VerdictReason {
    FORWARDED_FLOW(1),
    FORWARDED_NEW_FLOW(2),
    FORWARDED_REPICKED(3),
    FORWARDED_UNTRACKED(4),
    FORWARDED_STATELESS(5),
    FORWARDED_FRAGMENT(6),
    FORWARDED_ICMP_ERROR(7),
    FORWARDED_SERVER_ID(8),
    FORWARDED_SERVER_ID_UNKNOWN(9),
    FORWARDED_PREVIOUS_RING(10),
    ANSWERED_ECHO(32),
    ANSWERED_TOO_BIG(33),
    ANSWERED_TOO_BIG_DF_CLEAR(34),
    PASSED_NOT_IP(64),
    PASSED_VLAN(65),
    PASSED_MALFORMED(66),
    PASSED_EXTENSION_HEADER(67),
    PASSED_PROTOCOL(68),
    PASSED_IPV6_OFF(69),
    PASSED_NOT_VIP(70),
    DROPPED_NO_MEMBER(96),
    DROPPED_NEXT_HOP_UNRESOLVED(97),
    DROPPED_TOO_BIG(98),
    DROPPED_MALFORMED(99),
    DROPPED_NO_HEADROOM(100),
    DROPPED_BROKEN_TABLE(101),
    DROPPED_FRAGMENT_ORPHAN(102),
    DROPPED_ICMP(103),
    DROPPED_SOURCE_DENIED(104);

    private static final int CLASS_SHIFT = 5;

    private final int number;

    VerdictReason(int number) {
        this.number = number;
    }

    /** Its row in the map {@code verdicts}. */
    int number() {
        return number;
    }

    static Optional<VerdictReason> ofNumber(int number) {
        return Arrays.stream(values()).filter(reason -> reason.number == number).findFirst();
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
