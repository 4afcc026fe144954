package dev.ballast.perf.fleet;

import static dev.ballast.perf.fleet.Scenario.at;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.perf.fleet.FleetEvent.BackendDrained;
import dev.ballast.perf.fleet.FleetEvent.BalancerDied;
import dev.ballast.perf.fleet.FleetEvent.BalancerReturned;
import dev.ballast.perf.fleet.KeepPrevious.RingChange;
import dev.ballast.perf.fleet.Timeline.State;
import java.util.List;
import org.junit.jupiter.api.Test;

class TimelineTest {
    private static Timeline timeline(Scenario scenario) {
        return Timeline.of(scenario, 4, 10, 1);
    }

    @Test
    void aBalancerForgetsItsRingChangesWhenItDiesAndTheOthersRememberThem() {
        Scenario scenario = Scenario.of(
                "test",
                Ecmp.RESILIENT,
                FlowLengths.WEB,
                at(0, new BackendDrained(3)),
                at(10, new BalancerDied(2)),
                at(20, new BalancerReturned(2)));
        State last = timeline(scenario).states().getLast();
        assertThat(last.changes().get(2)).isEmpty();
        assertThat(last.changes().get(1)).containsExactly(new RingChange(0, 0, 1));
        assertThat(last.versions()).containsOnly(1);
    }

    @Test
    void withSkewEachBalancerHasTheNewRingAtATimeOfItsOwn() {
        Scenario scenario = Scenario.of("test", Ecmp.MODULO, FlowLengths.WEB, at(5, new BackendDrained(3)))
                .skewed(10);
        List<Double> timesS = timeline(scenario).states().getLast().changes().stream()
                .map(changes -> changes.getFirst().atS())
                .toList();
        assertThat(timesS).doesNotHaveDuplicates().allMatch(timeS -> timeS >= 5 && timeS < 15);
    }

    @Test
    void aChangeOfBalancersAloneIsNoRingChange() {
        Timeline timeline = timeline(Scenario.of("test", Ecmp.MODULO, FlowLengths.WEB, at(0, new BalancerDied(2))));
        assertThat(timeline.memberships()).hasSize(1);
        assertThat(timeline.states().getLast().changes()).containsOnly(List.of());
    }

    @Test
    void aFleetHasAsManyBalancersAsAWordHasBits() {
        Scenario scenario = Scenario.of("test", Ecmp.MODULO, FlowLengths.WEB);
        assertThatThrownBy(() -> Timeline.of(scenario, 65, 10, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a fleet of 65 balancers; give 1 to 64");
    }
}
