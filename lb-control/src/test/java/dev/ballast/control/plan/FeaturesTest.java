package dev.ballast.control.plan;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.control.model.ConfigException;
import dev.ballast.control.model.ConfigReader;
import dev.ballast.datapath.Feature;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FeaturesTest {
    private static final String VIP = "vips: [{address: 203.0.113.10, port: 443, protocol: tcp}]";
    private static final String UDP = "vips: [{address: 203.0.113.10, port: 443, protocol: udp}], checks: []";
    private static final String BACKENDS = "backends: [{address: 10.0.1.11}]";

    private static Set<Feature> features(String... services) {
        StringBuilder yaml =
                new StringBuilder("version: 1\nnode: {name: lb1, interfaces: [{name: eth0}]}\nservices:\n");
        for (int i = 0; i < services.length; i++) {
            yaml.append("  s%d: {%s}\n".formatted(i, services[i]));
        }
        try {
            return Features.of(ConfigReader.read("test.yaml", yaml.toString().getBytes(UTF_8)));
        } catch (ConfigException e) {
            throw new AssertionError(e.getMessage(), e);
        }
    }

    @Test
    void what_every_service_needs_is_no_feature() {
        assertThat(features(VIP + ", " + BACKENDS)).isEmpty();
        assertThat(features()).isEmpty();
    }

    @Test
    void each_key_brings_its_feature() {
        assertThat(features(VIP.replace("203.0.113.10", "\"2001:db8::10\""))).containsExactly(Feature.IPV6);
        assertThat(features(VIP.replace("203.0.113.10", "203.0.113.0/24"))).containsExactly(Feature.PREFIX);
        assertThat(features(VIP + ", encap: {type: gue}")).containsExactly(Feature.GUE);
        assertThat(features(VIP + ", encap: {type: l2}")).containsExactly(Feature.L2);
        assertThat(features(VIP + ", encap: {sourcePrefix: 100.64.0.0/16}")).containsExactly(Feature.ENTROPY);
        assertThat(features(VIP + ", hash: source")).containsExactly(Feature.HASH);
        assertThat(features(UDP + ", hash: quic")).containsExactly(Feature.QUIC);
        assertThat(features(VIP + ", sources: {deny: [10.0.0.0/8]}")).containsExactly(Feature.FILTER);
    }

    @Test
    void an_ipv6_backend_of_ipv4_clients_needs_no_ipv6_in_the_program() {
        assertThat(features(VIP + ", backends: [{address: \"2001:db8:2::11\"}]"))
                .isEmpty();
    }

    @Test
    void one_service_that_uses_something_is_enough() {
        assertThat(features(
                        VIP,
                        VIP.replace(".10", ".11") + ", encap: {type: gue}",
                        VIP.replace("203.0.113.10", "\"2001:db8::10\"") + ", hash: destination-port"))
                .containsExactlyInAnyOrder(Feature.GUE, Feature.IPV6, Feature.HASH);
    }
}
