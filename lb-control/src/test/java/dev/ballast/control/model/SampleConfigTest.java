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
import org.junit.jupiter.api.Test;

class SampleConfigTest {
    private static final Path SAMPLES = Path.of("..", "packaging", "config");

    @Test
    void the_minimal_sample_is_one_service_with_all_defaults() throws Exception {
        Config config = readSample("minimal.yaml");

        Service expected = new Service(
                "web",
                List.of(new Vip(Address.parse("203.0.113.10"), 80, Vip.Protocol.TCP)),
                Encap.IPIP,
                Ring.DEFAULT,
                Flows.DEFAULT,
                Service.Hash.FIVE_TUPLE,
                Service.WhenEmpty.DROP,
                List.of(Check.DEFAULT.withPort(80)),
                Service.Combine.ALL,
                Service.Health.DEFAULT,
                List.of(
                        new Backend(Address.parse("10.0.1.11"), 100, false),
                        new Backend(Address.parse("10.0.1.12"), 100, false)));
        assertThat(config.services()).containsExactly(Map.entry("web", expected));
        assertThat(config.node().limits()).isEqualTo(Node.Limits.DEFAULT);
    }

    @Test
    void the_example_states_the_defaults_as_they_are() throws Exception {
        Config example = readSample("example.yaml");
        Config minimal = readSample("minimal.yaml");

        assertThat(example.node()).isEqualTo(minimal.node());
        assertThat(example.defaults()).isEqualTo(minimal.defaults()).isEqualTo(Defaults.BUILT_IN);
    }

    @Test
    void the_example_shows_services_of_each_kind() throws Exception {
        Config example = readSample("example.yaml");

        assertThat(example.services()).containsOnlyKeys("dns", "media", "shop", "web");
        assertThat(example.services().get("web").backends())
                .extracting(Backend::drains)
                .containsExactly(false, false, true);
        assertThat(example.services().get("shop").checks())
                .extracting(Check::port, Check::interval)
                .containsExactly(tuple(443, Duration.ofSeconds(2)), tuple(8080, Duration.ofSeconds(5)));
        assertThat(example.services().get("media").vips()).allMatch(Vip::takesAnyPort);
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
                .containsExactly("example.yaml", "minimal.yaml");
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
                        "node.http: not in this build; allowed: name, source, interfaces, limits, api, log; leave it out (line 8, column 3)",
                        "node.probes: not in this build; allowed: name, source, interfaces, limits, api, log; leave it out (line 10, column 3)",
                        "node.bgp: not in this build; allowed: name, source, interfaces, limits, api, log; leave it out (line 11, column 3)",
                        "fleet.secretFile: not in this build; leave it out (line 19, column 3)",
                        "fleet.balancers: not in this build; leave it out (line 20, column 3)",
                        "fleet.maxDisruption: not in this build; leave it out (line 21, column 3)",
                        "fleet.swap: not in this build; leave it out (line 22, column 3)",
                        "defaults.ring.keepPrevious: not in this build; allowed: size; leave it out (line 25, column 23)",
                        "defaults.check.path: vip is not in this build; allowed: direct (line 27, column 28)",
                        "services.web.checks[0].type: https is not in this build; allowed: tcp (line 33, column 21)",
                        "services.web.health.panicFloor: not in this build; allowed: initial; leave it out (line 35, column 14)",
                        "services.web.health.quorum: not in this build; allowed: initial; leave it out (line 35, column 31)",
                        "services.web.health.slowStart: not in this build; allowed: initial; leave it out (line 35, column 42)",
                        "services.web.announce: not in this build; allowed: vips, encap, ring, flows, hash, whenEmpty, checks, combine, health, backends; leave it out (line 36, column 5)",
                        "services.web.sources: not in this build; allowed: vips, encap, ring, flows, hash, whenEmpty, checks, combine, health, backends; leave it out (line 37, column 5)",
                        "services.dns.vips[0].address: 203.0.113.64/28 is a prefix, which is not in this build; allowed: one address (line 42, column 22)",
                        "services.dns.encap.type: gue is not in this build; allowed: ipip (line 43, column 19)");
    }

    private static Config readSample(String name) throws IOException, ConfigException {
        return ConfigReader.read(name, Files.readAllBytes(SAMPLES.resolve(name)));
    }
}
