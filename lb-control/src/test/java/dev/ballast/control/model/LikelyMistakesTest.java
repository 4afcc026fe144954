package dev.ballast.control.model;

import static dev.ballast.control.model.Configs.NODE;
import static dev.ballast.control.model.Configs.errors;
import static dev.ballast.control.model.Configs.service;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What people write who know another tool or another YAML: each message names cause, place and cure. */
class LikelyMistakesTest {
    private static final String VIP = "vips: [{address: 203.0.113.10, port: 443, protocol: tcp}]";

    static Stream<Arguments> mistakes() {
        return Stream.of(
                mistake(
                        "indented too deep",
                        NODE + "services:\n  web:\n    vips: []\n     backends: []\n",
                        "not YAML: this line is indented unlike those above it; indent what belongs together alike, with spaces (line 6, column 6)"),
                mistake(
                        "no space behind a colon",
                        "version:1\nnode: {name: lb1}\n",
                        "not YAML: a ':' too many, or one before it that is missing; write each key as `key: value`, and a value that holds ': ' in quotes (line 2, column 5)"),
                mistake(
                        "an IPv6 address that ends with colons, without quotes",
                        service("vips: [{address: 2001:db8::, port: 443, protocol: tcp}]"),
                        "not YAML: expected ',' or '}', but got :; close the bracket, and write a value that holds any of , : [ ] { } in quotes, as IPv6 addresses (line 5, column 31)"),
                mistake(
                        "an IPv6 address in brackets",
                        service("vips: [{address: [2001:db8::1], port: 443, protocol: tcp}]"),
                        "services.web.vips[0].address: a list stands where one value belongs (line 5, column 22)"),
                mistake(
                        "a remark of another language",
                        NODE + "// services\n",
                        "not YAML: a line without ':'; write `key: value`, or # before a remark (line 4, column 1)"),
                mistake(
                        "quotes that do not end",
                        "version: 1\nnode: {name: \"lb1}\n",
                        "not YAML: a text in quotes does not end; close the quotes (line 3, column 1)"),
                mistake(
                        "a merge key",
                        service(VIP, "<<: {}"),
                        "services.web: merge keys (<<) are refused; write the values out (line 6, column 5)"),
                mistake(
                        "a port in quotes",
                        service(VIP.replace("443", "\"443\"")),
                        "services.web.vips[0].port: \"443\" is text; allowed: 1 to 65535, or any; write the number without quotes (line 5, column 42)"),
                mistake(
                        "a weight that is a share",
                        service(VIP, "backends: [{address: 10.0.0.1, weight: 0.5}]"),
                        "services.web.backends[0].weight: 0.5 is not a whole number; allowed: 0 to 10000 (line 6, column 44)"),
                mistake(
                        "an octal number of YAML 1.1",
                        service(VIP, "backends: [{address: 10.0.0.1, weight: 010}]"),
                        "services.web.backends[0].weight: 010 has a leading zero, which some programs read as octal; allowed: 0 to 10000 (line 6, column 44)"),
                mistake(
                        "a truth value of YAML 1.1",
                        service(VIP, "backends: [{address: 10.0.0.1, drain: yes}]"),
                        "services.web.backends[0].drain: yes is not a truth value; allowed: true, false; write true (line 6, column 43)"),
                mistake(
                        "a truth value in quotes",
                        service(VIP, "flows: {track: \"false\"}"),
                        "services.web.flows.track: \"false\" is not a truth value; allowed: true, false; write it without quotes (line 6, column 20)"),
                mistake(
                        "backends as a list of addresses",
                        service(VIP, "backends: [10.0.0.1]"),
                        "services.web.backends[0]: text stands where a mapping (key: value) belongs; write {address: 10.0.0.1} (line 6, column 16)"),
                mistake(
                        "a VIP in one word",
                        service("vips: [\"203.0.113.10:443/tcp\"]"),
                        "services.web.vips[0]: text stands where a mapping (key: value) belongs; write {address: ..., port: ..., protocol: ...} (line 5, column 12)"),
                mistake(
                        "services as a list",
                        NODE + "services:\n  - name: web\n",
                        "services: a list stands where a mapping (key: value) belongs; write each one's name as its key, {web: {...}} (line 4, column 3)"),
                mistake(
                        "a host name",
                        service(VIP, "backends: [{address: web1.example.net}]"),
                        "services.web.backends[0].address: web1.example.net is not an address; allowed: an address such as 192.0.2.1 or \"2001:db8::1\" (line 6, column 26)"),
                mistake(
                        "a network with the host's bits",
                        service("vips: [{address: 203.0.113.10/24, port: any, protocol: udp}]", "checks: []"),
                        "services.web.vips[0].address: 203.0.113.10/24 has bits behind its length; write 203.0.113.0/24, or 203.0.113.10/32 if one address is meant (line 5, column 22)"),
                mistake(
                        "a hash by another name",
                        service(VIP, "hash: 5tuple"),
                        "services.web.hash: 5tuple is unknown; allowed: 5-tuple, source, destination-port, source-destination, quic; did you mean 5-tuple? (line 6, column 11)"),
                mistake(
                        "a share without its sign",
                        NODE + "fleet: {maxDisruption: 0.05}\n",
                        "fleet.maxDisruption: 0.05 has no unit; allowed: 0% to 100%; write a number with %, such as 10% (line 3, column 24)"),
                mistake(
                        "a duration of two units",
                        NODE + "defaults: {check: {interval: 1m30s}}\n",
                        "defaults.check.interval: 1m30s is not a duration; allowed: 100ms to 1h; write a whole number with ms, s, m or h, such as 2s (line 3, column 30)"),
                mistake(
                        "spaces that are none",
                        NODE + "\u00a0\u00a0fleet: {}\n",
                        "\"\\u00a0\\u00a0fleet\": unknown key; allowed: version, node, fleet, defaults, services (line 3, column 1)"));
    }

    private static Arguments mistake(String what, String yaml, String message) {
        return Arguments.of(what, yaml, message);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mistakes")
    void a_likely_mistake_is_named_with_its_place_and_cure(String what, String yaml, String message) {
        assertThat(errors(yaml)).as(what).containsExactly(message);
    }

    @Test
    void a_file_in_utf_16_is_told_from_one_stray_character() {
        assertThat(errors(NODE.getBytes(UTF_16LE)))
                .containsExactly(
                        "character U+0000 cannot stand in YAML; remove it; if there are many, this is UTF-16 or no text: save it as UTF-8 (line 1, column 2)");
    }

    @Test
    void a_secret_that_stands_in_the_file_itself_is_refused_and_never_repeated() {
        String peer =
                "version: 1\nnode:\n  name: lb1\n  interfaces: [{name: eth0}]\n  bgp:\n    asn: 64512\n    routerId: 192.0.2.2\n    peers: [{name: tor1, address: 192.0.2.1, asn: 64500, %s}]\n";
        for (String key : List.of("password: hunter2", "passwordFile: hunter2")) {
            assertThat(errors(peer.formatted(key)))
                    .hasSizeGreaterThan(1)
                    .allSatisfy(error -> assertThat(error).doesNotContain("hunter2"));
        }
        assertThat(errors(peer.formatted("passwordFile: hunter2")))
                .contains(
                        "node.bgp.peers[0].passwordFile: is not an absolute file name; write it into a file of mode 0600, and the file's name here, such as /etc/ballast/secrets/tor1 (line 8, column 72)");
    }
}
