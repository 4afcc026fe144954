package dev.ballast.control.model;

import static dev.ballast.control.model.Configs.NODE;
import static dev.ballast.control.model.Configs.errors;
import static dev.ballast.control.model.Configs.read;
import static dev.ballast.control.model.Configs.readService;
import static dev.ballast.control.model.Configs.service;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The rules of prefixes, encapsulation, hashes, server ids and filters. What is given in the tests stands from line 5 on. */
class TrafficRulesTest {
    private static final String VIP = "vips: [{address: 203.0.113.10, port: 443, protocol: tcp}]";
    private static final String UDP_VIP = "vips: [{address: 203.0.113.10, port: 443, protocol: udp}]";

    // --- VIPs ----------------------------------------------------------------------------------------------------

    @Test
    void a_vip_may_be_a_prefix_of_either_family() {
        assertThat(readService(vip("203.0.113.64/28")).vips().getFirst()).hasToString("203.0.113.64/28:443/tcp");
        assertThat(readService(vip("\"2001:DB8:1::/48\"")).vips().getFirst()).hasToString("[2001:db8:1::/48]:443/tcp");
    }

    @Test
    void a_prefix_of_one_address_is_that_address() {
        assertThat(readService(vip("203.0.113.10/32")).vips())
                .isEqualTo(readService(vip("203.0.113.10")).vips());
    }

    @Test
    void bits_behind_the_length_are_refused_and_what_may_be_meant_is_named() {
        assertThat(errors(vip("203.0.113.65/28")))
                .containsExactly(
                        at(
                                "203.0.113.65/28 has bits behind its length; write 203.0.113.64/28, or 203.0.113.65/32 if one address is meant"));
        assertThat(errors(vip("\"2001:db8::1/64\"")))
                .containsExactly(
                        at(
                                "\"2001:db8::1/64\" has bits behind its length; write 2001:db8::/64, or 2001:db8::1/128 if one address is meant"));
    }

    @Test
    void a_length_fits_the_family() {
        assertThat(errors(vip("203.0.113.64/33")))
                .containsExactly(at("203.0.113.64/33 has a length that is out of range; allowed: /8 to /32"));
        assertThat(errors(vip("\"::/0\"")))
                .containsExactly(at("\"::/0\" has a length that is out of range; allowed: /16 to /128"));
    }

    @Test
    void a_netmask_is_no_length() {
        assertThat(errors(vip("203.0.113.64/255.255.255.240")))
                .containsExactly(
                        at(
                                "203.0.113.64/255.255.255.240 is not a prefix; allowed: a prefix such as 192.0.2.0/24 or \"2001:db8::/48\"; write a length instead of the netmask, such as /24"));
        assertThat(errors(vip("203.0.113/28")))
                .containsExactly(at(
                        "203.0.113/28 is not an address; allowed: a prefix such as 192.0.2.0/24 or \"2001:db8::/48\""));
    }

    @Test
    void a_prefix_that_reaches_into_what_is_never_routed_is_refused() {
        assertThat(errors(vip("168.0.0.0/7")))
                .containsExactly(at("168.0.0.0/7 has a length that is out of range; allowed: /8 to /32"));
        assertThat(errors(vip("169.0.0.0/8")))
                .containsExactly(
                        at(
                                "169.0.0.0/8 reaches into 169.254.0.0/16, the link-local addresses; name a prefix that packets are routed to"));
        assertThat(errors(vip("\"ff02::/32\"")))
                .containsExactly(
                        at(
                                "\"ff02::/32\" reaches into ff00::/8, the multicast addresses; name a prefix that packets are routed to"));
    }

    @Test
    void a_prefix_that_covers_a_backend_is_refused() {
        assertThat(errors(service(
                        VIP.replace("203.0.113.10", "10.0.1.0/24"),
                        "backends: [{address: 10.0.0.1}, {address: 10.0.1.11}]")))
                .containsExactly(
                        "services.web.vips[0]: 10.0.1.0/24 covers 10.0.1.11, the backend services.web.backends[1] (line 6, column 37): what is sent to it would come back to the balancer; give the backend an address of its own (line 5, column 12)");
    }

    @Test
    void prefixes_may_overlap_but_no_key_is_in_two_services() {
        assertThat(errors(NODE + """
                services:
                  a: {vips: [{address: 203.0.113.64/28, port: 443, protocol: tcp}]}
                  b: {vips: [{address: 203.0.113.64/29, port: 443, protocol: tcp}]}
                  c: {vips: [{address: 203.0.113.64/28, port: any, protocol: tcp}], checks: []}
                  d: {vips: [{address: 203.0.113.64, port: 443, protocol: tcp}]}
                """)).isEmpty();
        assertThat(errors(NODE + """
                services:
                  a: {vips: [{address: 203.0.113.64/28, port: 443, protocol: tcp}]}
                  b: {vips: [{address: 203.0.113.64/28, port: 443, protocol: tcp}]}
                """))
                .containsExactly(
                        "services.b.vips[0]: 203.0.113.64/28:443/tcp is a VIP of both a (line 4, column 14) and b; remove one of the two (line 5, column 14)");
    }

    @Test
    void a_range_of_ports_is_no_port() {
        assertThat(errors(service(VIP.replace("443", "\"*\""))))
                .containsExactly(
                        "services.web.vips[0].port: \"*\" is text; allowed: 1 to 65535, or any (line 5, column 42)");
        assertThat(errors(service(VIP.replace("443", "8000-8999"))))
                .containsExactly(
                        "services.web.vips[0].port: 8000-8999 is not a whole number; allowed: 1 to 65535, or any (line 5, column 42)");
    }

    // --- encap ---------------------------------------------------------------------------------------------------

    @Test
    void a_service_chooses_its_encapsulation() {
        assertThat(encap("{type: ipip}")).isEqualTo(Encap.IPIP);
        assertThat(encap("{sourcePrefix: 100.64.0.0/16}")).hasToString("ipip from 100.64.0.0/16");
        assertThat(encap("{type: gue}")).isEqualTo(new Encap.Gue(6080));
        assertThat(encap("{type: gue, port: 5555}")).isEqualTo(new Encap.Gue(5555));
        assertThat(encap("{type: l2}")).isEqualTo(new Encap.L2());
    }

    @Test
    void what_encap_leaves_out_is_the_defaults_where_the_type_is_the_same() {
        String defaults =
                NODE + "defaults: {encap: {type: gue, port: 5555}}\nservices: {web: {" + VIP + ", encap: %s}}\n";
        assertThat(readService(defaults.formatted("{}")).encap()).isEqualTo(new Encap.Gue(5555));
        assertThat(readService(defaults.formatted("{type: gue}")).encap()).isEqualTo(new Encap.Gue(5555));
        assertThat(readService(defaults.formatted("{port: 6666}")).encap()).isEqualTo(new Encap.Gue(6666));
        assertThat(readService(defaults.formatted("{type: ipip}")).encap()).isEqualTo(Encap.IPIP);
    }

    @Test
    void a_key_of_another_encapsulation_is_refused_with_the_reason() {
        assertThat(errors(service(VIP, "encap: {type: ipip, port: 6080}")))
                .containsExactly(
                        "services.web.encap.port: 6080 is for type gue: ipip has no UDP header; leave port out (line 6, column 31)");
        assertThat(errors(service(VIP, "encap: {port: 6080}")))
                .containsExactly(
                        "services.web.encap.port: 6080 is for type gue: ipip has no UDP header; leave port out (line 6, column 19)");
        assertThat(errors(service(VIP, "encap: {type: gue, sourcePrefix: 100.64.0.0/16}")))
                .containsExactly(
                        "services.web.encap.sourcePrefix: 100.64.0.0/16 is for type ipip: gue tells flows apart by the UDP source port; leave sourcePrefix out (line 6, column 38)");
        assertThat(errors(service(VIP, "encap: {type: l2, sourcePrefix: 100.64.0.0/16}")))
                .containsExactly(
                        "services.web.encap.sourcePrefix: 100.64.0.0/16 is for type ipip: l2 has no outer header; leave sourcePrefix out (line 6, column 37)");
    }

    @Test
    void an_unknown_encapsulation_is_one_error_with_the_nearest_word() {
        assertThat(errors(service(VIP, "encap: {type: ippi, port: 6080}")))
                .containsExactly(
                        "services.web.encap.type: ippi is unknown; allowed: ipip, gue, l2; did you mean ipip? (line 6, column 19)");
    }

    @Test
    void a_gue_port_is_a_port() {
        assertThat(errors(service(VIP, "encap: {type: gue, port: 0}")))
                .containsExactly("services.web.encap.port: 0 is out of range; allowed: 1 to 65535 (line 6, column 30)");
    }

    @Test
    void outer_sources_are_an_ipv4_prefix_of_8_to_31() {
        assertThat(errors(sourcePrefix("100.64.0.0")))
                .containsExactly(
                        atSourcePrefix(
                                "100.64.0.0 is one address, not a prefix; allowed: an IPv4 prefix of /8 to /31; write its length, such as /16"));
        assertThat(errors(sourcePrefix("100.64.0.0/32")))
                .containsExactly(atSourcePrefix("100.64.0.0/32 has a length that is out of range; allowed: /8 to /31"));
        assertThat(errors(sourcePrefix("100.64.0.1/16")))
                .containsExactly(
                        atSourcePrefix(
                                "100.64.0.1/16 has bits behind its length; write 100.64.0.0/16, or 100.64.0.1/32 if one address is meant"));
        assertThat(errors(sourcePrefix("\"2001:db8::/64\"")))
                .containsExactly(
                        atSourcePrefix(
                                "\"2001:db8::/64\" is not IPv4: an IPv6 outer header has the flow label to tell flows apart; allowed: an IPv4 prefix of /8 to /31"));
        assertThat(errors(sourcePrefix("127.0.0.0/8")))
                .containsExactly(
                        atSourcePrefix(
                                "127.0.0.0/8 reaches into 127.0.0.0/8, the loopback addresses; name a prefix that packets are routed to"));
    }

    @Test
    void outer_sources_are_nobody_elses_addresses() {
        assertThat(errors(service(VIP, "encap: {sourcePrefix: 203.0.113.0/24}")))
                .containsExactly(
                        "services.web.encap.sourcePrefix: 203.0.113.0/24 overlaps the VIP 203.0.113.10:443/tcp of web (line 5, column 12): errors about outer packets would be taken for clients' packets; name a prefix that is routed here and that nobody else uses (line 6, column 27)");
        assertThat(errors(NODE + "defaults: {encap: {sourcePrefix: 10.0.0.0/16}}\nservices:\n  web:\n    " + VIP
                        + "\n    backends: [{address: 10.0.1.11}]\n"))
                .containsExactly(
                        "defaults.encap.sourcePrefix: 10.0.0.0/16 covers 10.0.1.11, the backend services.web.backends[0] (line 7, column 16): packets would claim to be from it; name a prefix that is routed here and that nobody else uses (line 3, column 34)");
    }

    @Test
    void l2_sends_to_neighbours_of_the_packets_own_family() {
        assertThat(errors(service(
                        "vips: [{address: 203.0.113.10, port: 443, protocol: tcp}, {address: \"2001:db8::10\", port: 443, protocol: tcp}]",
                        "encap: {type: l2}",
                        "backends: [{address: 10.0.1.11}, {address: 10.0.1.12}]")))
                .containsExactly(
                        "services.web.vips[1]: [2001:db8::10]:443/tcp is not of the family of the backend 10.0.1.11, and l2 sends a client's packet as it is to a neighbour of its own family; give each family a service of its own, or choose ipip or gue (line 5, column 63)");
    }

    // --- hash ----------------------------------------------------------------------------------------------------

    @Test
    void a_hash_is_one_of_five() {
        assertThat(readService(service(VIP)).hash()).isEqualTo(Service.Hash.FIVE_TUPLE);
        assertThat(readService(service(VIP, "hash: source")).hash()).isEqualTo(Service.Hash.SOURCE);
        assertThat(readService(service(VIP, "hash: destination-port")).hash()).isEqualTo(Service.Hash.DESTINATION_PORT);
        assertThat(readService(service(VIP, "hash: source-destination")).hash())
                .isEqualTo(Service.Hash.SOURCE_DESTINATION);
        assertThat(readService(service(UDP_VIP, "checks: []", "hash: quic")).hash())
                .isEqualTo(Service.Hash.QUIC);
        assertThat(errors(service(VIP, "hash: sourc")))
                .containsExactly(
                        "services.web.hash: sourc is unknown; allowed: 5-tuple, source, destination-port, source-destination, quic; did you mean source? (line 6, column 11)");
    }

    @Test
    void quic_is_for_udp() {
        assertThat(errors(service(VIP, "hash: quic")))
                .containsExactly(
                        "services.web.hash: quic is for UDP, and 203.0.113.10:443/tcp is a VIP of this service; give the other protocol a service of its own (line 6, column 11)");
    }

    @Test
    void a_server_id_is_1_to_8_bytes_in_hex() {
        assertThat(errors(quic("{address: 10.0.1.11, serverId: 42}")))
                .containsExactly(atServerId("42 is not a server id; allowed: 1 to 8 bytes in hex, such as \"0x2a\""));
        assertThat(errors(quic("{address: 10.0.1.11, serverId: \"0x2\"}")))
                .containsExactly(
                        atServerId(
                                "\"0x2\" has half a byte; allowed: 1 to 8 bytes in hex, such as \"0x2a\"; write \"0x02\" if that is meant"));
        assertThat(errors(quic("{address: 10.0.1.11, serverId: \"0x001122334455667788\"}")))
                .containsExactly(atServerId(
                        "\"0x001122334455667788\" is too long; allowed: 1 to 8 bytes in hex, such as \"0x2a\""));
        assertThat(readService(quic("{address: 10.0.1.11, serverId: \"0xFFeeddccbbaa9988\"}"))
                        .backends()
                        .getFirst()
                        .serverId())
                .contains(new ServerId(0xffeeddccbbaa9988L, 8));
    }

    @Test
    void server_ids_of_a_service_have_one_length_and_one_owner() {
        assertThat(
                        errors(
                                quic(
                                        "{address: 10.0.1.11, serverId: \"0x2a\"}, {address: 10.0.1.12, serverId: \"0x002b\"}, {address: 10.0.1.13, serverId: \"0x2a\"}")))
                .containsExactly(
                        "services.web.backends[1].serverId: \"0x002b\" has another length than 0x2a at line 8, column 47: where an id ends has to be known before it is read; give all of this service's the same length (line 8, column 87)",
                        "services.web.backends[2].serverId: \"0x2a\" is already another backend's, at line 8, column 47; give each backend its own (line 8, column 129)");
    }

    @Test
    void a_server_id_is_for_quic() {
        assertThat(errors(service(VIP, "backends: [{address: 10.0.1.11, serverId: \"0x2a\"}]")))
                .containsExactly(
                        "services.web.backends[0].serverId: \"0x2a\" is for hash: quic; leave serverId out, or write hash: quic (line 6, column 47)");
    }

    // --- sources -------------------------------------------------------------------------------------------------

    @Test
    void a_filter_denies_or_allows_prefixes_of_both_families() {
        Sources deny = readService(service(VIP, "sources: {deny: [\"2001:db8::/32\", 198.51.100.7, 10.0.0.0/8]}"))
                .sources();
        assertThat(deny.rule()).isEqualTo(Sources.Rule.DENY);
        assertThat(deny.prefixes())
                .extracting(Prefix::toString)
                .containsExactly("10.0.0.0/8", "198.51.100.7/32", "2001:db8::/32");
        assertThat(readService(service(VIP, "sources: {allow: [0.0.0.0/0]}"))
                        .sources()
                        .rule())
                .isEqualTo(Sources.Rule.ALLOW);
        assertThat(readService(service(VIP, "sources: {deny: []}")).sources()).isEqualTo(Sources.ALL);
        assertThat(readService(service(VIP)).sources()).isEqualTo(Sources.ALL);
    }

    @Test
    void a_filter_does_one_of_the_two() {
        assertThat(errors(service(VIP, "sources: {allow: [10.0.0.0/8], deny: [10.1.0.0/16]}")))
                .containsExactly(
                        "services.web.sources.allow: stands beside deny, and a service has one of them; keep allow if only these may come, deny if all others may (line 6, column 15)");
    }

    @Test
    void a_filter_that_lets_nobody_in_is_refused() {
        assertThat(errors(service(VIP, "sources: {allow: []}")))
                .containsExactly(
                        "services.web.sources.allow: lets nobody in; name a prefix, or leave allow out (line 6, column 15)");
    }

    @Test
    void prefixes_of_a_filter_are_whole_and_listed_once() {
        assertThat(errors(service(VIP, "sources: {deny: [198.51.100.1/24, 10.0.0.0/8, 10.0.0.0/8, nobody]}")))
                .containsExactly(
                        "services.web.sources.deny[0]: 198.51.100.1/24 has bits behind its length; write 198.51.100.0/24, or 198.51.100.1/32 if one address is meant (line 6, column 22)",
                        "services.web.sources.deny[2]: 10.0.0.0/8 is already listed at line 6, column 39; remove one of the two (line 6, column 51)",
                        "services.web.sources.deny[3]: nobody is not an address; allowed: a prefix such as 192.0.2.0/24 or \"2001:db8::/48\" (line 6, column 63)");
        assertThat(errors(service(VIP, "sources: {deny: [\"::ffff:198.51.100.0/120\"]}")))
                .containsExactly(
                        "services.web.sources.deny[0]: \"::ffff:198.51.100.0/120\" is an IPv4 prefix in the shape of IPv6; write 198.51.100.0/24 (line 6, column 22)");
    }

    @Test
    void a_filter_is_a_list() {
        assertThat(errors(service(VIP, "sources: {deny: 198.51.100.0/24}")))
                .containsExactly(
                        "services.web.sources.deny: text stands where a list belongs; write [] for none, [...] for one (line 6, column 21)");
        assertThat(errors(service(VIP, "sources: {denny: [198.51.100.0/24]}")))
                .containsExactly(
                        "services.web.sources.denny: unknown key; allowed: deny, allow; did you mean deny? (line 6, column 15)");
    }

    @Test
    void a_filter_has_at_most_1024_prefixes() {
        StringBuilder deny = new StringBuilder("sources: {deny: [10.0.0.0/32");
        for (int i = 1; i < 1024; i++) {
            deny.append(", 10.0.%d.%d".formatted(i / 256, i % 256));
        }
        assertThat(errors(service(VIP, deny + "]}"))).isEmpty();
        assertThat(errors(service(VIP, deny + ", 10.1.0.0]}")))
                .containsExactly(
                        "services.web.sources.deny: 1025 prefixes are too many for one service; allowed: up to 1024; name shorter prefixes that cover several of them (line 6, column 15)");
    }

    @Test
    void the_order_of_a_filter_means_nothing() {
        assertThat(read(service(VIP, "sources: {deny: [10.0.0.0/8, 192.0.2.0/24]}")))
                .isEqualTo(read(service(VIP, "sources: {deny: [192.0.2.0/24, 10.0.0.0/8]}")));
    }

    private static Encap encap(String given) {
        return readService(service(VIP, "encap: " + given)).encap();
    }

    private static String sourcePrefix(String given) {
        return service(VIP, "encap: {sourcePrefix: " + given + "}");
    }

    private static String atSourcePrefix(String message) {
        return "services.web.encap.sourcePrefix: " + message + " (line 6, column 27)";
    }

    private static String quic(String backends) {
        return service(UDP_VIP, "checks: []", "hash: quic", "backends: [" + backends + "]");
    }

    private static String atServerId(String message) {
        return "services.web.backends[0].serverId: " + message + " (line 8, column 47)";
    }

    private static String vip(String address) {
        return service(VIP.replace("203.0.113.10", address));
    }

    private static String at(String message) {
        return "services.web.vips[0].address: " + message + " (line 5, column 22)";
    }
}
