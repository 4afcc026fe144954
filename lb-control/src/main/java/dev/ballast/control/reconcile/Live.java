package dev.ballast.control.reconcile;

import dev.ballast.datapath.Census;
import java.util.Optional;

/**
 * The live flows at one moment.
 *
 * @param census empty: nobody has looked yet
 * @param capacity of the main table
 * @param unixMs when it was taken
 */
public record Live(Optional<Census> census, long capacity, long unixMs) {
    /** Nobody has looked yet. */
    public static final Live NONE = new Live(Optional.empty(), 0, 0);

    /** Live flows of a member id. */
    public long flows(int id) {
        return census.map(c -> (long) c.flows(id)).orElse(0L);
    }

    /** Flows of a member id that nobody has begun to close. */
    public long open(int id) {
        return census.map(c -> (long) c.open(id)).orElse(0L);
    }

    /** Live flows in the main table. */
    public long established() {
        return census.map(Census::live).orElse(0L);
    }

    /** Live flows of which only a SYN was seen. */
    public long halfOpen() {
        return census.map(Census::halfOpen).orElse(0L);
    }

    /** Both. */
    public long total() {
        return established() + halfOpen();
    }
}
