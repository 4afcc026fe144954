package dev.ballast.perf.datapath;

import static dev.ballast.datapath.VerdictReason.ANSWERED_ECHO;
import static dev.ballast.datapath.VerdictReason.FORWARDED_FLOW;
import static dev.ballast.datapath.VerdictReason.FORWARDED_NEW_FLOW;
import static dev.ballast.datapath.VerdictReason.FORWARDED_SERVER_ID;
import static dev.ballast.datapath.VerdictReason.PASSED_NOT_VIP;

import java.util.List;
import java.util.stream.Stream;

/** What is measured. The addresses are those of {@link Configuration}. */
final class Scenarios {
    private static final int KI = 1 << 10;
    private static final int MI = 1 << 20;

    private static final String VIP4 = "203.0.113.10";
    private static final String VIP6 = "2001:db8:1::10";
    private static final String VIP6_IN_IPV4 = "2001:db8:1::11";
    private static final String DNS_VIP4 = "203.0.113.53";
    private static final String DNS_VIP6 = "2001:db8:1::53";
    private static final String QUIC_VIP4 = "203.0.113.12";
    private static final int HTTPS = 443;
    private static final int DNS = 53;
    private static final String NOT_A_VIP = "203.0.113.99";

    /** RFC 9000 section 17.3.1, and the server id 0x002a in a connection id that says it has 9 more bytes. */
    private static final byte[] QUIC_SHORT = {0x40, 9, 0x00, 0x2a, 1, 2, 3, 4, 5, 6, 7, 8};

    /** RFC 9000 section 17.2: version 1, and a connection id of the client's own choice. */
    private static final byte[] QUIC_LONG = {(byte) 0xc0, 0, 0, 0, 1, 8, 1, 2, 3, 4, 5, 6, 7, 8};

    /** Of the packets of known flows that fill half of the table. */
    private static final double MAX_UNTRACKED_AT_HALF_LOAD = 1e-5;

    private Scenarios() {}

    /** All of them, the plainest first. */
    static List<Scenario> all() {
        return Stream.of(knownFlows(), manyFlows(), newFlows(), others())
                .flatMap(List::stream)
                .toList();
    }

    private static List<Scenario> knownFlows() {
        byte[] tcp4 = Frames.tcp(VIP4, HTTPS, Frames.ACK);
        byte[] tcp6 = Frames.tcp(VIP6, HTTPS, Frames.ACK);
        byte[] udp4 = Frames.udp(DNS_VIP4, DNS);
        return List.of(
                known("tcp4-ipip", "one known TCP flow, IPv4 in IPv4", Configuration.PLAIN, tcp4)
                        .comparedWith(59, 0.28),
                known("udp4-ipip", "one known UDP flow, IPv4 in IPv4", Configuration.PLAIN, udp4)
                        .comparedWith(82, 0.22),
                known("tcp6-ip6ip6", "one known TCP flow, IPv6 in IPv6", Configuration.PLAIN, tcp6)
                        .comparedWith(55, 0.40),
                known(
                        "udp6-ip6ip6",
                        "one known UDP flow, IPv6 in IPv6",
                        Configuration.PLAIN,
                        Frames.udp(DNS_VIP6, DNS)),
                known(
                        "tcp6-sit",
                        "one known TCP flow, IPv6 in IPv4",
                        Configuration.PLAIN,
                        Frames.tcp(VIP6_IN_IPV4, HTTPS, Frames.ACK)),
                known("tcp4-gue", "one known TCP flow, IPv4 in GUE over IPv4", Configuration.GUE, tcp4)
                        .comparedWith(106, 0.25),
                known("udp4-gue", "one known UDP flow, IPv4 in GUE over IPv4", Configuration.GUE, udp4),
                known("tcp6-gue6", "one known TCP flow, IPv6 in GUE over IPv6", Configuration.GUE, tcp6),
                known("tcp4-l2", "one known TCP flow, to a neighbour as it is", Configuration.L2, tcp4),
                known(
                        "quic-long",
                        "one known QUIC flow, long headers",
                        Configuration.QUIC,
                        Frames.udp(QUIC_VIP4, HTTPS, QUIC_LONG)));
    }

    private static Scenario known(String name, String what, Configuration configuration, byte[] frame) {
        return Scenario.of(name, what, configuration, frame, FORWARDED_FLOW);
    }

    /** Each begins with its SYN, as connections do. */
    private static List<Scenario> manyFlows() {
        byte[] syn4 = Frames.tcp(VIP4, HTTPS, Frames.SYN);
        byte[] tcp4 = Frames.tcp(VIP4, HTTPS, Frames.ACK);
        return List.of(
                known("flows-64k", "64 Ki known TCP flows in turn", Configuration.PLAIN, tcp4)
                        .openedBy(syn4)
                        .inTurn(64 * KI)
                        .comparedWith(122, 0.45),
                known("flows-1m", "1 Mi known TCP flows in turn", Configuration.PLAIN, tcp4)
                        .openedBy(syn4)
                        .inTurn(MI)
                        .comparedWith(245, 0.60),
                known("flows-1m-in-2mi", "the same with a table of 2 Mi flows: load 0.5", Configuration.PLAIN, tcp4)
                        .openedBy(syn4)
                        .inTurn(MI)
                        .inTableOf(2 * MI)
                        .untrackedAtMost(MAX_UNTRACKED_AT_HALF_LOAD)
                        .comparedWith(245, 0.42));
    }

    private static List<Scenario> newFlows() {
        byte[] syn4 = Frames.tcp(VIP4, HTTPS, Frames.SYN);
        return List.of(
                Scenario.of("syn", "one SYN again and again", Configuration.PLAIN, syn4, FORWARDED_FLOW)
                        .comparedWith(144, 0.15),
                Scenario.of(
                                "syn-flood",
                                "SYNs, each from another source and port",
                                Configuration.PLAIN,
                                syn4,
                                FORWARDED_NEW_FLOW)
                        .flood(MI)
                        .comparedWith(976, 0.04),
                Scenario.of(
                                "midstream-flood",
                                "ACKs of flows never seen, the table full of such",
                                Configuration.PLAIN,
                                Frames.tcp(VIP4, HTTPS, Frames.ACK),
                                FORWARDED_NEW_FLOW)
                        .flood(6 * MI)
                        .comparedWith(985, 0.20));
    }

    private static List<Scenario> others() {
        return List.of(
                Scenario.of(
                        "quic-server-id",
                        "QUIC, short headers with the server id of a member",
                        Configuration.QUIC,
                        Frames.udp(QUIC_VIP4, HTTPS, QUIC_SHORT),
                        FORWARDED_SERVER_ID),
                Scenario.of(
                        "echo4",
                        "ICMP echo requests to a VIP, answered",
                        Configuration.PLAIN,
                        Frames.echo(VIP4),
                        ANSWERED_ECHO),
                Scenario.of(
                        "echo6",
                        "ICMPv6 echo requests to a VIP, answered",
                        Configuration.PLAIN,
                        Frames.echo(VIP6),
                        ANSWERED_ECHO),
                Scenario.of(
                                "not-vip",
                                "TCP to an address that is no VIP",
                                Configuration.PLAIN,
                                Frames.tcp(NOT_A_VIP, HTTPS, Frames.ACK),
                                PASSED_NOT_VIP)
                        .comparedWith(19, 0.12));
    }
}
