package dev.ballast.control.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ConfigWriterTest {
    private static final Config CONFIG = Configs.read(Configs.NODE + """
            defaults:
              check: {interval: 5s}
            services:
              web:
                vips: [{port: 443, protocol: tcp, address: "2001:db8:1::10"}]
                flows: {udpIdle: 30s, tcpIdle: 15m}
                checks: [{}, {port: 8080}]
                backends: [{address: 10.0.1.12, weight: 0}, {address: 10.0.1.11, drain: true}]
              10:
                vips: [{address: 203.0.113.64/28, port: any, protocol: udp}, {address: 203.0.113.11/32, port: any, protocol: udp}]
                checks: []
                encap: {type: gue}
                hash: quic
                sources: {deny: ["2001:DB8::/32", 198.51.100.7, 10.0.0.0/8]}
                backends: [{address: 10.0.2.11, serverId: 0x2A}]
            """);

    @Property(tries = 200)
    void the_text_of_one_configuration_after_the_other_is_that_of_each(@ForAll long seed) {
        ConfigText text = new ConfigText();
        Config config = RandomConfigs.config(seed);
        assertThat(text.toYaml(config)).asString(UTF_8).isEqualTo(ConfigWriter.toYaml(config));

        Config other = RandomConfigs.config(seed + 1);
        Config mixed = new Config(config.version(), config.node(), config.fleet(), config.defaults(), other.services());
        assertThat(text.toYaml(mixed)).asString(UTF_8).isEqualTo(ConfigWriter.toYaml(mixed));
        Config ruled = new Config(config.version(), config.node(), config.fleet(), other.defaults(), other.services());
        assertThat(text.toYaml(ruled)).as("other defaults").asString(UTF_8).isEqualTo(ConfigWriter.toYaml(ruled));
    }

    @Property(tries = 200)
    void and_so_it_is_where_only_some_services_change(@ForAll long seed) {
        ConfigText text = new ConfigText();
        Config config = RandomConfigs.config(seed);
        Random random = new Random(seed);
        for (int change = 0; change < 6; change++) {
            assertThat(text.toYaml(config)).asString(UTF_8).isEqualTo(ConfigWriter.toYaml(config));
            Map<String, Service> others =
                    new TreeMap<>(RandomConfigs.config(seed + change).services());
            others.keySet().retainAll(config.services().keySet());
            others.keySet().removeIf(_ -> random.nextBoolean());
            config = config.withServices(others);
        }
    }

    @Test
    void yaml_shows_what_is_in_force_and_where_a_service_differs() {
        assertThat(ConfigWriter.toYaml(CONFIG)).isEqualTo("""
                        version: 1
                        node:
                          name: lb1
                          source: {kind: file}
                          interfaces:
                            - {name: eth0, generic: refuse}
                          limits: {flows: 4Mi, services: 1000, members: 20000, ringSlots: 32Mi}
                          api: {group: ballast}
                          http: {listen: "127.0.0.1:9590"}
                          log: {level: info}
                        defaults:
                          encap: {type: ipip, sourcePrefix: none}
                          ring: {size: 65537, algorithm: maglev, keepPrevious: 5m}
                          flows: {track: true, tcpIdle: 15m, udpIdle: 1m}
                          check: {type: tcp, path: direct, interval: 5s, timeout: 1s, rise: 2, fall: 3, jitter: 10%}
                        services:
                          "10":
                            vips:
                              - {address: 203.0.113.64/28, port: any, protocol: udp}
                              - {address: 203.0.113.11, port: any, protocol: udp}
                            encap: {type: gue, port: 6080}
                            hash: quic
                            whenEmpty: drop
                            checks: []
                            combine: all
                            health: {initial: down}
                            sources:
                              deny:
                                - 10.0.0.0/8
                                - 198.51.100.7/32
                                - "2001:db8::/32"
                            backends:
                              - {address: 10.0.2.11, weight: 100, serverId: "0x2a"}
                          web:
                            vips:
                              - {address: "2001:db8:1::10", port: 443, protocol: tcp}
                            flows: {udpIdle: 30s}
                            hash: 5-tuple
                            whenEmpty: drop
                            checks:
                              - {type: tcp}
                              - {type: tcp, port: 8080}
                            combine: all
                            health: {initial: down}
                            backends:
                              - {address: 10.0.1.12, weight: 0}
                              - {address: 10.0.1.11, weight: 100, drain: true}
                        """);
    }

    @Test
    void json_is_the_same_tree_in_one_line() {
        assertThat(ConfigWriter.toJson(CONFIG))
                .startsWith("{\"version\":1,\"node\":{\"name\":\"lb1\",\"source\":{\"kind\":\"file\"},")
                .contains("\"10\":{\"vips\":[{\"address\":\"203.0.113.64/28\",\"port\":\"any\",\"protocol\":\"udp\"},")
                .endsWith("{\"address\":\"10.0.1.11\",\"weight\":100,\"drain\":true}]}}}")
                .doesNotContain("\n");
    }

    @Test
    void a_default_that_a_service_does_not_want_is_written_as_none() {
        Config config = Configs.read(Configs.NODE + """
                defaults: {encap: {sourcePrefix: 100.64.0.0/16}}
                services:
                  web:
                    vips: [{address: 203.0.113.10, port: 443, protocol: tcp}]
                    encap: {sourcePrefix: none}
                """);
        assertThat(config.services().get("web").encap()).isEqualTo(Encap.IPIP);
        assertThat(ConfigWriter.toYaml(config))
                .contains("encap: {type: ipip, sourcePrefix: 100.64.0.0/16}")
                .contains("encap: {sourcePrefix: none}");
        assertThat(Configs.read(ConfigWriter.toYaml(config))).isEqualTo(config);
    }

    @Property(tries = 2_000)
    void what_is_written_reads_back_as_the_same(@ForAll long seed) {
        Config config = RandomConfigs.config(seed);
        assertThat(Configs.read(ConfigWriter.toYaml(config))).isEqualTo(config);
    }

    @Property(tries = 500)
    void json_is_yaml_too_and_reads_back_as_the_same(@ForAll long seed) {
        Config config = RandomConfigs.config(seed);
        assertThat(Configs.read(ConfigWriter.toJson(config))).isEqualTo(config);
    }

    @Test
    void the_order_of_services_in_a_file_means_nothing() {
        String a = "  a: {vips: [{address: 203.0.113.1, port: 80, protocol: tcp}]}\n";
        String b = "  b: {vips: [{address: 203.0.113.2, port: 80, protocol: tcp}]}\n";
        Config ab = Configs.read(Configs.NODE + "services:\n" + a + b);
        Config ba = Configs.read(Configs.NODE + "services:\n" + b + a);
        assertThat(ab).isEqualTo(ba);
        assertThat(ConfigWriter.toYaml(ab)).isEqualTo(ConfigWriter.toYaml(ba));
    }
}
