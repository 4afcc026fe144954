package dev.ballast.health;

/**
 * How many results in a row change health.
 *
 * @param rise successes in a row that make a backend up; 1 or more
 * @param fall failures in a row that make it down; 1 or more
 */
public record Thresholds(int rise, int fall) {
    /** Two successes, three failures. */
    public static final Thresholds DEFAULT = new Thresholds(2, 3);

    /** Checks that both are positive. */
    public Thresholds {
        if (rise < 1 || fall < 1) {
            throw new IllegalArgumentException(
                    "thresholds rise %d, fall %d: both count probes in a row; use 1 or more".formatted(rise, fall));
        }
    }
}
