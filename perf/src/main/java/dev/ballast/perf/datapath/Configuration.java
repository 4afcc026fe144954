package dev.ballast.perf.datapath;

import java.util.Locale;

/**
 * What the datapath is loaded with, as an operator would write it. There are several, because a program has only what its
 * configuration uses: what GUE costs is not to be paid by the scenarios without it. All have IPv6, so that they differ by one
 * thing.
 */
enum Configuration {
    /** IP in IP, rings by 5-tuple. */
    PLAIN("", Services.WEB, Services.WEB6, Services.WEB6_ON_IPV4, Services.DNS, Services.DNS6),

    /** The same in GUE. */
    GUE("defaults: {encap: {type: gue, port: 6080}}\n", Services.WEB, Services.WEB6, Services.DNS),

    /** Backends on the balancer's own segment. */
    L2("defaults: {encap: {type: l2}}\n", Services.WEB, Services.WEB6),

    /** A service whose connection ids name the member. */
    QUIC("", Services.QUIC);

    private static final class Services {
        private static final String IPV4_BACKENDS =
                "[{address: 10.0.1.11}, {address: 10.0.1.12}, {address: 10.0.1.13}, {address: 10.0.1.14}]";

        static final String WEB = """
                web:
                  vips: [{address: 203.0.113.10, port: 443, protocol: tcp}]
                  checks: []
                  backends: %s
                """.formatted(IPV4_BACKENDS);
        static final String WEB6 = """
                web6:
                  vips: [{address: "2001:db8:1::10", port: 443, protocol: tcp}]
                  checks: []
                  backends: [{address: "2001:db8:2::11"}, {address: "2001:db8:2::12"}]
                """;
        static final String WEB6_ON_IPV4 = """
                web6-on-ipv4:
                  vips: [{address: "2001:db8:1::11", port: 443, protocol: tcp}]
                  checks: []
                  backends: %s
                """.formatted(IPV4_BACKENDS);
        static final String DNS = """
                dns:
                  vips: [{address: 203.0.113.53, port: 53, protocol: udp}]
                  checks: []
                  backends: [{address: 10.0.3.11}, {address: 10.0.3.12}]
                """;
        static final String DNS6 = """
                dns6:
                  vips: [{address: "2001:db8:1::53", port: 53, protocol: udp}]
                  checks: []
                  backends: [{address: "2001:db8:3::11"}, {address: "2001:db8:3::12"}]
                """;
        static final String QUIC = """
                quic:
                  vips:
                    - {address: 203.0.113.12, port: 443, protocol: udp}
                    - {address: "2001:db8:1::12", port: 443, protocol: udp}
                  hash: quic
                  checks: []
                  backends:
                    - {address: 10.0.6.11, serverId: "0x002a"}
                    - {address: 10.0.6.12, serverId: "0x002b"}
                    - {address: 10.0.6.13, serverId: "0x002c"}
                    - {address: 10.0.6.14, serverId: "0x002d"}
                """;

        private Services() {}
    }

    private final String yaml;

    Configuration(String defaults, String... services) {
        yaml = """
                version: 1
                node: {name: bench, interfaces: [{name: lo}]}
                """ + defaults + "services:\n" + String.join("", services).indent(2);
    }

    String yaml() {
        return yaml;
    }

    /** As in the results. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
