package dev.ballast.control.model;

/**
 * A share, exact to a hundredth of a percent.
 *
 * @param basisPoints hundredths of a percent, 0 to 10,000
 */
public record Percent(int basisPoints) {
    /** Nothing. */
    public static final Percent NONE = new Percent(0);

    /** Everything. */
    public static final Percent ALL = new Percent(10_000);

    /** Refuses what is not a share. */
    public Percent {
        if (basisPoints < 0 || basisPoints > 10_000) {
            throw new IllegalArgumentException("a share has 0 to 10000 basis points, not " + basisPoints);
        }
    }

    /** The share as a number from 0.0 to 1.0. */
    public double fraction() {
        return basisPoints / 10_000.0;
    }

    /** As it is written in the configuration: {@code 10%}, {@code 0.1%}. */
    @Override
    public String toString() {
        return Units.printPercent(this);
    }
}
