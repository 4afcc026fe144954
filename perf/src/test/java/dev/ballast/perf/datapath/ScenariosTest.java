package dev.ballast.perf.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.control.model.ConfigException;
import dev.ballast.control.model.ConfigReader;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ScenariosTest {
    @Test
    void names_are_unique_and_fit_json_and_a_command_line() {
        assertThat(Scenarios.all())
                .extracting(Scenario::name)
                .doesNotHaveDuplicates()
                .allMatch(name -> name.matches("[a-z0-9-]+"));
    }

    @Test
    void the_configuration_is_one_that_the_daemon_takes() throws ConfigException {
        assertThat(ConfigReader.read("bench", Scenarios.CONFIGURATION.getBytes(StandardCharsets.UTF_8))
                        .services())
                .isNotEmpty();
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
    void a_ratio_is_to_katran_and_a_scaled_one_to_its_machine() {
        Reference reference = new Reference(60, 0.25);

        assertThat(reference.ratio(15)).isEqualTo(0.25);
        assertThat(reference.scaledRatio(30, 12)).isEqualTo(0.25);
    }
}
