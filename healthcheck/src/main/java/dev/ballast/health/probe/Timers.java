package dev.ballast.health.probe;

/** The clock and the one thread of probing. Tests drive a virtual one. */
public interface Timers extends AutoCloseable {
    /** A task that waits for its moment. */
    interface Pending {
        /** Takes the task back; no effect once it ran. Only on the thread. */
        void cancel();
    }

    /** Nanoseconds of a monotonic clock without a meaning of its own. Any thread. */
    long nowNs();

    /**
     * Runs a task on the thread, after all those given before and never within this call. Any thread; does nothing after {@link
     * #close}.
     */
    void execute(Runnable task);

    /** Runs a task on the thread after a delay. Only on the thread. */
    Pending schedule(long delayNs, Runnable task);

    /**
     * Runs what was given to {@link #execute} before, drops what waits for its moment, and ends the thread; no task runs after the
     * return. Not on the thread itself.
     */
    @Override
    void close();
}
