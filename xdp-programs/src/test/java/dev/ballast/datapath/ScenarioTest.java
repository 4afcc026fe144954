package dev.ballast.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What all scenarios together are to be, before any of them runs. */
final class ScenarioTest {
    private static final List<Scenario> SCENARIOS = Scenarios.read().all();

    @Test
    void every_verdict_reason_is_expected_by_some_scenario() {
        Set<VerdictReason> expected = EnumSet.noneOf(VerdictReason.class);
        for (Scenario scenario : SCENARIOS) {
            for (Scenario.Step step : scenario.steps()) {
                if (step.verb().equals("expect")) {
                    expected.add(
                            VerdictReason.valueOf(step.text().split("\\s+")[0].toUpperCase(Locale.ROOT)));
                }
            }
        }
        assertThat(expected).containsExactlyInAnyOrder(VerdictReason.values());
    }

    @Test
    void there_are_at_least_two_hundred() {
        assertThat(SCENARIOS).hasSizeGreaterThanOrEqualTo(200);
    }

    @Test
    void a_packet_of_words_is_the_frame_that_they_say() {
        byte[] tcp = PacketText.parse("ip4 198.51.100.7 > 203.0.113.10 tos 0x12 / tcp 40000 > 443 ack / data 5")
                .bytes();
        byte[] udp = PacketText.parse("ip6 2001:db8:9::7 > 2001:db8:1::10 class 0x12 / udp 40000 > 443 / data 5")
                .bytes();

        assertThat(tcp)
                .isEqualTo(Frame.tcp("198.51.100.7", 40000, "203.0.113.10", 443)
                        .trafficClass(0x12)
                        .data(5)
                        .bytes());
        assertThat(udp)
                .isEqualTo(Frame.udp("2001:db8:9::7", 40000, "2001:db8:1::10", 443)
                        .trafficClass(0x12)
                        .data(5)
                        .bytes());
    }

    /** Its forwarded frames are compared with {@link Outer} then, its passed ones with what came in. */
    @Test
    void every_packet_of_a_scenario_has_an_expectation() {
        assertThat(SCENARIOS).allSatisfy(scenario -> {
            long packets = count(scenario, "packet");
            assertThat(packets).as(scenario.title()).isPositive().isEqualTo(count(scenario, "expect"));
        });
    }

    private static long count(Scenario scenario, String verb) {
        return scenario.steps().stream()
                .filter(step -> step.verb().equals(verb))
                .count();
    }
}
