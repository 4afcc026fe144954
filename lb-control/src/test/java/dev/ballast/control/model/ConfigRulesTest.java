package dev.ballast.control.model;

import static dev.ballast.control.model.Configs.NODE;
import static dev.ballast.control.model.Configs.errors;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import org.junit.jupiter.api.Test;

/** The rules that hold between services, and how errors are handed over. */
class ConfigRulesTest {
    @Test
    void one_vip_in_two_services_names_both() {
        assertThat(errors(NODE + """
                services:
                  web:
                    vips: [{address: "2001:db8::10", port: 443, protocol: tcp}]
                  shop:
                    vips:
                      - {address: 203.0.113.10, port: 443, protocol: tcp}
                      - {address: "2001:DB8:0::10", port: 443, protocol: tcp}
                """))
                .containsExactly(
                        "services.shop.vips[1]: [2001:db8::10]:443/tcp is a VIP of both web (line 5, column 12) and shop; remove one of the two (line 9, column 9)");
    }

    @Test
    void one_vip_twice_in_a_service_is_one_too_many() {
        assertThat(errors(NODE + """
                services:
                  web:
                    checks: []
                    vips:
                      - {address: 203.0.113.10, port: any, protocol: udp}
                      - {address: 203.0.113.10, port: any, protocol: udp}
                """))
                .containsExactly(
                        "services.web.vips[1]: 203.0.113.10:any/udp is already a VIP of this service, at line 7, column 9; remove one of the two (line 8, column 9)");
    }

    @Test
    void the_same_address_with_another_port_or_protocol_is_another_vip() {
        assertThat(errors(NODE + """
                services:
                  a: {vips: [{address: 203.0.113.10, port: 443, protocol: tcp}]}
                  b: {vips: [{address: 203.0.113.10, port: 80, protocol: tcp}]}
                  c: {vips: [{address: 203.0.113.10, port: 443, protocol: udp}], checks: []}
                  d: {vips: [{address: 203.0.113.10, port: any, protocol: tcp}], checks: []}
                """)).isEmpty();
    }

    @Test
    void a_vip_that_is_a_backend_is_refused() {
        assertThat(errors(NODE + """
                services:
                  web:
                    vips: [{address: 203.0.113.10, port: 443, protocol: tcp}]
                  dns:
                    vips: [{address: 203.0.113.11, port: 53, protocol: tcp}]
                    backends: [{address: 203.0.113.10}]
                """))
                .containsExactly(
                        "services.web.vips[0]: 203.0.113.10 is also the backend services.dns.backends[0] (line 8, column 16): what is sent to it would come back to the balancer; give the backend an address of its own (line 5, column 12)");
    }

    @Test
    void a_vip_that_is_a_bgp_neighbour_or_covers_another_balancer_is_refused() {
        assertThat(errors("""
                version: 1
                node:
                  name: lb1
                  interfaces: [{name: eth0}]
                  bgp: {asn: 64512, routerId: 192.0.2.2, peers: [{name: tor1, address: 192.0.2.1, asn: 64500}]}
                fleet: {balancers: [{name: lb2, address: "198.51.100.3:9591"}]}
                services:
                  web: {vips: [{address: 192.0.2.1, port: 179, protocol: tcp}]}
                  api: {vips: [{address: 198.51.100.0/24, port: 443, protocol: tcp}]}
                """))
                .contains(
                        "services.web.vips[0]: 192.0.2.1 is also the BGP neighbour node.bgp.peers[0] (line 5, column 50): what it sends to this balancer would be balanced; give the VIP an address of its own (line 8, column 16)",
                        "services.api.vips[0]: 198.51.100.0/24 covers 198.51.100.3, the balancer fleet.balancers[0] (line 6, column 21): what it sends to this balancer would be balanced; give the VIP an address of its own (line 9, column 16)")
                .hasSize(4);
    }

    @Test
    void services_and_backends_fit_the_limits_of_the_node() {
        assertThat(errors("""
                version: 1
                node:
                  name: lb1
                  interfaces: [{name: eth0}]
                  limits: {services: 1, members: 2}
                services:
                  a:
                    vips: [{address: 203.0.113.10, port: 443, protocol: tcp}]
                    backends: [{address: 10.0.0.1}, {address: 10.0.0.2}]
                  b:
                    vips: [{address: 203.0.113.11, port: 443, protocol: tcp}]
                    backends: [{address: 10.0.0.1}]
                """))
                .containsExactlyInAnyOrder(
                        "services: 2 services do not fit; allowed: up to 1; raise node.limits.services to 2 or more (line 6, column 1)",
                        "services: 3 backends do not fit; allowed: up to 2; raise node.limits.members to 3 or more (line 6, column 1)");
    }

    @Test
    void vips_fit_the_tables_that_the_limits_make() {
        StringBuilder yaml = new StringBuilder(
                "version: 1\nnode: {name: lb1, interfaces: [{name: eth0}], limits: {services: 1}}\nservices:\n  web:\n    checks: []\n    vips:\n");
        for (int i = 0; i < 12; i++) {
            yaml.append("      - {address: 203.0.113.%d, port: 443, protocol: tcp}\n".formatted(i));
        }
        for (int i = 0; i < 8; i++) {
            yaml.append("      - {address: \"2001:db8:0:%d::/64\", port: 443, protocol: tcp}\n".formatted(i));
        }
        assertThat(errors(yaml.toString())).isEmpty();
        assertThat(errors(yaml + "      - {address: 203.0.113.0, port: any, protocol: tcp}\n"))
                .containsExactly(
                        "services: 25 ipv4 VIPs and their addresses do not fit; allowed: up to 24; raise node.limits.services to 2 or more (line 3, column 1)");
        assertThat(errors(yaml + "      - {address: \"2001:db8::/64\", port: any, protocol: tcp}\n"))
                .containsExactly(
                        "services: 17 ipv6 VIP prefixes, counted with and without port, do not fit; allowed: up to 16; raise node.limits.services to 2 or more (line 3, column 1)");
    }

    @Test
    void rings_fit_with_room_for_one_to_change() {
        String yaml = """
                version: 1
                node:
                  name: lb1
                  interfaces: [{name: eth0}]
                  limits: {ringSlots: 128Ki}
                services:
                  a: {vips: [{address: 203.0.113.10, port: 443, protocol: tcp}]}
                """;
        assertThat(errors(yaml))
                .containsExactly(
                        "services: 131136 ring slots (all rings, and one more while the largest changes) do not fit; allowed: up to 131072; raise node.limits.ringSlots to 129Ki or more (line 6, column 1)");
        assertThat(errors(yaml.replace("128Ki", "129Ki"))).isEmpty();
    }

    @Test
    void errors_come_in_the_order_of_the_file_and_the_first_twenty_are_told() {
        StringBuilder yaml = new StringBuilder(NODE + "services:\n");
        for (int i = 0; i < 30; i++) {
            yaml.append("  s%d: {vips: []}\n".formatted(i));
        }
        yaml.append("bogus: 1\n");
        ConfigException e = catchThrowableOfType(
                ConfigException.class,
                () -> ConfigReader.read("lb1.yaml", yaml.toString().getBytes(StandardCharsets.UTF_8)));
        assertThat(e.errors()).hasSize(20).isSortedAccordingTo(Comparator.comparingInt(ConfigError::line));
        assertThat(e.omitted()).isEqualTo(11);
        assertThat(e.getMessage().lines())
                .hasSize(21)
                .startsWith(
                        "lb1.yaml: services.s0.vips: names no VIP; name one: [{address: 192.0.2.10, port: 443, protocol: tcp}] (line 4, column 8)")
                .endsWith("lb1.yaml: and 11 more");
    }

    @Test
    void an_error_carries_its_parts() {
        ConfigException e = catchThrowableOfType(
                ConfigException.class,
                () -> ConfigReader.read(
                        "lb1.yaml", (NODE + "defaults: {ring: {size: 65536}}\n").getBytes(StandardCharsets.UTF_8)));
        assertThat(e.errors())
                .containsExactly(new ConfigError(
                        "defaults.ring.size",
                        3,
                        25,
                        "65536",
                        "is not a prime",
                        "primes from 251 to 655373",
                        "the nearest is 65537"));
    }
}
