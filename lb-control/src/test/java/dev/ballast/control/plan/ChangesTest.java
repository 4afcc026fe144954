package dev.ballast.control.plan;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.control.model.Config;
import dev.ballast.control.model.ConfigException;
import dev.ballast.control.model.ConfigReader;
import dev.ballast.control.model.ConfigWriter;
import dev.ballast.control.model.RandomConfigs;
import dev.ballast.control.model.Service;
import dev.ballast.control.plan.Changes.Deletion;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ChangesTest {
    private static final String NODE = """
            version: 1
            node: {name: lb1, interfaces: [{name: eth0}]}
            """;
    private static final String WEB = """
            services:
              web:
                vips: [{address: 203.0.113.10, port: 443, protocol: tcp}]
                backends: [{address: 10.0.1.11}, {address: 10.0.1.12}]
            """;

    private static Config read(String yaml) {
        try {
            return ConfigReader.read("test.yaml", yaml.getBytes(UTF_8));
        } catch (ConfigException e) {
            throw new AssertionError(e.getMessage(), e);
        }
    }

    private static Changes between(String before, String after) {
        return Changes.between(read(before), read(after));
    }

    private static List<String> webWith(String lines) {
        return between(NODE + WEB, NODE + WEB + lines.indent(4)).effects();
    }

    @Test
    void the_same_configuration_changes_nothing() {
        assertThat(between(NODE + WEB, NODE + WEB)).isEqualTo(Changes.NONE);
    }

    /** One part of one configuration is put into another one, so that nothing else tells of it. */
    @Property(tries = 300)
    void each_thing_that_makes_a_new_revision_has_an_effect_that_can_be_read(
            @ForAll long seed, @ForAll long otherSeed) {
        Config config = RandomConfigs.config(seed);
        Config other = RandomConfigs.config(otherSeed);
        Stream<Config> mixed = Stream.of(
                        mixed(config.node(), other.node()).map(node -> with(config, "node", node)),
                        mixed(config, other).filter(each -> each.version() == config.version()),
                        config.services().values().stream()
                                .flatMap(service -> other.services().values().stream()
                                        .flatMap(another -> mixed(service, another)
                                                .filter(each -> each.name().equals(service.name()))))
                                .map(service -> {
                                    Map<String, Service> services = new TreeMap<>(config.services());
                                    services.put(service.name(), service);
                                    return with(config, "services", services);
                                }))
                .flatMap(Function.identity());

        assertThat(mixed)
                .allSatisfy(changed -> assertThat(
                                Changes.between(config, changed).effects().isEmpty())
                        .as(() -> ConfigWriter.toYaml(changed))
                        .isEqualTo(config.saysTheSameAs(changed)));
    }

    /** Each with one component of {@code other}. */
    private static <T extends Record> Stream<T> mixed(T one, T other) {
        return Stream.of(one.getClass().getRecordComponents())
                .map(component -> with(one, component.getName(), value(other, component)));
    }

    @SuppressWarnings("unchecked")
    private static <T extends Record> T with(T one, String name, Object value) {
        RecordComponent[] components = one.getClass().getRecordComponents();
        try {
            return (T) one.getClass()
                    .getDeclaredConstructor(
                            Stream.of(components).map(RecordComponent::getType).toArray(Class[]::new))
                    .newInstance(Stream.of(components)
                            .map(component -> component.getName().equals(name) ? value : value(one, component))
                            .toArray());
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    private static Object value(Object record, RecordComponent component) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void a_first_configuration_names_interfaces_and_services() {
        assertThat(Changes.first(read(NODE + WEB)).effects())
                .containsExactly("interface eth0: attached", "service web: added, 203.0.113.10:443/tcp, 2 backends");
    }

    @Test
    void settings_of_a_service_read_as_the_file_spells_them_with_what_they_were() {
        assertThat(webWith("flows: {track: false, tcpIdle: 90s}"))
                .containsExactly(
                        "service web: flows.track: false, was true", "service web: flows.tcpIdle: 90s, was 15m");
        assertThat(webWith("ring: {size: 251}")).containsExactly("service web: ring.size: 251, was 65537");
        assertThat(webWith("ring: {algorithm: rendezvous, keepPrevious: 0s}"))
                .containsExactly(
                        "service web: ring.algorithm: rendezvous, was maglev",
                        "service web: ring.keepPrevious: 0s, was 5m");
        assertThat(webWith("health: {initial: up}")).containsExactly("service web: health.initial: up, was down");
    }

    @Test
    void encapsulation_hash_and_filters_read_as_the_file_spells_them() {
        assertThat(webWith("encap: {type: gue}")).containsExactly("service web: encap: gue port 6080, was ipip");
        assertThat(webWith("encap: {sourcePrefix: 100.64.0.0/16}"))
                .containsExactly("service web: encap: ipip from 100.64.0.0/16, was ipip");
        assertThat(webWith("hash: source")).containsExactly("service web: hash: source, was 5-tuple");
        assertThat(webWith("sources: {deny: [10.0.0.0/8, 192.0.2.0/24]}"))
                .containsExactly("service web: sources.deny: 10.0.0.0/8, 192.0.2.0/24 added");
        assertThat(webWith("sources: {allow: [10.0.0.0/8]}"))
                .containsExactly("service web: sources: allow 10.0.0.0/8, was everybody");
        String denies = NODE + WEB + "    sources: {deny: [10.0.0.0/8, 192.0.2.0/24]}\n";
        assertThat(between(denies, denies.replace("10.0.0.0/8", "198.18.0.0/15"))
                        .effects())
                .containsExactly(
                        "service web: sources.deny: 198.18.0.0/15 added",
                        "service web: sources.deny: 10.0.0.0/8 removed");
    }

    @Test
    void a_server_id_that_comes_or_changes_is_listed() {
        String quic = """
                services:
                  quic:
                    vips: [{address: 203.0.113.10, port: 443, protocol: udp}]
                    hash: quic
                    checks: []
                    backends: [{address: 10.0.1.11, serverId: "0x2a"}, {address: 10.0.1.12}]
                """;
        assertThat(between(NODE + quic, NODE + quic.replace("0x2a", "0x2b").replace(".12}", ".12, serverId: \"0x2a\"}"))
                        .effects())
                .containsExactly(
                        "member quic/10.0.1.11: serverId: 0x2b, was 0x2a",
                        "member quic/10.0.1.12: serverId: 0x2a, was none");
    }

    @Test
    void a_check_port_that_comes_or_goes_is_listed() {
        String web = """
                services:
                  web:
                    vips: [{address: 203.0.113.10, port: 443, protocol: tcp}]
                    backends: [{address: 10.0.1.11, checkPort: 8080}, {address: 10.0.1.12}]
                """;
        assertThat(between(
                                NODE + web,
                                NODE + web.replace(", checkPort: 8080", "").replace(".12}", ".12, checkPort: 81}"))
                        .effects())
                .containsExactly(
                        "member web/10.0.1.11: checkPort: the checks', was 8080",
                        "member web/10.0.1.12: checkPort: 81, was the checks'");
    }

    @Test
    void a_check_is_named_by_type_and_port_and_only_what_changed_of_it_is_listed() {
        assertThat(webWith("checks: [{type: tcp, fall: 5, interval: 5s}]"))
                .containsExactly(
                        "service web: check tcp 443: interval: 5s, was 2s",
                        "service web: check tcp 443: fall: 5, was 3");
        assertThat(webWith("checks: [{type: tcp, port: 8080}]"))
                .containsExactly("service web: check tcp 8080 added", "service web: check tcp 443 removed");
    }

    @Test
    void settings_of_the_node_are_listed_one_by_one() {
        assertThat(between(
                                NODE + WEB,
                                "version: 1\nnode: {name: lb2, log: {level: debug}, api: {group: ops},"
                                        + " interfaces: [{name: eth0, generic: allow}]}\n" + WEB)
                        .effects())
                .containsExactly(
                        "interface eth0: generic: allow, was refuse",
                        "node.name: lb2, was lb1",
                        "node.api.group: ops, was ballast",
                        "node.log.level: debug, was info");
    }

    @Test
    void a_changed_default_is_listed_and_so_is_each_service_that_it_reaches() {
        assertThat(between(NODE + WEB, NODE + "defaults: {ring: {size: 251}}\n" + WEB)
                        .effects())
                .containsExactly(
                        "defaults: changed; what that means for a service stands beside it",
                        "service web: ring.size: 251, was 65537");
    }

    @Test
    void no_line_shows_the_insides_of_the_program() {
        String other = """
                version: 1
                node: {name: lb9, log: {level: error}, interfaces: [{name: eth1, generic: allow}]}
                defaults: {flows: {track: false}, check: {rise: 7, jitter: 5%}, ring: {size: 251}}
                services:
                  web:
                    vips: [{address: 203.0.113.11, port: 80, protocol: tcp}]
                    health: {initial: up}
                    backends: [{address: 10.0.1.11, weight: 7}, {address: 10.0.1.12, drain: true}]
                  dns:
                    vips: [{address: 203.0.113.53, port: 53, protocol: udp}]
                    checks: []
                    backends: []
                """;
        assertThat(between(NODE + WEB, other).effects())
                .isNotEmpty()
                .allSatisfy(effect -> assertThat(effect).doesNotContain("[").doesNotContain("PT"));
    }

    @Test
    void members_that_come_go_or_change_have_a_line_each() {
        assertThat(between(NODE + WEB, NODE + """
                                        services:
                                          web:
                                            vips: [{address: 203.0.113.10, port: 443, protocol: tcp}]
                                            backends: [{address: 10.0.1.12, weight: 50, drain: true}, {address: "2001:db8::1"}]
                                        """).effects())
                .containsExactly(
                        "member web/10.0.1.12: drained",
                        "member web/10.0.1.12: weight: 50, was 100",
                        "member web/2001:db8::1: added, weight 100",
                        "member web/10.0.1.11: removed, its flows stay with it until they end");
    }

    @Test
    void a_removed_service_vip_or_interface_and_most_members_of_a_service_are_deletions() {
        assertThat(between(NODE + WEB, NODE + "services: {}\n").deletions())
                .containsExactly(new Deletion("web", "service web", false), new Deletion("", "every service", true));
        assertThat(between(NODE + WEB, NODE + WEB.replace("203.0.113.10", "203.0.113.11"))
                        .deletions())
                .containsExactly(new Deletion("web", "service web: VIP 203.0.113.10:443/tcp", false));
        assertThat(between(NODE + WEB, NODE + WEB.replace("10.0.1.1", "10.0.2.1"))
                        .deletions())
                .containsExactly(
                        new Deletion("web", "2 of 2 members of service web (web/10.0.1.11, web/10.0.1.12)", true));
        assertThat(between(NODE + WEB, NODE.replace("eth0", "eth1") + WEB).deletions())
                .containsExactly(new Deletion("", "interface eth0", true));
    }

    @Test
    void half_of_the_members_may_go_without_a_word() {
        assertThat(between(NODE + WEB, NODE + WEB.replace(", {address: 10.0.1.12}", ""))
                        .deletions())
                .isEmpty();
    }
}
