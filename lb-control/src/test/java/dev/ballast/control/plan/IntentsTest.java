package dev.ballast.control.plan;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.control.model.Address;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.ConfigReader;
import dev.ballast.control.plan.MemberIntent.Standing;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class IntentsTest {
    private static final Hop HOP = new Hop(3, 1, 2, 0, 1500, Address.parse("10.0.1.2"), false);

    private Config config;

    @BeforeEach
    void read() throws Exception {
        config = ConfigReader.read("test.yaml", """
                version: 1
                node: {name: lb1, interfaces: [{name: eth0}]}
                services:
                  web:
                    vips: [{address: 203.0.113.10, port: 443, protocol: tcp}]
                    ring: {size: 251}
                    flows: {track: false, tcpIdle: 90s}
                    backends:
                      - {address: 10.0.1.11}
                      - {address: 10.0.1.12, drain: true}
                      - {address: 10.0.1.13, weight: 0}
                      - {address: 10.0.1.14, weight: 7}
                """.getBytes(UTF_8));
    }

    private Map<String, MemberIntent> members(Set<MemberKey> drains, Set<String> down) {
        return Intents.of(
                        config,
                        drains,
                        key -> !down.contains(key.address().toString()),
                        address -> address.toString().equals("10.0.1.14") ? Optional.empty() : Optional.of(HOP))
                .getFirst()
                .members()
                .stream()
                .collect(Collectors.toMap(member -> member.address().toString(), member -> member));
    }

    @Test
    void a_service_is_wanted_as_it_is_configured() {
        ServiceIntent web =
                Intents.of(config, Set.of(), _ -> true, _ -> Optional.of(HOP)).getFirst();
        assertThat(web.name()).isEqualTo("web");
        assertThat(web.vips()).isEqualTo(config.services().get("web").vips());
        assertThat(web.ringSize()).isEqualTo(251);
        assertThat(web.track()).isFalse();
        assertThat(web.tcpIdle()).isEqualTo(Duration.ofSeconds(90));
    }

    @Test
    void a_member_behind_a_router_is_not_reached_by_l2() throws Exception {
        Config l2 = ConfigReader.read("test.yaml", """
                version: 1
                node: {name: lb1, interfaces: [{name: eth0}]}
                services:
                  web:
                    vips: [{address: 203.0.113.10, port: 443, protocol: tcp}]
                    encap: {type: l2}
                    backends: [{address: 10.0.1.11}, {address: 10.0.1.12}]
                """.getBytes(UTF_8));
        Hop near = new Hop(3, 1, 2, 0, 1500, Address.parse("10.0.1.2"), true);
        List<MemberIntent> members = Intents.of(
                        l2,
                        Set.of(),
                        _ -> true,
                        address -> Optional.of(address.toString().endsWith("11") ? near : HOP))
                .getFirst()
                .members();
        assertThat(members).extracting(MemberIntent::hop).containsExactly(Optional.of(near), Optional.empty());
    }

    @Test
    void a_member_drains_by_the_file_or_by_an_operator() {
        Map<String, MemberIntent> members = members(Set.of(MemberKey.parse("web/10.0.1.11")), Set.of());
        assertThat(members.get("10.0.1.11").standing()).isEqualTo(Standing.DRAIN);
        assertThat(members.get("10.0.1.12").standing()).isEqualTo(Standing.DRAIN);
        assertThat(members.get("10.0.1.13").standing()).isEqualTo(Standing.DRAIN);
        assertThat(members.get("10.0.1.14").standing()).isEqualTo(Standing.IN);
    }

    @Test
    void a_member_of_another_service_with_the_same_address_is_not_drained_along() {
        assertThat(members(Set.of(MemberKey.parse("dns/10.0.1.11")), Set.of())
                        .get("10.0.1.11")
                        .standing())
                .isEqualTo(Standing.IN);
    }

    @Test
    void a_drained_member_that_dies_gives_its_flows_away() {
        assertThat(members(Set.of(MemberKey.parse("web/10.0.1.11")), Set.of("10.0.1.11"))
                        .get("10.0.1.11")
                        .standing())
                .isEqualTo(Standing.DOWN);
    }

    @Test
    void only_a_member_in_service_with_a_weight_and_a_way_to_it_is_in_the_ring() {
        Map<String, MemberIntent> members = members(Set.of(), Set.of());
        assertThat(members.get("10.0.1.11").inRing()).isTrue();
        assertThat(members.get("10.0.1.12").inRing()).isFalse();
        assertThat(members.get("10.0.1.13").inRing()).isFalse();
        assertThat(members.get("10.0.1.14").inRing()).isFalse();
    }
}
