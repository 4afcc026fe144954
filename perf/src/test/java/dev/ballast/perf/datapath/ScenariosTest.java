package dev.ballast.perf.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.control.model.ConfigException;
import dev.ballast.control.model.ConfigReader;
import dev.ballast.control.plan.Features;
import dev.ballast.datapath.Feature;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScenariosTest {
    @Test
    void names_are_unique_and_fit_json_and_a_command_line() {
        assertThat(Scenarios.all())
                .extracting(Scenario::name)
                .doesNotHaveDuplicates()
                .allMatch(name -> name.matches("[a-z0-9-]+"));
    }

    @ParameterizedTest
    @CsvSource({"PLAIN,", "GUE, GUE", "L2, L2", "QUIC, QUIC"})
    void each_configuration_is_one_that_the_daemon_takes_and_needs_ipv6_and_what_it_is_there_for(
            Configuration configuration, @Nullable Feature feature) throws ConfigException {
        Set<Feature> expected = EnumSet.of(Feature.IPV6);
        if (feature != null) {
            expected.add(feature);
        }

        assertThat(Features.of(ConfigReader.read("bench", configuration.yaml().getBytes(StandardCharsets.UTF_8))))
                .isEqualTo(expected);
    }

    @Test
    void each_configuration_is_measured() {
        assertThat(Scenarios.all()).extracting(Scenario::configuration).contains(Configuration.values());
    }

    @Test
    void flows_in_turn_are_all_known_before_they_are_measured() {
        assertThat(Scenarios.all())
                .filteredOn(scenario -> scenario.flows() < Scenario.ALWAYS_ANOTHER)
                .allMatch(scenario -> scenario.warmUpPackets() >= 2 * scenario.flows());
    }

    @Test
    void a_number_of_flows_that_is_no_power_of_two_is_refused() {
        Scenario one = Scenarios.all().getFirst();

        assertThatThrownBy(() -> one.inTurn(1000)).hasMessageContaining("1000");
    }

    @Test
    void at_half_load_one_packet_in_100_000_may_miss_its_flow() {
        assertThat(Scenarios.all())
                .filteredOn(scenario -> scenario.name().equals("flows-1m-in-2mi"))
                .singleElement()
                .satisfies(scenario -> {
                    assertThat(scenario.flows() * 2)
                            .isEqualTo(scenario.tableFlows().orElseThrow());
                    assertThat(scenario.untrackedAim()).hasValue(1e-5);
                });
    }

    @Test
    void a_ratio_is_to_katran_and_of_machines_alike() {
        assertThat(new Reference(60, 0.25).ratio(15)).isEqualTo(0.25);
        assertThat(Reference.isComparable(6.8)).isTrue();
        assertThat(Reference.isComparable(9)).isFalse();
        assertThat(Reference.isComparable(3)).isFalse();
    }
}
