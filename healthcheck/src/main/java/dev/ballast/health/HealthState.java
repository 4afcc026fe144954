package dev.ballast.health;

/**
 * The state of {@link HealthMachine}: a health and the results in a row that count towards another one. Each counter stays below its
 * threshold, since reaching it leaves the state.
 */
public sealed interface HealthState {
    /** The health that others see. */
    Health health();

    /**
     * Undecided; at most one of the counters is above 0.
     *
     * @param successes in a row, 0 to rise - 1
     * @param failures in a row, 0 to fall - 1
     */
    record Unknown(int successes, int failures) implements HealthState {
        @Override
        public Health health() {
            return Health.UNKNOWN;
        }
    }

    /** In service, last result good. */
    record Up() implements HealthState {
        @Override
        public Health health() {
            return Health.UP;
        }
    }

    /**
     * In service, last results bad.
     *
     * @param failures in a row, 1 to fall - 1
     */
    record Suspect(int failures) implements HealthState {
        @Override
        public Health health() {
            return Health.SUSPECT;
        }
    }

    /**
     * Out of service.
     *
     * @param successes in a row, 0 to rise - 1
     */
    record Down(int successes) implements HealthState {
        @Override
        public Health health() {
            return Health.DOWN;
        }
    }

    /**
     * The state in which a check begins that inherits a health, as after a restart of the daemon. A suspect backend begins with one
     * failure, or up where a single failure would make it down.
     */
    static HealthState startingAs(Health health, Thresholds thresholds) {
        return switch (health) {
            case UNKNOWN -> new Unknown(0, 0);
            case UP -> new Up();
            case SUSPECT -> thresholds.fall() > 1 ? new Suspect(1) : new Up();
            case DOWN -> new Down(0);
        };
    }
}
