package dev.ballast.control.reconcile;

import dev.ballast.control.plan.Allocation;
import dev.ballast.datapath.Census;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongPredicate;

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

    /**
     * What the flow tables hold of some services.
     *
     * @param open flows that nobody has begun to close
     * @param closing the others: one direction may still be in use
     */
    public record Flows(long open, long closing) {
        /** Whether there is any. */
        public boolean isAny() {
            return open + closing > 0;
        }

        /** {@code 12 live flows and 3 that close}. */
        @Override
        public String toString() {
            return closing == 0
                    ? "%d live flows".formatted(open)
                    : "%d live flows and %d that close".formatted(open, closing);
        }
    }

    /** The flows on members of the services whose name hash is asked for. */
    public Flows flows(Allocation allocation, LongPredicate nameHash) {
        long all = 0;
        long open = 0;
        for (Map.Entry<Integer, Allocation.Holder> held : allocation.holders().entrySet()) {
            if (nameHash.test(held.getValue().nameHash())) {
                all += flows(held.getKey());
                open += open(held.getKey());
            }
        }
        return new Flows(open, all - open);
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
