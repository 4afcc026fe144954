package dev.ballast.perf.fleet;

import static dev.ballast.perf.fleet.Scenario.at;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.perf.fleet.FleetEvent.BackendAdded;
import dev.ballast.perf.fleet.FleetEvent.BackendDied;
import dev.ballast.perf.fleet.FleetEvent.BackendDrained;
import dev.ballast.perf.fleet.FleetEvent.BalancerDied;
import dev.ballast.perf.fleet.FleetEvent.BalancerReturned;
import dev.ballast.perf.fleet.FleetEvent.WeightChanged;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class SimulationTest {
    private static final long FLOWS = 100_000;
    private static final Variant UNTRACKED = Variant.untracked("untracked", Algorithm.MAGLEV);
    private static final Variant RENDEZVOUS = Variant.untracked("rendezvous", Algorithm.RENDEZVOUS);
    private static final Variant NEWEST = Variant.tracked("newest", KeepPrevious.newestWithin(300));
    private static final Variant BY_TIME = Variant.tracked("by time", KeepPrevious.within(300));
    private static final List<Variant> MAGLEV =
            List.of(Variant.MINIMUM, UNTRACKED, Study.OFF, Study.HOUR, BY_TIME, NEWEST, Study.ALWAYS);

    private final Simulation simulation = new Simulation(8, 20, FLOWS, 1);

    private Map<Variant, Long> broken(Scenario scenario, Variant... variants) {
        return simulation.broken(scenario, List.of(variants));
    }

    private static Scenario scenario(Ecmp ecmp, Scenario.Moment... moments) {
        return Scenario.of("test", ecmp, FlowLengths.MIXED, moments);
    }

    @Test
    void theSameSeedBreaksTheSameFlowsAndAnotherSeedOthers() {
        Scenario scenario = scenario(Ecmp.MODULO, at(0, new BackendDrained(3)), at(20, new BalancerDied(2)));
        Map<Variant, Long> broken = simulation.broken(scenario, MAGLEV);
        assertThat(new Simulation(8, 20, FLOWS, 1).broken(scenario, MAGLEV)).isEqualTo(broken);
        assertThat(new Simulation(8, 20, FLOWS, 2).broken(scenario, MAGLEV)).isNotEqualTo(broken);
    }

    @Test
    void trackedFlowsOutliveEveryChangeOfBackendsButTheirBackendsDeath() {
        Scenario kind = scenario(
                Ecmp.MODULO,
                at(0, new BackendDrained(3)),
                at(10, new WeightChanged(4, 50)),
                at(20, new BackendAdded(20)),
                at(30, new BackendAdded(3)));
        assertThat(broken(kind, Study.OFF, Study.HOUR, Study.ALWAYS).values()).containsOnly(0L);
        Scenario cruel = scenario(Ecmp.MODULO, at(0, new BackendDied(3)));
        Map<Variant, Long> broken = broken(cruel, Variant.MINIMUM, Study.OFF, Study.HOUR);
        assertThat(broken.get(Variant.MINIMUM)).isCloseTo(FLOWS / 20, Percentage.withPercentage(10));
        assertThat(broken.values()).containsOnly(broken.get(Variant.MINIMUM));
    }

    @Test
    void withoutTrackingADrainBreaksTheFlowsOfTheBackendAndRingHashesASurplusOnly() {
        Scenario drain = scenario(Ecmp.MODULO, at(0, new BackendDrained(3)));
        Map<Variant, Long> broken = broken(drain, UNTRACKED, RENDEZVOUS);
        assertThat(broken.get(RENDEZVOUS)).isCloseTo(FLOWS / 20, Percentage.withPercentage(10));
        assertThat(broken.get(UNTRACKED)).isBetween(broken.get(RENDEZVOUS), FLOWS / 10);
    }

    @ParameterizedTest
    @EnumSource(Ecmp.class)
    void balancersThatComeAndGoBreakNothingWhileAllHaveOneRing(Ecmp ecmp) {
        Scenario comings = scenario(
                ecmp,
                at(0, new BalancerDied(2)),
                at(10, new BalancerDied(5)),
                at(60, new BalancerReturned(2)),
                at(90, new BalancerReturned(5)));
        assertThat(simulation.broken(comings, MAGLEV).values()).containsOnly(0L);
    }

    @Test
    void aDrainTogetherWithALostBalancerBreaksWhatTheRoutersMoveUnlessThePreviousRingIsAsked() {
        Scenario.Moment both = at(0, new BackendDrained(3), new BalancerDied(2));
        Map<Variant, Long> modulo = simulation.broken(scenario(Ecmp.MODULO, both), MAGLEV);
        Map<Variant, Long> resilient = simulation.broken(scenario(Ecmp.RESILIENT, both), MAGLEV);
        assertThat(List.of(modulo.get(Study.HOUR), modulo.get(BY_TIME), modulo.get(Study.ALWAYS)))
                .containsOnly(0L);
        assertThat((double) modulo.get(Study.OFF))
                .isCloseTo(modulo.get(UNTRACKED) * 7 / 8.0, Percentage.withPercentage(5));
        assertThat((double) resilient.get(Study.OFF))
                .isCloseTo(resilient.get(UNTRACKED) / 8.0, Percentage.withPercentage(10));
    }

    static Stream<FlowLengths> lengths() {
        return Stream.of(FlowLengths.WEB, FlowLengths.MIXED, FlowLengths.LONG);
    }

    @ParameterizedTest
    @MethodSource("lengths")
    void askingThePreviousRingBreaksEvenAtTheMedianAgeOfLiveConnections(FlowLengths lengths) {
        double medianS = LiveAges.of(lengths, 1).medianS();
        Map<Variant, Long> even = afterDrain(lengths, medianS);
        assertThat((double) even.get(Study.ALWAYS)).isCloseTo(even.get(Study.OFF), Percentage.withPercentage(6));
        Map<Variant, Long> early = afterDrain(lengths, medianS / 4);
        assertThat(early.get(Study.ALWAYS)).isLessThan(early.get(Study.OFF));
        Map<Variant, Long> late = afterDrain(lengths, medianS * 4);
        assertThat(late.get(Study.ALWAYS)).isGreaterThan(late.get(Study.OFF));
    }

    @ParameterizedTest
    @MethodSource("lengths")
    void aRingThatTheFlowTableEndsIsNoWorseThanNoneBeforeAndAfterTheBreakEven(FlowLengths lengths) {
        double medianS = LiveAges.of(lengths, 1).medianS();
        for (double rehashS : List.of(medianS / 2, medianS * 1.5)) {
            Map<Variant, Long> broken = afterDrain(lengths, rehashS);
            assertThat(broken.get(Study.HOUR)).isLessThanOrEqualTo(broken.get(Study.OFF));
        }
    }

    private Map<Variant, Long> afterDrain(FlowLengths lengths, double rehashS) {
        Scenario scenario = Scenario.of(
                "test", Ecmp.MODULO, lengths, at(0, new BackendDrained(3)), at(rehashS, new BalancerDied(2)));
        return broken(scenario, Study.OFF, Study.HOUR, Study.ALWAYS);
    }

    @Test
    void afterADrainAndAReturnTheNewestPreviousRingIsTheWrongOne() {
        Scenario blink = scenario(
                Ecmp.MODULO, at(0, new BackendDrained(3)), at(30, new BackendAdded(3)), at(40, new BalancerDied(2)));
        Map<Variant, Long> broken = broken(blink, Study.OFF, BY_TIME, NEWEST);
        assertThat(broken.get(BY_TIME)).isEqualTo(broken.get(Study.OFF));
        assertThat(broken.get(NEWEST)).isGreaterThan(4 * broken.get(Study.OFF));
    }

    @Test
    void aBalancerThatReturnsHasNoPreviousRing() {
        Scenario back = scenario(Ecmp.RESILIENT, at(0, new BackendDrained(3)), at(10, new BalancerReturned(2)))
                .after(new BalancerDied(2));
        Map<Variant, Long> broken = broken(back, Study.OFF, BY_TIME);
        assertThat(broken.get(Study.OFF)).isPositive();
        assertThat(broken.get(BY_TIME)).isEqualTo(broken.get(Study.OFF));
    }

    /** With modulo it gets back exactly the flows that it had. */
    @Test
    void aBalancerThatDiedHasForgottenItsFlows() {
        Scenario blink = scenario(
                Ecmp.MODULO, at(0, new BackendDrained(3)), at(10, new BalancerDied(2), new BalancerReturned(2)));
        Scenario nothing = scenario(Ecmp.MODULO, at(0, new BackendDrained(3)), at(10));
        assertThat(broken(blink, Study.OFF).get(Study.OFF)).isPositive();
        assertThat(broken(nothing, Study.OFF).get(Study.OFF)).isZero();
    }

    /** All flows move away and back; the ring has changed when they are back. Only what was the lost balancer's is not known there. */
    @Test
    void aBalancerStillKnowsTheFlowsThatWereSomewhereElseMeanwhile() {
        Scenario away = Scenario.of(
                "test",
                Ecmp.MODULO,
                FlowLengths.LONG,
                at(0, new BalancerDied(2)),
                at(10, new BackendDrained(3)),
                at(20, new BalancerReturned(2)));
        Map<Variant, Long> broken = broken(away, UNTRACKED, Study.OFF);
        assertThat(broken.get(Study.OFF)).isBetween(1L, broken.get(UNTRACKED) / 5);
    }

    /** The flows that would follow it began after the death, on slots that were the dead backend's: 5 per cent, less the old ones. */
    @Test
    void thePreviousRingIsNotFollowedToADeadBackend() {
        Scenario death = Scenario.of(
                "test", Ecmp.MODULO, FlowLengths.WEB, at(0, new BackendDied(3)), at(200, new BalancerDied(2)));
        Map<Variant, Long> broken = broken(death, Variant.MINIMUM, BY_TIME);
        assertThat(broken.get(BY_TIME) - broken.get(Variant.MINIMUM)).isBetween(1L, FLOWS / 50);
    }

    @Test
    void aRingChangeThatReachesTheBalancersOneByOneBreaksFlowsThatAreMovedMeanwhile() {
        Scenario skewed = scenario(Ecmp.MODULO, at(0, new BackendDrained(3)), at(5, new BalancerDied(2)))
                .skewed(10);
        Map<Variant, Long> broken = broken(skewed, Study.OFF, BY_TIME);
        assertThat(broken.get(Study.OFF)).isGreaterThan(FLOWS / 100);
        assertThat(broken.get(BY_TIME)).isLessThan(broken.get(Study.OFF) / 10);
    }
}
