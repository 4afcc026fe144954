package dev.ballast.perf.datapath;

import static dev.ballast.datapath.VerdictReason.FORWARDED_FLOW;
import static dev.ballast.datapath.VerdictReason.FORWARDED_NEW_FLOW;
import static dev.ballast.datapath.VerdictReason.PASSED_NOT_VIP;

import java.util.List;

/** What is measured, and the configuration that it is measured with. */
final class Scenarios {
    private static final int KI = 1 << 10;
    private static final int MI = 1 << 20;

    private static final String VIP4 = "203.0.113.10";
    private static final String VIP6 = "2001:db8:1::10";
    private static final String VIP6_IN_IPV4 = "2001:db8:1::11";
    private static final int HTTPS = 443;
    private static final int DNS = 53;
    private static final String NOT_A_VIP = "203.0.113.99";

    /** As an operator would write it. */
    static final String CONFIGURATION = """
            version: 1
            node: {name: bench, interfaces: [{name: lo}]}
            services:
              web:
                vips:
                  - {address: 203.0.113.10, port: 443, protocol: tcp}
                  - {address: "2001:db8:1::11", port: 443, protocol: tcp}
                checks: []
                backends: [{address: 10.0.1.11}, {address: 10.0.1.12}, {address: 10.0.1.13}, {address: 10.0.1.14}]
              web6:
                vips: [{address: "2001:db8:1::10", port: 443, protocol: tcp}]
                checks: []
                backends: [{address: "2001:db8:2::11"}, {address: "2001:db8:2::12"}]
              dns:
                vips: [{address: 203.0.113.53, port: 53, protocol: udp}]
                checks: []
                backends: [{address: 10.0.3.11}, {address: 10.0.3.12}]
            """;

    private Scenarios() {}

    /** All of them, the plainest first. */
    static List<Scenario> all() {
        byte[] tcp4 = Frames.tcp(VIP4, HTTPS, Frames.ACK);
        byte[] syn4 = Frames.tcp(VIP4, HTTPS, Frames.SYN);
        return List.of(
                Scenario.of("tcp4-ipip", "one known TCP flow, IPv4 in IPv4", tcp4, FORWARDED_FLOW)
                        .comparedWith(59, 0.28),
                Scenario.of(
                                "udp4-ipip",
                                "one known UDP flow, IPv4 in IPv4",
                                Frames.udp("203.0.113.53", DNS),
                                FORWARDED_FLOW)
                        .comparedWith(82, 0.22),
                Scenario.of(
                                "tcp6-ip6ip6",
                                "one known TCP flow, IPv6 in IPv6",
                                Frames.tcp(VIP6, HTTPS, Frames.ACK),
                                FORWARDED_FLOW)
                        .comparedWith(55, 0.40),
                Scenario.of(
                        "tcp6-sit",
                        "one known TCP flow, IPv6 in IPv4",
                        Frames.tcp(VIP6_IN_IPV4, HTTPS, Frames.ACK),
                        FORWARDED_FLOW),
                Scenario.of("flows-64k", "64 Ki known TCP flows in turn", tcp4, FORWARDED_FLOW)
                        .inTurn(64 * KI)
                        .comparedWith(122, 0.45),
                Scenario.of("flows-1m", "1 Mi known TCP flows in turn", tcp4, FORWARDED_FLOW)
                        .inTurn(MI)
                        .comparedWith(245, 0.60),
                Scenario.of("flows-1m-in-2mi", "the same with a table of 2 Mi flows: load 0.5", tcp4, FORWARDED_FLOW)
                        .inTurn(MI)
                        .inTableOf(2 * MI)
                        .comparedWith(245, 0.42),
                Scenario.of("syn", "one SYN again and again", syn4, FORWARDED_FLOW)
                        .comparedWith(144, 0.15),
                Scenario.of("syn-flood", "SYNs, each from another source and port", syn4, FORWARDED_NEW_FLOW)
                        .flood(MI)
                        .comparedWith(976, 0.04),
                Scenario.of(
                                "midstream-flood",
                                "ACKs of flows never seen, the table full of such",
                                tcp4,
                                FORWARDED_NEW_FLOW)
                        .flood(6 * MI)
                        .comparedWith(985, 0.20),
                Scenario.of(
                                "not-vip",
                                "TCP to an address that is no VIP",
                                Frames.tcp(NOT_A_VIP, HTTPS, Frames.ACK),
                                PASSED_NOT_VIP)
                        .comparedWith(19, 0.12));
    }
}
