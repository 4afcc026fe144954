package dev.ballast.health;

import dev.ballast.health.HealthState.Down;
import dev.ballast.health.HealthState.Suspect;
import dev.ballast.health.HealthState.Unknown;
import dev.ballast.health.HealthState.Up;
import dev.ballast.health.ProbeResult.Failure;
import dev.ballast.health.ProbeResult.NotSent;
import dev.ballast.health.ProbeResult.Success;
import java.util.Optional;

/**
 * Rise and fall: from a state and a result of a probe to the next state. Pure.
 *
 * <pre>
 *             rise successes                 failure, fewer than fall
 *   unknown -----------------> up  ------------------------------------> suspect
 *      |                      ^  ^ &lt;------------------------------------    |
 *      |       rise successes |  |                 success                  | fall failures
 *      |                      |  '--- (fall = 1: straight to down) --.      |
 *      |   fall failures      |                                      v      v
 *      '-------------------> down &lt;------------------------------------------
 * </pre>
 *
 * All counts are of results in a row: a result of the other kind starts again at 0. A probe that was not sent leaves the state as it
 * is, its counters too.
 */
public final class HealthMachine {
    /**
     * A change of health for others to act on.
     *
     * @param from before the result
     * @param to after it; another one than {@code from}
     * @param reason in words for an operator: the result, and how many in a row
     * @param atNs the {@code nowNs} of the step
     */
    public record Transition(Health from, Health to, String reason, long atNs) {}

    /**
     * What a step gives.
     *
     * @param state the next state
     * @param transition empty while the health stays what it was
     */
    public record Step(HealthState state, Optional<Transition> transition) {}

    private HealthMachine() {}

    /**
     * One result.
     *
     * @param nowNs when it came, on the caller's monotonic clock; only passed on
     */
    public static Step step(HealthState state, ProbeResult result, Thresholds thresholds, long nowNs) {
        HealthState next = switch (result) {
            case Success _ -> afterSuccess(state, thresholds.rise());
            case Failure _ -> afterFailure(state, thresholds.fall());
            case NotSent _ -> state;
        };
        if (next.health() == state.health()) {
            return new Step(next, Optional.empty());
        }
        String reason = reason(result, next, thresholds.fall());
        return new Step(next, Optional.of(new Transition(state.health(), next.health(), reason, nowNs)));
    }

    private static HealthState afterSuccess(HealthState state, int rise) {
        return switch (state) {
            case Unknown unknown -> unknown.successes() + 1 < rise ? new Unknown(unknown.successes() + 1, 0) : new Up();
            case Up up -> up;
            case Suspect _ -> new Up();
            case Down down -> down.successes() + 1 < rise ? new Down(down.successes() + 1) : new Up();
        };
    }

    private static HealthState afterFailure(HealthState state, int fall) {
        return switch (state) {
            case Unknown unknown ->
                unknown.failures() + 1 < fall ? new Unknown(0, unknown.failures() + 1) : new Down(0);
            case Up _ -> fall > 1 ? new Suspect(1) : new Down(0);
            case Suspect suspect -> suspect.failures() + 1 < fall ? new Suspect(suspect.failures() + 1) : new Down(0);
            case Down _ -> new Down(0);
        };
    }

    private static String reason(ProbeResult result, HealthState next, int fall) {
        return switch (result) {
            case Success success -> "answered in " + DurationText.of(success.latencyNs());
            case Failure failure -> {
                int failures = next instanceof Suspect suspect ? suspect.failures() : fall;
                yield "%s (%d of %d)".formatted(failure.reason(), failures, fall);
            }
            case NotSent _ -> throw new AssertionError("a probe that was not sent changed health to " + next);
        };
    }
}
