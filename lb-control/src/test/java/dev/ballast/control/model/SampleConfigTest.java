package dev.ballast.control.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SampleConfigTest {
    private static final Path SAMPLES = Path.of("..", "packaging", "config");

    @Test
    void the_minimal_sample_is_one_service_with_all_defaults() throws Exception {
        Config config = readSample("minimal.yaml");

        Service expected = new Service(
                "web",
                List.of(Vip.of(Address.parse("203.0.113.10"), 80, Vip.Protocol.TCP)),
                Encap.IPIP,
                Ring.DEFAULT,
                Flows.DEFAULT,
                Service.Hash.FIVE_TUPLE,
                Service.WhenEmpty.DROP,
                List.of(Check.DEFAULT.withPort(80)),
                Service.Combine.ALL,
                Service.Health.DEFAULT,
                Sources.ALL,
                List.of(
                        new Backend(Address.parse("10.0.1.11"), 100, false, Optional.empty(), Optional.empty()),
                        new Backend(Address.parse("10.0.1.12"), 100, false, Optional.empty(), Optional.empty())));
        assertThat(config.services()).containsExactly(Map.entry("web", expected));
        assertThat(config.node().limits()).isEqualTo(Node.Limits.DEFAULT);
    }

    @Test
    void the_example_states_the_defaults_as_they_are() throws Exception {
        Config example = readSample("example.yaml");
        Config minimal = readSample("minimal.yaml");

        assertThat(example.node()).isEqualTo(minimal.node());
        assertThat(example.fleet().maxDisruption()).contains(new Percent(500));
        assertThat(minimal.fleet()).isEqualTo(Fleet.DEFAULT);
        assertThat(example.defaults()).isEqualTo(minimal.defaults()).isEqualTo(Defaults.BUILT_IN);
    }

    @Test
    void the_example_shows_every_key_of_a_service() throws Exception {
        Map<String, Service> services = readSample("example.yaml").services();

        assertThat(services).containsOnlyKeys("anycast", "dns", "media", "quic", "shop", "web");
        assertThat(services.get("web").backends()).extracting(Backend::drains).containsExactly(false, false, true);
        assertThat(services.get("web").encap()).isEqualTo(Encap.IPIP);
        assertThat(services.get("web").sources())
                .isEqualTo(Sources.of(
                        Sources.Rule.DENY,
                        List.of(
                                new Prefix(Address.parse("198.51.100.0"), 24),
                                new Prefix(Address.parse("2001:db8:bad::"), 48))));
        assertThat(services.get("shop").checks())
                .extracting(Check::port, Check::interval)
                .containsExactly(tuple(443, Duration.ofSeconds(2)), tuple(8080, Duration.ofSeconds(5)));
        assertThat(services.get("shop").sources().rule()).isEqualTo(Sources.Rule.ALLOW);
        assertThat(services.get("media").vips()).allMatch(Vip::takesAnyPort);
        assertThat(services.get("anycast").vips())
                .extracting(Vip::toString)
                .containsExactly("203.0.113.64/28:any/udp", "[2001:db8:1:40::/64]:any/udp");
        assertThat(services.values()).extracting(Service::hash).contains(Service.Hash.values());
        assertThat(services.values())
                .extracting(service -> service.encap().type())
                .contains(Encap.Type.values());
        assertThat(services.get("quic").backends())
                .extracting(Backend::serverId)
                .containsExactly(
                        Optional.of(new ServerId(0x2a, 2)), Optional.of(new ServerId(0x2b, 2)), Optional.empty());
    }

    @Test
    void every_sample_in_the_folder_is_read() throws Exception {
        List<Path> samples;
        try (var files = Files.list(SAMPLES)) {
            samples = files.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
        }
        assertThat(samples)
                .extracting(file -> file.getFileName().toString())
                .containsExactly("dual-stack.yaml", "edge.yaml", "example.yaml", "minimal.yaml", "quic.yaml");
        for (Path sample : samples) {
            assertThat(ConfigReader.read(sample.toString(), Files.readAllBytes(sample))
                            .services())
                    .isNotEmpty();
        }
    }

    @Test
    void the_complete_schema_is_known_and_what_comes_later_says_so() throws Exception {
        byte[] yaml;
        try (InputStream in = SampleConfigTest.class.getResourceAsStream("complete-schema.yaml")) {
            yaml = in.readAllBytes();
        }
        assertThat(Configs.errors(yaml))
                .containsExactly(
                        "node.probes: not in this build; allowed: name, source, interfaces, limits, api, http, log; leave it out (line 10, column 3)",
                        "node.bgp: not in this build; allowed: name, source, interfaces, limits, api, http, log; leave it out (line 11, column 3)",
                        "fleet.secretFile: not in this build; allowed: maxDisruption; leave it out (line 19, column 3)",
                        "fleet.balancers: not in this build; allowed: maxDisruption; leave it out (line 20, column 3)",
                        "fleet.swap: not in this build; allowed: maxDisruption; leave it out (line 22, column 3)",
                        "defaults.check.path: vip is not in this build; allowed: direct (line 27, column 28)",
                        "services.web.checks[0].type: https is not in this build; allowed: tcp (line 33, column 21)",
                        "services.web.health.panicFloor: not in this build; allowed: initial; leave it out (line 35, column 14)",
                        "services.web.health.quorum: not in this build; allowed: initial; leave it out (line 35, column 31)",
                        "services.web.health.slowStart: not in this build; allowed: initial; leave it out (line 35, column 42)",
                        "services.web.announce: not in this build; allowed: vips, encap, ring, flows, hash, whenEmpty, checks, combine, health, sources, backends; leave it out (line 36, column 5)",
                        "services.dns.checks: missing: a tcp check has no port to try where every VIP is udp; write checks: [{type: tcp, port: N}], or checks: [] for none (line 41, column 3)");
    }

    private static Config readSample(String name) throws IOException, ConfigException {
        return ConfigReader.read(name, Files.readAllBytes(SAMPLES.resolve(name)));
    }
}
