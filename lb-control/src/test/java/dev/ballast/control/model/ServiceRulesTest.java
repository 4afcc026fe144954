package dev.ballast.control.model;

import static dev.ballast.control.model.Configs.NODE;
import static dev.ballast.control.model.Configs.errors;
import static dev.ballast.control.model.Configs.read;
import static dev.ballast.control.model.Configs.readService;
import static dev.ballast.control.model.Configs.service;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The rules of a service's own keys, one test each. What is given in the tests stands from line 5 on. */
class ServiceRulesTest {
    private static final String VIP = "vips: [{address: 203.0.113.10, port: 443, protocol: tcp}]";

    @Test
    void a_service_has_a_name_like_a_host() {
        assertThat(errors(NODE + "services:\n  Web Shop:\n    " + VIP + "\n"))
                .containsExactly(
                        "services.\"Web Shop\": is not a name; allowed: 1 to 63 of a-z, 0-9 and -, no - at either end (line 4, column 3)");
    }

    @Test
    void a_name_that_yaml_takes_for_something_else_is_a_name() {
        Config config =
                read(NODE + "services:\n  10:\n    " + VIP + "\n  \"true\":\n    " + VIP.replace(".10", ".11") + "\n");
        assertThat(config.services()).containsOnlyKeys("10", "true");
    }

    @Test
    void a_service_has_at_least_one_vip() {
        assertThat(errors(service("backends: []")))
                .containsExactly(
                        "services.web.vips: missing; write vips: [{address: 192.0.2.10, port: 443, protocol: tcp}] (line 4, column 3)");
        assertThat(errors(service("vips: []")))
                .containsExactly(
                        "services.web.vips: names no VIP; name one: [{address: 192.0.2.10, port: 443, protocol: tcp}] (line 5, column 5)");
    }

    @Test
    void a_vip_has_an_address_a_port_and_a_protocol() {
        assertThat(errors(service("vips: [{}]")))
                .containsExactly(
                        "services.web.vips[0].address: missing; write the address that clients connect to (line 5, column 12)",
                        "services.web.vips[0].port: missing; write 1 to 65535, or any (line 5, column 12)",
                        "services.web.vips[0].protocol: missing; write tcp or udp (line 5, column 12)");
        assertThat(errors(service("vips: [{address: 203.0.113.10, port: 0, protocol: sctp}]")))
                .containsExactly(
                        "services.web.vips[0].port: 0 is out of range; allowed: 1 to 65535, or any (line 5, column 42)",
                        "services.web.vips[0].protocol: sctp is unknown; allowed: tcp, udp (line 5, column 55)");
        assertThat(errors(service("vips: [{address: 203.0.113.10, port: http, protocol: TCP}]")))
                .containsExactly(
                        "services.web.vips[0].port: http is not a whole number; allowed: 1 to 65535, or any (line 5, column 42)",
                        "services.web.vips[0].protocol: TCP is unknown; allowed: tcp, udp; did you mean tcp? (line 5, column 58)");
    }

    @Test
    void a_name_is_not_an_address() {
        assertThat(errors(vip("www.example.net")))
                .containsExactly(at(
                        "www.example.net is not an address; allowed: an address such as 192.0.2.1 or \"2001:db8::1\""));
        assertThat(errors(vip("203.0.113.256")))
                .containsExactly(
                        at(
                                "203.0.113.256 has a part above 255; allowed: an address such as 192.0.2.1 or \"2001:db8::1\""));
        assertThat(errors(vip("203.0.113.010")))
                .containsExactly(
                        at(
                                "203.0.113.010 has a leading zero, which some programs read as octal; allowed: an address such as 192.0.2.1 or \"2001:db8::1\""));
    }

    @Test
    void a_zoned_address_is_refused() {
        assertThat(errors(vip("\"fe80::1%eth0\"")))
                .containsExactly(
                        at(
                                "\"fe80::1%eth0\" has a zone, which means something on one machine only; allowed: an address such as 192.0.2.1 or \"2001:db8::1\""));
    }

    @Test
    void a_mapped_address_is_refused_and_the_ipv4_one_named() {
        assertThat(errors(vip("\"::ffff:203.0.113.10\"")))
                .containsExactly(
                        at("\"::ffff:203.0.113.10\" is an IPv4 address in the shape of IPv6; write 203.0.113.10"));
    }

    @Test
    void an_address_that_cannot_be_routed_to_is_refused() {
        assertThat(errors(vip("0.0.0.0")))
                .containsExactly(at("0.0.0.0 is the unspecified address; name another address"));
        assertThat(errors(vip("\"::\"")))
                .containsExactly(at("\"::\" is the unspecified address; name another address"));
        assertThat(errors(vip("127.0.0.1")))
                .containsExactly(
                        at("127.0.0.1 is a loopback address, which never leaves its machine; name another address"));
        assertThat(errors(vip("169.254.1.1")))
                .containsExactly(
                        at("169.254.1.1 is a link-local address, which no router forwards; name another address"));
        assertThat(errors(vip("\"ff02::1\"")))
                .containsExactly(at(
                        "\"ff02::1\" is a multicast address, which belongs to no one machine; name another address"));
        assertThat(errors(vip("255.255.255.255")))
                .containsExactly(at("255.255.255.255 is the broadcast address; name another address"));
    }

    @Test
    void an_address_is_the_same_however_it_is_written() {
        assertThat(readService(vip("\"2001:DB8:0:0:0::0010\"")).vips().getFirst())
                .hasToString("[2001:db8::10]:443/tcp");
    }

    @Test
    void a_ring_has_a_prime_number_of_slots() {
        assertThat(errors(service(VIP, "ring: {size: 65536}")))
                .containsExactly(
                        "services.web.ring.size: 65536 is not a prime; allowed: primes from 251 to 655373; the nearest is 65537 (line 6, column 18)");
        assertThat(errors(service(VIP, "ring: {size: 250}")))
                .containsExactly(
                        "services.web.ring.size: 250 is out of range; allowed: 251 to 655373 (line 6, column 18)");
        assertThat(readService(service(VIP, "ring: {size: 655373}")).ring().size())
                .isEqualTo(655_373);
    }

    @Test
    void idle_times_carry_units_and_fit_the_flow_table() {
        assertThat(errors(service(VIP, "flows: {track: on, tcpIdle: 900, udpIdle: 2h}")))
                .containsExactly(
                        "services.web.flows.track: on is not a truth value; allowed: true, false; write true (line 6, column 20)",
                        "services.web.flows.tcpIdle: 900 has no unit; allowed: 10s to 110m; write a whole number with ms, s, m or h, such as 2s (line 6, column 33)",
                        "services.web.flows.udpIdle: 2h is out of range; allowed: 10s to 110m (line 6, column 47)");
    }

    @Test
    void words_are_known_or_refused() {
        assertThat(errors(service(VIP, "whenEmpty: pass")))
                .containsExactly("services.web.whenEmpty: pass is unknown; allowed: drop (line 6, column 16)");
        assertThat(errors(service(VIP, "combine: any")))
                .containsExactly("services.web.combine: any is not in this build; allowed: all (line 6, column 14)");
        assertThat(errors(service(VIP, "health: {initial: unknown}")))
                .containsExactly(
                        "services.web.health.initial: unknown is unknown; allowed: up, down (line 6, column 23)");
        assertThat(readService(service(VIP, "health: {initial: up}")).health().initial())
                .isEqualTo(Service.Health.Initial.UP);
    }

    @Test
    void a_weight_is_0_to_10000() {
        assertThat(errors(service(VIP, "backends:", "  - {address: 10.0.1.11, weight: 99999}")))
                .containsExactly(
                        "services.web.backends[0].weight: 99999 is out of range; allowed: 0 to 10000 (line 7, column 38)");
        assertThat(errors(service(VIP, "backends: [{address: 10.0.1.11, weight: -1}]")))
                .containsExactly(
                        "services.web.backends[0].weight: -1 is out of range; allowed: 0 to 10000 (line 6, column 45)");
        assertThat(errors(service(VIP, "backends: [{address: 10.0.1.11, weight: 99999999999999999999}]")))
                .containsExactly(
                        "services.web.backends[0].weight: 99999999999999999999 is out of range; allowed: 0 to 10000 (line 6, column 45)");
        assertThat(errors(service(VIP, "backends: [{address: 10.0.1.11, weight: 1.5}]")))
                .containsExactly(
                        "services.web.backends[0].weight: 1.5 is not a whole number; allowed: 0 to 10000 (line 6, column 45)");
    }

    @Test
    void weight_0_drains_like_drain_itself() {
        Service web = readService(
                service(
                        VIP,
                        "backends: [{address: 10.0.1.11, weight: 0}, {address: 10.0.1.12, drain: true}, {address: 10.0.1.13}]"));
        assertThat(web.backends()).extracting(Backend::drains).containsExactly(true, true, false);
        assertThat(web.backends()).extracting(Backend::weight).containsExactly(0, 100, 100);
    }

    @Test
    void a_backend_is_one_routable_address() {
        assertThat(errors(service(VIP, "backends: [{weight: 1}, {address: 10.0.1.0/24}, {address: \"::1\"}]")))
                .containsExactly(
                        "services.web.backends[0].address: missing; write the backend's address (line 6, column 16)",
                        "services.web.backends[1].address: 10.0.1.0/24 is a prefix; allowed: one address (line 6, column 39)",
                        "services.web.backends[2].address: \"::1\" is a loopback address, which never leaves its machine; name another address (line 6, column 63)");
    }

    @Test
    void a_backend_is_listed_once() {
        assertThat(errors(service(
                        VIP, "backends: [{address: \"2001:db8::1\"}, {address: \"2001:db8:0::1\", weight: 5}]")))
                .containsExactly(
                        "services.web.backends[1].address: \"2001:db8:0::1\" is already a backend of web, at line 6, column 16; remove one of the two (line 6, column 52)");
    }

    @Test
    void a_port_of_a_backend_is_the_vips_or_refused_with_the_reason() {
        assertThat(errors(service(VIP, "backends: [{address: 10.0.1.11, port: 443}]")))
                .isEmpty();
        assertThat(errors(service(VIP, "backends: [{address: 10.0.1.11, port: 8443}]")))
                .containsExactly(
                        "services.web.backends[0].port: 8443 is not the VIP's port: packets are not rewritten, so a backend sees the VIP's port and answers from it; leave port out and let the backend listen on the VIP's port (line 6, column 43)");
    }

    @Test
    void a_port_on_an_any_port_service_is_refused() {
        assertThat(errors(service(
                        VIP.replace("443", "any"), "checks: []", "backends: [{address: 10.0.1.11, port: 443}]")))
                .containsExactly(
                        "services.web.backends[0].port: 443 cannot be kept: the service takes any port, and a backend sees the port that the client chose; leave port out (line 7, column 43)");
    }

    @Test
    void a_service_may_have_no_backends() {
        assertThat(readService(service(VIP)).backends()).isEmpty();
        assertThat(readService(service(VIP, "backends: []")).backends()).isEmpty();
    }

    @Test
    void every_backend_needs_a_slot() {
        StringBuilder backends = new StringBuilder("backends:");
        for (int i = 0; i < 252; i++) {
            backends.append("\n      - {address: 10.0.1.").append(i).append('}');
        }
        assertThat(errors(service(VIP, "ring: {size: 251}", backends.toString())))
                .containsExactly(
                        "services.web.backends: 252 backends do not fit a ring of 251 slots; allowed: up to 251; choose a larger ring.size (line 7, column 5)");
    }

    @Test
    void a_rendezvous_ring_that_would_take_seconds_to_build_is_refused() {
        String cure =
                "allowed: up to 131071 slots, and 65 of them a backend; write algorithm: maglev (line 6, column 5)";
        assertThat(errors(service(VIP, "ring: {algorithm: rendezvous, size: 131101}")))
                .containsExactly(
                        "services.web.ring.algorithm: rendezvous would take seconds to build a ring of 131101 slots for 0 backends; "
                                + cure);
        String four = "backends: [{address: 10.0.1.1}, {address: 10.0.1.2}, {address: 10.0.1.3}, {address: 10.0.1.4}]";
        assertThat(errors(service(VIP, "ring: {algorithm: rendezvous, size: 251}", four)))
                .containsExactly(
                        "services.web.ring.algorithm: rendezvous would take seconds to build a ring of 251 slots for 4 backends; "
                                + cure);
        assertThat(readService(service(VIP, "ring: {algorithm: rendezvous, size: 263}", four))
                        .ring()
                        .algorithm())
                .isEqualTo(Ring.Algorithm.RENDEZVOUS);
    }

    private static String vip(String address) {
        return service(VIP.replace("203.0.113.10", address));
    }

    private static String at(String message) {
        return "services.web.vips[0].address: " + message + " (line 5, column 22)";
    }
}
