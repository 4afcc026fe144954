package dev.ballast.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.health.HealthMachine.Step;
import dev.ballast.health.HealthMachine.Transition;
import dev.ballast.health.HealthState.Down;
import dev.ballast.health.HealthState.Suspect;
import dev.ballast.health.HealthState.Unknown;
import dev.ballast.health.HealthState.Up;
import dev.ballast.health.ProbeResult.Failure;
import dev.ballast.health.ProbeResult.FailureKind;
import dev.ballast.health.ProbeResult.NotSent;
import dev.ballast.health.ProbeResult.Success;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class HealthMachineTest {
    private static final long NOW_NS = 42;
    private static final ProbeResult GOOD = new Success(1_300_000);
    private static final ProbeResult BAD = new Failure(FailureKind.REFUSED, "connection refused");
    private static final ProbeResult UNSENT = new NotSent("too many open files");

    private static final String ANSWERED = "answered in 1.3ms";

    /** Every state and counter there is at rise 2, fall 3, with every result: from, result, to, and the transition's reason. */
    static Stream<Arguments> atRiseTwoAndFallThree() {
        return Stream.of(
                Arguments.of(new Unknown(0, 0), GOOD, new Unknown(1, 0), null),
                Arguments.of(new Unknown(1, 0), GOOD, new Up(), ANSWERED),
                Arguments.of(new Unknown(0, 1), GOOD, new Unknown(1, 0), null),
                Arguments.of(new Unknown(0, 2), GOOD, new Unknown(1, 0), null),
                Arguments.of(new Up(), GOOD, new Up(), null),
                Arguments.of(new Suspect(1), GOOD, new Up(), ANSWERED),
                Arguments.of(new Suspect(2), GOOD, new Up(), ANSWERED),
                Arguments.of(new Down(0), GOOD, new Down(1), null),
                Arguments.of(new Down(1), GOOD, new Up(), ANSWERED),
                Arguments.of(new Unknown(0, 0), BAD, new Unknown(0, 1), null),
                Arguments.of(new Unknown(1, 0), BAD, new Unknown(0, 1), null),
                Arguments.of(new Unknown(0, 1), BAD, new Unknown(0, 2), null),
                Arguments.of(new Unknown(0, 2), BAD, new Down(0), "connection refused (3 of 3)"),
                Arguments.of(new Up(), BAD, new Suspect(1), "connection refused (1 of 3)"),
                Arguments.of(new Suspect(1), BAD, new Suspect(2), null),
                Arguments.of(new Suspect(2), BAD, new Down(0), "connection refused (3 of 3)"),
                Arguments.of(new Down(0), BAD, new Down(0), null),
                Arguments.of(new Down(1), BAD, new Down(0), null));
    }

    /** At rise 1 and fall 1 one result decides, and there is no suspect. */
    static Stream<Arguments> atRiseOneAndFallOne() {
        return Stream.of(
                Arguments.of(new Unknown(0, 0), GOOD, new Up(), ANSWERED),
                Arguments.of(new Up(), GOOD, new Up(), null),
                Arguments.of(new Down(0), GOOD, new Up(), ANSWERED),
                Arguments.of(new Unknown(0, 0), BAD, new Down(0), "connection refused (1 of 1)"),
                Arguments.of(new Up(), BAD, new Down(0), "connection refused (1 of 1)"),
                Arguments.of(new Down(0), BAD, new Down(0), null));
    }

    @ParameterizedTest
    @MethodSource
    void atRiseTwoAndFallThree(HealthState from, ProbeResult result, HealthState to, String reason) {
        assertStep(from, result, new Thresholds(2, 3), to, reason);
    }

    @ParameterizedTest
    @MethodSource
    void atRiseOneAndFallOne(HealthState from, ProbeResult result, HealthState to, String reason) {
        assertStep(from, result, new Thresholds(1, 1), to, reason);
    }

    private static void assertStep(
            HealthState from, ProbeResult result, Thresholds thresholds, HealthState to, String reason) {
        Optional<Transition> transition =
                Optional.ofNullable(reason).map(text -> new Transition(from.health(), to.health(), text, NOW_NS));
        assertThat(HealthMachine.step(from, result, thresholds, NOW_NS)).isEqualTo(new Step(to, transition));
    }

    static Stream<HealthState> everyState() {
        return atRiseTwoAndFallThree().map(row -> (HealthState) row.get()[0]).distinct();
    }

    @ParameterizedTest
    @MethodSource("everyState")
    void aProbeThatWasNotSentChangesNothing(HealthState state) {
        assertThat(HealthMachine.step(state, UNSENT, Thresholds.DEFAULT, NOW_NS))
                .isEqualTo(new Step(state, Optional.empty()));
    }

    @ParameterizedTest
    @EnumSource
    void aCheckStartsWithTheHealthItInherits(Health health) {
        assertThat(HealthState.startingAs(health, Thresholds.DEFAULT).health()).isEqualTo(health);
    }

    @Test
    void aSuspectStartsUpWhereOneFailureMakesDown() {
        assertThat(HealthState.startingAs(Health.SUSPECT, new Thresholds(2, 1))).isEqualTo(new Up());
    }

    @Test
    void aSuspectServesAndAnUnknownAsItsServiceWants() {
        assertThat(Health.UP.serves(false)).isTrue();
        assertThat(Health.SUSPECT.serves(false)).isTrue();
        assertThat(Health.DOWN.serves(true)).isFalse();
        assertThat(Health.UNKNOWN.serves(true)).isTrue();
        assertThat(Health.UNKNOWN.serves(false)).isFalse();
    }

    @Test
    void healthPrintsInLowerCase() {
        assertThat(Health.values()).extracting(Health::toString).containsExactly("unknown", "up", "suspect", "down");
    }

    @Test
    void thresholdsBelowOneAreRefused() {
        assertThatThrownBy(() -> new Thresholds(0, 3)).hasMessageContaining("use 1 or more");
        assertThatThrownBy(() -> new Thresholds(2, 0)).hasMessageContaining("use 1 or more");
    }

    @Test
    void durationsReadAsAnOperatorWritesThem() {
        assertThat(DurationText.of(1_000_000_000L)).isEqualTo("1s");
        assertThat(DurationText.of(1_500_000_000L)).isEqualTo("1.5s");
        assertThat(DurationText.of(30_000_000_000L)).isEqualTo("30s");
        assertThat(DurationText.of(250_000_000L)).isEqualTo("250ms");
        assertThat(DurationText.of(1_340_000L)).isEqualTo("1.3ms");
        assertThat(DurationText.of(40_000L)).isEqualTo("40us");
        assertThat(Failure.timedOut(1_000_000_000L).reason()).isEqualTo("timed out after 1s");
    }
}
