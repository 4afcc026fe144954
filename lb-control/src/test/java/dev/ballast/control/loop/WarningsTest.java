package dev.ballast.control.loop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.control.model.Address;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.ConfigReader;
import dev.ballast.control.plan.Hop;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WarningsTest {
    private static final String VIP4 = "203.0.113.10";
    private static final String VIP6 = "\"2001:db8:1::10\"";

    private static Config web(String vip, String encap, String... backends) throws Exception {
        String list = String.join(
                ", ",
                List.of(backends).stream().map("{address: \"%s\"}"::formatted).toList());
        return ConfigReader.read("test.yaml", """
                version: 1
                node: {name: lb1, interfaces: [{name: eth0}]}
                services:
                  web:
                    vips: [{address: %s, port: 443, protocol: tcp}]
                    encap: {type: %s}
                    backends: [%s]
                """.formatted(vip, encap, list).getBytes(UTF_8));
    }

    /** Every backend is behind a link of that MTU. */
    private static List<String> warnings(Config config, int mtu) {
        return Warnings.of(config, (address, _) -> {
            Address source = Address.parse(address.isIpv4() ? "10.0.1.2" : "2001:db8:2::2");
            return Optional.of(new Hop(3, 1, 2, 0, mtu, source, true));
        });
    }

    @ParameterizedTest
    @CsvSource({
        "ipip, 10.0.1.11, 1300",
        "ipip, 2001:db8:2::11, 1320",
        "gue, 10.0.1.11, 1308",
        "gue, 2001:db8:2::11, 1328",
        "l2, 2001:db8:2::11, 1280"
    })
    void an_ipv6_vip_wants_paths_for_the_shortest_packet_that_every_client_may_send(
            String encap, String backend, int enough) throws Exception {
        Config config = web(VIP6, encap, backend);
        assertThat(warnings(config, enough)).isEmpty();
        assertThat(warnings(config, enough - 1)).hasSize(1);
    }

    @Test
    void the_warning_names_service_member_lengths_and_cure() throws Exception {
        assertThat(warnings(web(VIP6, "ipip", "10.0.1.11"), 1280))
                .containsExactly(
                        "service web: the path to member web/10.0.1.11 has an MTU of 1280, 20 less with ipip: IPv6"
                                + " clients may send 1280 bytes whatever they are told, and what is longer than 1260 is lost; raise that"
                                + " MTU to 1300 or more");
    }

    @Test
    void members_behind_one_kind_of_path_share_a_warning() throws Exception {
        assertThat(warnings(web(VIP6, "ipip", "10.0.1.11", "10.0.1.12", "10.0.1.13", "2001:db8:2::11"), 1280))
                .satisfiesExactly(
                        four -> assertThat(four).contains("member web/10.0.1.11 and to 2 more has"),
                        six -> assertThat(six).contains("member web/2001:db8:2::11 has"));
    }

    @Test
    void ipv4_clients_can_be_told() throws Exception {
        assertThat(warnings(web(VIP4, "ipip", "10.0.1.11"), 600)).isEmpty();
    }

    @Test
    void a_path_that_is_not_known_yet_is_not_warned_of() throws Exception {
        assertThat(Warnings.of(web(VIP6, "ipip", "10.0.1.11"), (_, _) -> Optional.empty()))
                .isEmpty();
    }
}
