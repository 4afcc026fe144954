package dev.ballast.health.schedule;

import dev.ballast.health.probe.Timers;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.PriorityQueue;

/** Time that passes only when told to; the thread is the test's. Begins five seconds before the clock wraps around. */
final class VirtualTimers implements Timers {
    private static final class Task implements Pending {
        final long atNs;
        final long order;
        final Runnable action;
        boolean cancelled;

        Task(long atNs, long order, Runnable action) {
            this.atNs = atNs;
            this.order = order;
            this.action = action;
        }

        @Override
        public void cancel() {
            cancelled = true;
        }

        int compareTo(Task other) {
            int byTime = Long.signum(atNs - other.atNs);
            return byTime == 0 ? Long.compare(order, other.order) : byTime;
        }
    }

    private final PriorityQueue<Task> tasks = new PriorityQueue<>(Task::compareTo);
    private final Deque<Runnable> ready = new ArrayDeque<>();
    private long nowNs = Long.MAX_VALUE - 5_000_000_000L;
    private long scheduled;
    private boolean closed;

    @Override
    public long nowNs() {
        return nowNs;
    }

    @Override
    public void execute(Runnable task) {
        if (!closed) {
            ready.add(task);
        }
    }

    @Override
    public Pending schedule(long delayNs, Runnable action) {
        if (delayNs < 0) {
            throw new IllegalArgumentException("a delay of " + delayNs + " ns");
        }
        Task task = new Task(nowNs + delayNs, scheduled++, action);
        tasks.add(task);
        return task;
    }

    @Override
    public void close() {
        runReady();
        closed = true;
    }

    void runReady() {
        while (!ready.isEmpty()) {
            ready.remove().run();
        }
    }

    /** Lets time pass, and runs everything that is due on the way, in order. */
    void advance(long ns) {
        runReady();
        long endNs = nowNs + ns;
        while (!tasks.isEmpty() && tasks.element().atNs - endNs <= 0) {
            Task task = tasks.remove();
            if (!task.cancelled) {
                if (task.atNs - nowNs > 0) {
                    nowNs = task.atNs;
                }
                task.action.run();
                runReady();
            }
        }
        nowNs = endNs;
    }

    /** Lets time pass without running anything, as if the thread had been held up. */
    void stall(long ns) {
        nowNs += ns;
    }

    /** Tasks that still wait for their moment. */
    long pending() {
        return tasks.stream().filter(task -> !task.cancelled).count();
    }
}
