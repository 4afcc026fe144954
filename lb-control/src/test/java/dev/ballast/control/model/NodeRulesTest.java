package dev.ballast.control.model;

import static dev.ballast.control.model.Configs.errors;
import static dev.ballast.control.model.Configs.read;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The rules of {@code version}, {@code node}, {@code fleet} and {@code defaults}, one test each. */
class NodeRulesTest {
    @Test
    void version_and_node_must_be_there() {
        assertThat(errors("services: {}\n"))
                .containsExactly(
                        "version: missing; write version: 1 (line 1, column 1)",
                        "node: missing; write node: {name: lb1, interfaces: [{name: eth0}]} (line 1, column 1)");
    }

    @Test
    void an_unknown_version_is_the_only_error() {
        assertThat(errors("version: 2\nnothing: else matters\n"))
                .containsExactly("version: 2 is an unknown version; allowed: 1 (line 1, column 10)");
        assertThat(errors("version: \"1\"\n"))
                .containsExactly("version: \"1\" is an unknown version; allowed: 1 (line 1, column 10)");
    }

    @Test
    void an_unknown_key_is_answered_with_the_nearest_known_one() {
        assertThat(errors(Configs.NODE + "servcies: {}\n"))
                .containsExactly(
                        "servcies: unknown key; allowed: version, node, fleet, defaults, services; did you mean services? (line 3, column 1)");
        assertThat(errors(Configs.NODE + "firewall: {}\n"))
                .containsExactly(
                        "firewall: unknown key; allowed: version, node, fleet, defaults, services (line 3, column 1)");
    }

    @Test
    void a_misspelt_required_key_is_not_reported_as_missing_too() {
        assertThat(errors("version: 1\nnode: {nmae: lb1, interfaces: [{name: eth0}]}\n"))
                .containsExactly(
                        "node.nmae: unknown key; allowed: name, source, interfaces, limits, api, http, log; did you mean name? (line 2, column 8)");
    }

    @Test
    void a_misspelt_key_of_a_later_section_is_told_from_the_section() {
        assertThat(
                        errors(
                                "version: 1\nnode:\n  name: lb1\n  interfaces: [{name: eth0}]\n  bgp: {asm: 64512, routerId: 192.0.2.2, peers: [{name: tor1, address: 192.0.2.1, asn: 64500, holdtime: 9s}]}\n"))
                .containsExactly(
                        "node.bgp: not in this build; allowed: name, source, interfaces, limits, api, http, log; leave it out (line 5, column 3)",
                        "node.bgp.asm: unknown key; allowed: asn, routerId, failStatic, peers; did you mean asn? (line 5, column 9)",
                        "node.bgp.peers[0].holdtime: unknown key; allowed: name, address, asn, families, holdTime, passwordFile, gracefulRestart; did you mean holdTime? (line 5, column 95)");
    }

    @Test
    void a_later_section_of_another_shape_is_reported() {
        assertThat(errors(Configs.NODE + "fleet: {balancers: lb2, swap: [], secretFile: {}}\n"))
                .containsExactly(
                        "fleet.balancers: not in this build; allowed: maxDisruption; leave it out (line 3, column 9)",
                        "fleet.balancers: text stands where a list belongs; write [] for none, [{...}] for one (line 3, column 20)",
                        "fleet.swap: not in this build; allowed: maxDisruption; leave it out (line 3, column 25)",
                        "fleet.swap: a list stands where a mapping (key: value) belongs (line 3, column 31)",
                        "fleet.secretFile: not in this build; allowed: maxDisruption; leave it out (line 3, column 35)",
                        "fleet.secretFile: a mapping stands where one value belongs (line 3, column 47)");
    }

    @Test
    void a_section_with_nothing_in_it_is_as_good_as_none() {
        Config bare = read(Configs.NODE);
        assertThat(read(Configs.NODE + "fleet:\ndefaults:\nservices:\n")).isEqualTo(bare);
        assertThat(read(Configs.NODE + "fleet: {}\ndefaults: {ring: {}, check: ~}\nservices: {}\n"))
                .isEqualTo(bare);
    }

    @Test
    void a_section_that_is_no_mapping_is_reported_once() {
        assertThat(errors("version: 1\nnode: lb1\n"))
                .containsExactly(
                        "node: text stands where a mapping (key: value) belongs; write {name: ..., interfaces: ...} (line 2, column 7)");
        assertThat(errors(Configs.NODE + "services: [web]\n"))
                .containsExactly(
                        "services: a list stands where a mapping (key: value) belongs; write each one's name as its key, {web: {...}} (line 3, column 11)");
    }

    @Test
    void a_value_that_is_no_scalar_or_nothing_is_reported() {
        assertThat(errors("version: 1\nnode: {name: [lb1], interfaces: [{name: }]}\n"))
                .containsExactly(
                        "node.name: a list stands where one value belongs (line 2, column 14)",
                        "node.interfaces[0].name: has no value; write one, or leave the key out (line 2, column 40)");
    }

    @Test
    void a_name_is_a_lower_case_label() {
        String longest = "a".repeat(63);
        assertThat(read(Configs.NODE.replace("lb1", longest)).node().name()).isEqualTo(longest);
        assertThat(read(Configs.NODE.replace("lb1", "007")).node().name()).isEqualTo("007");
        assertThat(read(Configs.NODE.replace("lb1", "null-1")).node().name()).isEqualTo("null-1");
        String rule = " is not a name; allowed: 1 to 63 of a-z, 0-9 and -, no - at either end (line 2, column 14)";
        for (String name : List.of("LB1", "-lb", "lb-", "lb_1", "lb.1", "a".repeat(64))) {
            String shown = name.length() > 60 ? "\"" + "a".repeat(60) + "…\"" : name;
            assertThat(errors(Configs.NODE.replace("lb1", name))).containsExactly("node.name: " + shown + rule);
        }
    }

    @Test
    void a_message_stays_one_printable_line_whatever_was_given() {
        assertThat(errors(Configs.NODE.replace("lb1", "\"a\\nb\\u2028\\e[31m\\\"\"")))
                .containsExactly(
                        "node.name: \"a\\u000ab\\u2028\\u001b[31m\\\"\" is not a name; allowed: 1 to 63 of a-z, 0-9 and -, no - at either end (line 2, column 14)");
    }

    @Test
    void the_source_is_the_file_and_etcd_comes_later() {
        assertThat(
                        errors(
                                "version: 1\nnode:\n  name: lb1\n  interfaces: [{name: eth0}]\n  source: {kind: etcd, endpoints: [\"https://192.0.2.10:2379\"], prefix: /b/}\n"))
                .containsExactly("node.source.kind: etcd is not in this build; allowed: file (line 5, column 18)");
        assertThat(
                        errors(
                                "version: 1\nnode:\n  name: lb1\n  interfaces: [{name: eth0}]\n  source: {kind: file, prefix: /b/}\n"))
                .containsExactly(
                        "node.source.prefix: not in this build; allowed: kind; leave it out (line 5, column 24)");
    }

    @Test
    void at_least_one_interface_is_named() {
        assertThat(errors("version: 1\nnode: {name: lb1}\n"))
                .containsExactly(
                        "node.interfaces: missing; name the interface that carries the traffic: [{name: eth0}] (line 2, column 1)");
        assertThat(errors("version: 1\nnode: {name: lb1, interfaces: []}\n"))
                .containsExactly(
                        "node.interfaces: names no interface; name the one that carries the traffic: [{name: eth0}] (line 2, column 19)");
        assertThat(errors("version: 1\nnode: {name: lb1, interfaces: }\n"))
                .containsExactly(
                        "node.interfaces: has no value; write [] for none, [{...}] for one (line 2, column 30)");
        assertThat(errors("version: 1\nnode: {name: lb1, interfaces: [eth0]}\n"))
                .containsExactly(
                        "node.interfaces[0]: text stands where a mapping (key: value) belongs; write {name: eth0} (line 2, column 32)");
        assertThat(errors("version: 1\nnode: {name: lb1, interfaces: {name: eth0}}\n"))
                .containsExactly(
                        "node.interfaces: a mapping stands where a list belongs; write [] for none, [{...}] for one (line 2, column 31)");
    }

    @Test
    void an_interface_has_a_name_that_the_kernel_takes() {
        String rule =
                " cannot name an interface; allowed: 1 to 15 printable characters without / and : (line 2, column 39)";
        for (String name : List.of("a234567890123456", "eth/0", "eth0:1", ".", "..", "eth 0")) {
            String shown = name.equals("eth 0") ? "\"eth 0\"" : name;
            assertThat(errors(Configs.NODE.replace("name: eth0", "name: " + name)))
                    .containsExactly("node.interfaces[0].name: " + shown + rule);
        }
        for (String name : List.of("a23456789012345", "bond0.100", "wg-0", "...")) {
            assertThat(errors(Configs.NODE.replace("name: eth0", "name: " + name)))
                    .isEmpty();
        }
    }

    @Test
    void an_interface_is_listed_once() {
        assertThat(errors(Configs.NODE.replace("{name: eth0}", "{name: eth0}, {name: eth0, generic: allow}")))
                .containsExactly(
                        "node.interfaces[1].name: eth0 is already listed at line 2, column 39; remove one of the two (line 2, column 53)");
    }

    @Test
    void generic_mode_is_refused_or_allowed() {
        assertThat(read(Configs.NODE.replace("{name: eth0}", "{name: eth0, generic: allow}"))
                        .node()
                        .interfaces())
                .containsExactly(new Node.Interface("eth0", Node.Generic.ALLOW));
        assertThat(errors(Configs.NODE.replace("{name: eth0}", "{name: eth0, generic: yes}")))
                .containsExactly(
                        "node.interfaces[0].generic: yes is unknown; allowed: refuse, allow (line 2, column 54)");
    }

    @Test
    void limits_have_ranges_and_sizes_carry_units() {
        assertThat(errors(withNode("limits: {flows: 4000000, services: 65536, members: 0, ringSlots: 1Gi}")))
                .containsExactly(
                        "node.limits.flows: 4000000 has no unit; allowed: 512Ki to 128Mi; write a whole number with Ki, Mi or Gi, such as 4Mi (line 5, column 19)",
                        "node.limits.services: 65536 is out of range; allowed: 1 to 65535 (line 5, column 38)",
                        "node.limits.members: 0 is out of range; allowed: 1 to 262144 (line 5, column 54)",
                        "node.limits.ringSlots: 1Gi is out of range; allowed: 64Ki to 512Mi (line 5, column 68)");
        assertThat(errors(withNode("limits: {flows: 256Ki, services: 4Ki, members: \"9\", ringSlots: 4MB}")))
                .containsExactly(
                        "node.limits.flows: 256Ki is out of range; allowed: 512Ki to 128Mi (line 5, column 19)",
                        "node.limits.services: 4Ki is not a whole number; allowed: 1 to 65535 (line 5, column 36)",
                        "node.limits.members: \"9\" is text; allowed: 1 to 262144; write the number without quotes (line 5, column 50)",
                        "node.limits.ringSlots: 4MB is not a size; allowed: 64Ki to 512Mi; write a whole number with Ki, Mi or Gi, such as 4Mi (line 5, column 66)");
        assertThat(read(withNode("limits: {flows: 128Mi, services: 0x10, members: 262144, ringSlots: 1Mi}"))
                        .node()
                        .limits())
                .isEqualTo(new Node.Limits(128 << 20, 16, 262_144, 1 << 20));
    }

    @Test
    void flows_are_a_power_of_two() {
        assertThat(errors(withNode("limits: {flows: 5Mi}")))
                .containsExactly(
                        "node.limits.flows: 5Mi is not a power of two; allowed: 512Ki to 128Mi; the nearest are 4Mi and 8Mi (line 5, column 19)");
    }

    @Test
    void the_api_belongs_to_a_unix_group() {
        assertThat(read(withNode("api: {group: _lb-admins}")).node().api().group())
                .isEqualTo("_lb-admins");
        assertThat(errors(withNode("api: {group: \"LB admins\", tcp: {listen: \"192.0.2.2:9591\"}}")))
                .containsExactly(
                        "node.api.group: \"LB admins\" cannot name a Unix group; allowed: 1 to 32 of a-z, 0-9, _ and -, a-z or _ first (line 5, column 16)",
                        "node.api.tcp: not in this build; allowed: group; leave it out (line 5, column 29)",
                        "node.api.tcp.certFile: missing; name the file of the certificate (line 5, column 29)",
                        "node.api.tcp.keyFile: missing; name the file of its key (line 5, column 29)",
                        "node.api.tcp.clientCaFile: missing; name the file of the clients' CA (line 5, column 29)");
    }

    @Test
    void the_log_has_a_level() {
        assertThat(read(withNode("log: {level: debug}")).node().log().level()).isEqualTo(Node.Log.Level.DEBUG);
        assertThat(errors(withNode("log: {level: warning}")))
                .containsExactly(
                        "node.log.level: warning is unknown; allowed: debug, info, warn, error (line 5, column 16)");
    }

    @Test
    void defaults_reach_services_key_by_key() {
        Config config = read(Configs.NODE + """
                defaults:
                  ring: {size: 4093}
                  flows: {tcpIdle: 30m}
                  check: {interval: 10s, port: 8080}
                services:
                  web:
                    vips: [{address: 203.0.113.10, port: 443, protocol: tcp}]
                    flows: {udpIdle: 10s}
                    checks: [{timeout: 3s}, {port: 443}]
                  plain:
                    vips: [{address: 203.0.113.11, port: 443, protocol: tcp}]
                """);
        Check check = config.defaults().check();
        Service web = config.services().get("web");
        assertThat(web.ring()).isEqualTo(new Ring(4093, Ring.Algorithm.MAGLEV, Ring.DEFAULT.keepPrevious()));
        assertThat(web.flows()).isEqualTo(new Flows(true, Duration.ofMinutes(30), Duration.ofSeconds(10)));
        assertThat(web.checks())
                .containsExactly(
                        new Check(
                                Check.Type.TCP,
                                Check.Path.DIRECT,
                                8080,
                                Duration.ofSeconds(10),
                                Duration.ofSeconds(3),
                                2,
                                3,
                                new Percent(1_000)),
                        check.withPort(443));
        assertThat(config.services().get("plain").checks()).containsExactly(check);
    }

    /** Line 5 is {@code "  " + line}. */
    private static String withNode(String line) {
        return "version: 1\nnode:\n  name: lb1\n  interfaces: [{name: eth0}]\n  " + line + "\n";
    }
}
