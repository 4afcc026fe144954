package dev.ballast.control.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MachineRulesTest {
    private static final Config CONFIG = Configs.read(Configs.NODE + """
            services:
              web:
                vips: [{address: 203.0.113.10, port: 443, protocol: tcp}, {address: "2001:db8::10", port: 443, protocol: tcp}]
                backends: [{address: 10.0.1.11}, {address: "2001:db8:2::12"}]
            """);

    @Test
    void a_machine_with_other_addresses_fits() {
        assertThat(MachineRules.check(CONFIG, Set.of(Address.parse("192.0.2.2"), Address.parse("::1"))))
                .isEmpty();
    }

    @Test
    void a_vip_that_is_a_local_address_is_refused() {
        assertThat(MachineRules.check(CONFIG, Set.of(Address.parse("2001:db8::10"))))
                .extracting(ConfigError::toString)
                .containsExactly(
                        "services.web.vips[1].address: 2001:db8::10 is an address of this machine: balancing it would cut off what is reached there, SSH and BGP among it; choose an address that no machine has, or remove it from the interface");
    }

    @Test
    void a_backend_on_the_balancer_itself_is_refused() {
        assertThat(MachineRules.check(CONFIG, Set.of(Address.parse("10.0.1.11"))))
                .extracting(ConfigError::toString)
                .containsExactly(
                        "services.web.backends[0].address: 10.0.1.11 is an address of this machine: a balancer sends packets on and cannot serve them itself; name a backend on another machine");
    }

    @Test
    void a_vip_prefix_that_covers_a_local_address_is_refused() {
        Config config = Configs.read(Configs.NODE + """
                services:
                  web: {vips: [{address: 203.0.113.0/24, port: 443, protocol: tcp}]}
                """);
        assertThat(MachineRules.check(config, Set.of(Address.parse("203.0.113.2"))))
                .extracting(ConfigError::toString)
                .containsExactly(
                        "services.web.vips[0].address: 203.0.113.0/24 covers 203.0.113.2, an address of this machine: balancing it would cut off what is reached there, SSH and BGP among it; choose an address that no machine has, or remove it from the interface");
        assertThat(MachineRules.check(config, Set.of(Address.parse("203.0.112.2"))))
                .isEmpty();
    }

    @Test
    void outer_sources_that_cover_a_local_address_are_refused_where_they_were_written() {
        Config config = Configs.read(Configs.NODE + """
                defaults: {encap: {sourcePrefix: 100.64.0.0/16}}
                services:
                  api:
                    vips: [{address: 203.0.113.11, port: 443, protocol: tcp}]
                    encap: {sourcePrefix: 100.65.0.0/16}
                  web: {vips: [{address: 203.0.113.10, port: 443, protocol: tcp}]}
                """);
        assertThat(MachineRules.check(config, Set.of(Address.parse("100.64.0.7"), Address.parse("100.65.0.7"))))
                .extracting(ConfigError::toString)
                .containsExactly(
                        "defaults.encap.sourcePrefix: 100.64.0.0/16 covers 100.64.0.7, an address of this machine: what is sent back to outer sources would mix with what is meant for this machine; name a prefix that is routed here and that no interface has an address of",
                        "services.api.encap.sourcePrefix: 100.65.0.0/16 covers 100.65.0.7, an address of this machine: what is sent back to outer sources would mix with what is meant for this machine; name a prefix that is routed here and that no interface has an address of");
    }

    @Test
    void what_was_found_to_fit_is_not_looked_at_again_and_all_else_is() {
        Set<Address> local = Set.of(Address.parse("203.0.113.10"), Address.parse("10.0.1.12"));
        Config other = Configs.read(Configs.NODE + """
            services:
              dns:
                vips: [{address: 203.0.113.11, port: 53, protocol: udp}]
                checks: []
                backends: [{address: 10.0.1.12}]
            """);
        Config both = CONFIG.withServices(other.services());
        assertThat(MachineRules.check(both, local, Optional.of(CONFIG)))
                .extracting(ConfigError::path)
                .containsExactly("services.dns.backends[0].address");
        assertThat(MachineRules.check(both, local)).hasSize(2);
    }
}
