package dev.ballast.health;

import java.util.Locale;

/** What is known of a backend. */
public enum Health {
    /** Neither enough successes nor enough failures in a row yet. */
    UNKNOWN,
    /** The last probe succeeded, or enough of them did. */
    UP,
    /** Was up, and the last probes failed, but fewer than it takes to fall. Still receives traffic. */
    SUSPECT,
    /** Enough probes failed in a row. */
    DOWN;

    /**
     * Whether a backend of this health receives new flows.
     *
     * @param whileUnknown the answer for {@link #UNKNOWN}: the service's initial health
     */
    public boolean serves(boolean whileUnknown) {
        return switch (this) {
            case UNKNOWN -> whileUnknown;
            case UP, SUSPECT -> true;
            case DOWN -> false;
        };
    }

    /** In lower case, as command line, API, metrics and logs write it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
