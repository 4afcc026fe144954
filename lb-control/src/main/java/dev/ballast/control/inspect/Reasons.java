package dev.ballast.control.inspect;

import dev.ballast.datapath.VerdictReason;

/** What each verdict means, in a sentence for an operator. */
final class Reasons {
    private Reasons() {}

    static String words(VerdictReason reason) {
        return switch (reason) {
            case FORWARDED_FLOW -> "its flow is known and stays with its member";
            case FORWARDED_NEW_FLOW -> "its flow is new: the ring chose, and it will be known from then on";
            case FORWARDED_REPICKED -> "the member of its flow is down: the ring chose another";
            case FORWARDED_UNTRACKED ->
                "the ring chose; the flow tables have no room at its place, so it will not be known";
            case FORWARDED_STATELESS -> "the ring chose; the service does not track flows";
            case FORWARDED_FRAGMENT -> "it follows the first fragment of its packet";
            case FORWARDED_ICMP_ERROR -> "it goes to the member of the flow that it quotes";
            case FORWARDED_SERVER_ID -> "its QUIC connection id names the member";
            case FORWARDED_SERVER_ID_UNKNOWN -> "no member has the server id of its QUIC connection id: the ring chose";
            case FORWARDED_PREVIOUS_RING ->
                "it is from the middle of a connection that is not known here: the ring of before the last change chose";
            case ANSWERED_ECHO -> "an echo request to a VIP is answered here";
            case ANSWERED_TOO_BIG, ANSWERED_TOO_BIG_DF_CLEAR ->
                "with its outer header it is longer than the path to the member takes: the sender is told so by ICMP";
            case PASSED_NOT_IP -> "it is not IP: the kernel gets it";
            case PASSED_VLAN -> "it has more than two VLAN tags: the kernel gets it";
            case PASSED_MALFORMED -> "it ends or contradicts itself before the ports: the kernel gets it";
            case PASSED_EXTENSION_HEADER -> "its extension headers are not walked to the end: the kernel gets it";
            case PASSED_PROTOCOL -> "it is neither TCP, UDP nor ICMP: the kernel gets it";
            case PASSED_IPV6_OFF -> "the program was loaded without IPv6: the kernel gets it";
            case PASSED_NOT_VIP -> "no VIP has its address, port and protocol: the kernel gets it";
            case DROPPED_NO_MEMBER -> "no member of the service takes flows; see `ballast health`";
            case DROPPED_NEXT_HOP_UNRESOLVED ->
                "the next hop to the member is not known; see `ballast doctor` and the routes of the machine";
            case DROPPED_TOO_BIG -> "it does not fit the path to the member, and its sender may not be told now";
            case DROPPED_MALFORMED -> "its transport header or a length in it is wrong";
            case DROPPED_NO_HEADROOM -> "the driver leaves no room for the outer header";
            case DROPPED_BROKEN_TABLE -> "a table points outside another; the daemon repairs that, its log says more";
            case DROPPED_FRAGMENT_ORPHAN -> "the first fragment of its packet was not seen";
            case DROPPED_ICMP -> "ICMP to a VIP that is neither an echo request nor about a flow";
            case DROPPED_SOURCE_DENIED -> "the service's filter does not let its source in";
        };
    }
}
