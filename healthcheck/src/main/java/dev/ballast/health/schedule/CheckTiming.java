package dev.ballast.health.schedule;

import java.time.Duration;

/**
 * How often a check probes.
 *
 * @param intervalNs from the start of one probe to the start of the next, before jitter; a probe that takes longer delays the next
 * @param timeoutNs a probe without a result after this has failed
 * @param jitter the part of the interval by which each one is longer or shorter at random, 0 to 1
 */
public record CheckTiming(long intervalNs, long timeoutNs, double jitter) {
    /** Checks that there is something to wait for. */
    public CheckTiming {
        if (intervalNs <= 0 || timeoutNs <= 0 || !(jitter >= 0 && jitter <= 1)) {
            throw new IllegalArgumentException(
                    "check timing of interval %d ns, timeout %d ns, jitter %s: use durations above 0 and a jitter from 0 to 1"
                            .formatted(intervalNs, timeoutNs, jitter));
        }
    }

    /** From durations; jitter as a part of the interval, 0 to 1. */
    public static CheckTiming of(Duration interval, Duration timeout, double jitter) {
        return new CheckTiming(interval.toNanos(), timeout.toNanos(), jitter);
    }
}
