package dev.ballast.control.loop;

import dev.ballast.health.Health;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * How the control loop keeps up: how long its events take, what it refused, and how often it brought the kernel to the plan.
 * Counts since the start of the process. The loop's thread notes each event without a lock; any thread may read, and may see
 * an event's parts apart.
 */
public final class LoopStatistics {
    /** Upper bounds of the buckets in nanoseconds; what is longer than the last is in one more bucket. */
    private static final long[] BOUNDS_NS = {
        100_000, 1_000_000, 5_000_000, 10_000_000, 50_000_000, 100_000_000, 1_000_000_000, 10_000_000_000L
    };

    private final Map<String, Cells> byEvent = new ConcurrentHashMap<>();
    private final LongAdder refused = new LongAdder();
    private final LongAdder rounds = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder repairs = new LongAdder();
    private final LongAdder swaps = new LongAdder();
    private final Cells appends = new Cells();
    private final Map<Health, LongAdder> healthChanges = new EnumMap<>(Health.class);
    private final LongSupplier waiting;

    private static final class Cells {
        private final AtomicLongArray buckets = new AtomicLongArray(BOUNDS_NS.length + 1);
        private final AtomicLong sumNs = new AtomicLong();

        void add(long durationNs) {
            int found = Arrays.binarySearch(BOUNDS_NS, durationNs);
            buckets.incrementAndGet(found < 0 ? -found - 1 : found);
            sumNs.addAndGet(durationNs);
        }

        Durations durations() {
            long[] counts = new long[buckets.length()];
            Arrays.setAll(counts, buckets::get);
            return new Durations(Arrays.stream(counts).boxed().toList(), sumNs.get());
        }
    }

    /**
     * Events of one kind.
     *
     * @param buckets how many took at most as long as the bound of the same place in {@link #boundsNs}, and longer than the
     *     bound before; the last: longer than all
     * @param sumNs how long they took together
     */
    public record Durations(List<Long> buckets, long sumNs) {
        /** How many there were. */
        public long count() {
            return buckets.stream().mapToLong(Long::longValue).sum();
        }
    }

    private LoopStatistics(LongSupplier waiting) {
        this.waiting = waiting;
        for (Health health : Health.values()) {
            healthChanges.put(health, new LongAdder());
        }
    }

    /** Nothing was handled yet; {@code waiting} tells how many events the queue holds. */
    public static LoopStatistics of(LongSupplier waiting) {
        return new LoopStatistics(waiting);
    }

    /** On the loop's thread. */
    void handled(Event event, long durationNs) {
        byEvent.computeIfAbsent(event.getClass().getSimpleName(), _ -> new Cells())
                .add(durationNs);
    }

    /** A change was made durable, or could not be. */
    void journalled(long durationNs) {
        appends.add(durationNs);
    }

    void healthChanged(Health to) {
        Objects.requireNonNull(healthChanges.get(to)).increment();
    }

    void refused() {
        refused.increment();
    }

    void reconciling() {
        rounds.increment();
    }

    void reconcileFailed() {
        failures.increment();
    }

    void repaired() {
        repairs.increment();
    }

    void swapped() {
        swaps.increment();
    }

    /** The upper bounds of the buckets, in nanoseconds, rising. */
    public static long[] boundsNs() {
        return BOUNDS_NS.clone();
    }

    /** By the kind of the event, such as {@code Apply} or {@code Tick}: as many as there are classes of events. */
    public Map<String, Durations> durations() {
        Map<String, Durations> durations = new TreeMap<>();
        byEvent.forEach((event, cells) -> durations.put(event, cells.durations()));
        return durations;
    }

    /** How long changes took to be written to the journal and synced. */
    public Durations appends() {
        return appends.durations();
    }

    /** How often a member came into a state of health, by its name. */
    public Map<String, Long> healthChanges() {
        Map<String, Long> changes = new TreeMap<>();
        healthChanges.forEach((health, count) -> changes.put(health.toString(), count.sum()));
        return changes;
    }

    /** Requests that found the queue full. */
    public long refusedRequests() {
        return refused.sum();
    }

    /** How often the kernel was compared with the plan, and brought to it. */
    public long reconcileRounds() {
        return rounds.sum();
    }

    /** How often the kernel could not be brought to what is configured. */
    public long reconcileFailures() {
        return failures.sum();
    }

    /** Objects that somebody else had changed, and that were written again. */
    public long repairs() {
        return repairs.sum();
    }

    /** Programs that were exchanged by a request. */
    public long swaps() {
        return swaps.sum();
    }

    /** Events that wait or are being handled now. */
    public long waiting() {
        return waiting.getAsLong();
    }
}
