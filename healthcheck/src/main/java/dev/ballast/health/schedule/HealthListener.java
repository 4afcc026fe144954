package dev.ballast.health.schedule;

import dev.ballast.health.Health;

/** Hears of changes of health. */
@FunctionalInterface
public interface HealthListener {
    /**
     * A check's health changed. Called on the probing thread, in the order of the changes: return at once, as by enqueueing; while a
     * listener runs, no probe starts, ends or times out.
     *
     * @param from what this subscriber was last told, or its seed
     * @param to another one than {@code from}
     * @param reason in words for an operator: "connection refused (3 of 3)"
     * @param nowNs when, on the monotonic clock of the probing thread
     */
    void onTransition(CheckKey check, Health from, Health to, String reason, long nowNs);
}
