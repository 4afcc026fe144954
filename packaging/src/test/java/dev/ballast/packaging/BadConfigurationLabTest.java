package dev.ballast.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.bpf.BpfMap;
import dev.ballast.lab.ExecResult;
import dev.ballast.lab.Host;
import dev.ballast.lab.Topology;
import dev.ballast.perf.demo.Balancer;
import dev.ballast.v1.MemberStatus;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a file that is wrong leads to: one message that says where and what would be right, and nothing else. */
class BadConfigurationLabTest {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);

    /** The tables that traffic alone never changes. */
    private static final List<String> TABLES =
            List.of("vips4", "vips6", "services", "members", "rings", "settings", "meta");

    private static final String GOOD = """
            version: 1
            node:
              name: lb1
              interfaces: [{name: eth0}]
              limits: {flows: 512Ki, services: 16, members: 256, ringSlots: 256Ki}
            defaults:
              ring: {size: 4099}
            services:
              web:
                vips:
                  - {address: 203.0.113.10, port: 80, protocol: tcp}
                  - {address: 203.0.113.11, port: 80, protocol: tcp}
                backends:
                  - {address: 10.2.0.101, weight: 100}
                  - {address: 10.2.0.102}
              dns:
                vips:
                  - {address: 203.0.113.64, port: any, protocol: udp}
                checks: [{type: tcp, port: 80}]
                backends:
                  - {address: 10.2.0.101}
            """;

    private static ProductLab product;
    private static State running;

    @BeforeAll
    static void start() throws Exception {
        product = ProductLab.start(Topology.builder().balancers(2).backends(2).build());
        product.balancer().start(product.balancer().write("good.yaml", GOOD));
        product.awaitMembers(MemberStatus::getInRing, "has every member in the ring");
        running = State.of(product.balancer());
    }

    @AfterAll
    static void close() {
        if (product != null) {
            product.close();
        }
    }

    /** What is made of what in the good file; where that is found; and what is said of it. */
    static Stream<Arguments> mistakes() {
        return Stream.of(
                Arguments.of("not YAML", "  web:\n", "  web: {\n", "11:7", "not YAML: expected the node content"),
                Arguments.of(
                        "an unknown field",
                        "weight: 100",
                        "wieght: 100",
                        "14:31",
                        "services.web.backends[0].wieght: unknown key; allowed: address, weight, drain, port, checkPort, serverId; did you mean weight?"),
                Arguments.of(
                        "a VIP twice",
                        "203.0.113.11",
                        "203.0.113.10",
                        "12:9",
                        "services.web.vips[1]: 203.0.113.10:80/tcp is already a VIP of this service, at line 11, column 9; remove one of the two"),
                Arguments.of(
                        "a VIP in two services",
                        "203.0.113.64, port: any, protocol: udp",
                        "203.0.113.10, port: 80, protocol: tcp",
                        "18:9",
                        "services.dns.vips[0]: 203.0.113.10:80/tcp is a VIP of both web (line 11, column 9) and dns; remove one of the two"),
                Arguments.of(
                        "a bad address",
                        "10.2.0.102",
                        "10.2.0.300",
                        "15:19",
                        "services.web.backends[1].address: 10.2.0.300 has a part above 255; allowed: an address such as 192.0.2.1 or \"2001:db8::1\""),
                Arguments.of(
                        "a weight out of range",
                        "weight: 100",
                        "weight: 10001",
                        "14:39",
                        "services.web.backends[0].weight: 10001 is out of range; allowed: 0 to 10000"),
                Arguments.of(
                        "a port of its own for a backend",
                        "10.2.0.102}",
                        "10.2.0.102, port: 8080}",
                        "15:37",
                        "services.web.backends[1].port: 8080 is not the VIP's port"),
                Arguments.of(
                        "a port for a backend of an any-port service",
                        "- {address: 10.2.0.101}",
                        "- {address: 10.2.0.101, port: 53}",
                        "21:37",
                        "services.dns.backends[0].port: 53"),
                Arguments.of(
                        "a check of an any-port service without a port",
                        "    checks: [{type: tcp, port: 80}]\n",
                        "",
                        "16:3",
                        "services.dns.checks: missing"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("mistakes")
    void apply_names_the_place_and_the_cure_and_changes_nothing(
            String what, String right, String wrong, String place, String message) throws Exception {
        Path file = product.balancer().write("bad.yaml", GOOD.replace(right, wrong));

        ExecResult applied = product.ballast("apply", "-f", file.toString());

        assertThat(applied.exit()).as(applied.stderr()).isEqualTo(1);
        assertThat(applied.stdout()).isEmpty();
        assertThat(applied.stderr().lines()).hasSize(1);
        assertThat(applied.stderr()).startsWith(file + ":" + place + ": " + message);
        assertThat(State.of(product.balancer())).isEqualTo(running);
    }

    @Test
    void a_first_start_names_the_place_and_the_cure_and_leaves_nothing() throws Exception {
        Host host = product.lab().balancer(2);
        try (Balancer fresh = new Balancer(host, Distribution.home())) {
            Path file = fresh.write("bad.yaml", GOOD.replace("weight: 100", "weight: 10001"));

            ExecResult started =
                    host.exec(START_LIMIT, fresh.daemonCommand(file).toArray(String[]::new));

            assertThat(started.exit()).as(started.stderr()).isEqualTo(1);
            assertThat(started.stderr().lines().filter(line -> line.startsWith("ballastd: ")))
                    .containsExactly(
                            "ballastd: %s:14:39: services.web.backends[0].weight: 10001 is out of range; allowed: 0 to 10000"
                                    .formatted(file));
            assertThat(fresh.pins()).doesNotExist();
            assertThat(ProductLab.xdpOf(host)).isEmpty();
        }
    }

    /** All that an operator could see changed. */
    private record State(String config, long revision, Map<String, String> tables) {
        static State of(Balancer balancer) throws Exception {
            Map<String, String> tables = new TreeMap<>();
            for (String name : TABLES) {
                try (BpfMap map = BpfMap.openPinned(
                                balancer.pins().resolve("maps").resolve(name));
                        Arena arena = Arena.ofConfined()) {
                    MessageDigest digest = MessageDigest.getInstance("SHA-256");
                    digest.update(map.mmap(arena, false).asByteBuffer());
                    tables.put(name, HexFormat.of().formatHex(digest.digest()));
                }
            }
            return new State(
                    balancer.ballast("get").checked().stdout(),
                    balancer.await(_ -> true, "answers").getRevision(),
                    tables);
        }
    }
}
