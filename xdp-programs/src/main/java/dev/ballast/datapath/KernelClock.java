package dev.ballast.datapath;

import java.time.Duration;

/**
 * The clock of the flow tables: jiffies, shifted to the tick nearest to 4 s. Immutable; any thread.
 *
 * @param hz jiffies a second
 * @param tickShift jiffies {@code >> tickShift} are ticks
 */
public record KernelClock(int hz, int tickShift) {
    private static final long TICK_TARGET_NS = 4_000_000_000L;
    private static final long WINDOW_NS = 64_000_000L;
    private static final long SECOND_NS = 1_000_000_000L;

    /** The longest idle time that a flow entry can say: a little over two hours where a tick is 4 s. */
    public Duration longest() {
        return Duration.ofNanos(tickNs() * (FlowEntry.EXPIRY_HORIZON - 1));
    }

    /** Of the running kernel. */
    public static KernelClock ofKernel() {
        long jiffyNs = KernelCalls.jiffyNs();
        return ofHz((int) ((SECOND_NS + jiffyNs / 2) / jiffyNs));
    }

    /** Of a kernel with that many jiffies a second. */
    static KernelClock ofHz(int hz) {
        int best = 0;
        for (int shift = 1; shift < Integer.SIZE - 1; shift++) {
            if (distance(hz, shift) < distance(hz, best)) {
                best = shift;
            }
        }
        return new KernelClock(hz, best);
    }

    private static long distance(int hz, int shift) {
        return Math.abs((1L << shift) * SECOND_NS / hz - TICK_TARGET_NS);
    }

    /** Nanoseconds of a tick. */
    public long tickNs() {
        return (1L << tickShift) * SECOND_NS / hz;
    }

    /**
     * Ticks that last at least as long, 1 or more.
     *
     * @throws IllegalArgumentException if it is over {@link #longest}
     */
    public int ticks(Duration duration) {
        if (duration.isNegative() || duration.compareTo(longest()) > 0) {
            throw new IllegalArgumentException("an idle time of " + duration + " is not 0 to " + longest());
        }
        return (int) Math.max(1, (duration.toNanos() + tickNs() - 1) / tickNs());
    }

    /** Jiffies that last at least as long. */
    public long jiffies(Duration duration) {
        return (duration.toMillis() * hz + 999) / 1000;
    }

    /** Jiffies {@code >>} this are the windows in which things are limited: the longest of 64 ms or less, but a jiffy at least. */
    int windowShift() {
        int shift = 0;
        while ((2L << shift) * SECOND_NS / hz <= WINDOW_NS) {
            shift++;
        }
        return shift;
    }

    /** How many a window are {@code perSecond} at most, but 1 at least. */
    int perWindow(int perSecond) {
        return (int) Math.max(1, ((long) perSecond << windowShift()) / hz);
    }

    /** Ticks at a time in jiffies; only their low 12 bits count in a flow table. */
    int ticksAt(long jiffies) {
        return (int) (jiffies >>> tickShift);
    }
}
