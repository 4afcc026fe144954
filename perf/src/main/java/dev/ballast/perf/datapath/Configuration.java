package dev.ballast.perf.datapath;

import java.util.Locale;

/**
 * What the datapath is loaded with, as an operator would write it. There are several, because a program has only what its
 * configuration uses: what GUE costs is not to be paid by the scenarios without it. All have IPv6, so that they differ by one
 * thing.
 */
enum Configuration {
    /** IP in IP, rings by 5-tuple. */
    PLAIN("""
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
              dns6:
                vips: [{address: "2001:db8:1::53", port: 53, protocol: udp}]
                checks: []
                backends: [{address: "2001:db8:3::11"}, {address: "2001:db8:3::12"}]
            """),

    /** The same in GUE. */
    GUE("""
            version: 1
            node: {name: bench, interfaces: [{name: lo}]}
            defaults: {encap: {type: gue, port: 6080}}
            services:
              web:
                vips: [{address: 203.0.113.10, port: 443, protocol: tcp}]
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
            """),

    /** Backends on the balancer's own segment. */
    L2("""
            version: 1
            node: {name: bench, interfaces: [{name: lo}]}
            defaults: {encap: {type: l2}}
            services:
              web:
                vips: [{address: 203.0.113.10, port: 443, protocol: tcp}]
                checks: []
                backends: [{address: 10.0.1.11}, {address: 10.0.1.12}, {address: 10.0.1.13}, {address: 10.0.1.14}]
              web6:
                vips: [{address: "2001:db8:1::10", port: 443, protocol: tcp}]
                checks: []
                backends: [{address: "2001:db8:2::11"}, {address: "2001:db8:2::12"}]
            """),

    /** A service whose connection ids name the member. */
    QUIC("""
            version: 1
            node: {name: bench, interfaces: [{name: lo}]}
            services:
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
            """);

    private final String yaml;

    Configuration(String yaml) {
        this.yaml = yaml;
    }

    String yaml() {
        return yaml;
    }

    /** As in the results. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
