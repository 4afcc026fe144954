package dev.ballast.health.schedule;

import dev.ballast.health.ProbeResult;
import dev.ballast.health.ProbeResult.FailureKind;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What became of all probes since the start. {@code started = succeeded + failed + notSent + discarded + those under way}. Written by
 * the probing thread alone, read by any; figures read one after the other may be a few probes apart.
 */
public final class ProbeCounters {
    private static final FailureKind[] KINDS = FailureKind.values();

    private final AtomicLong started = new AtomicLong();
    private final AtomicLong succeeded = new AtomicLong();
    private final AtomicLongArray failedByKind = new AtomicLongArray(KINDS.length);
    private final AtomicLong notSent = new AtomicLong();
    private final AtomicLong discarded = new AtomicLong();
    private final AtomicLong late = new AtomicLong();

    ProbeCounters() {}

    /** Probes begun. */
    public long started() {
        return started.get();
    }

    /** Probes that the backend answered as it should. */
    public long succeeded() {
        return succeeded.get();
    }

    /** Probes that failed in one way. */
    public long failed(FailureKind kind) {
        return failedByKind.get(slot(kind));
    }

    /** Probes that failed in any way. */
    public long failed() {
        long sum = 0;
        for (FailureKind kind : KINDS) {
            sum += failed(kind);
        }
        return sum;
    }

    /** Probes that never left this machine; health did not change by them. */
    public long notSent() {
        return notSent.get();
    }

    /** Probes cancelled because their check was removed. */
    public long discarded() {
        return discarded.get();
    }

    /**
     * Probes that began more than a tenth of their interval after they were due: the budget is too small, or the probing thread was
     * held up.
     */
    public long late() {
        return late.get();
    }

    void countStarted() {
        increment(started);
    }

    void countResult(ProbeResult result) {
        switch (result) {
            case ProbeResult.Success _ -> increment(succeeded);
            case ProbeResult.Failure failure -> {
                int slot = slot(failure.kind());
                failedByKind.setRelease(slot, failedByKind.getPlain(slot) + 1);
            }
            case ProbeResult.NotSent _ -> increment(notSent);
        }
    }

    void countDiscarded() {
        increment(discarded);
    }

    void countLate() {
        increment(late);
    }

    /** A single writer needs no atomic addition. */
    private static void increment(AtomicLong counter) {
        counter.setRelease(counter.getPlain() + 1);
    }

    @SuppressWarnings("EnumOrdinal") // an index into an array of this process, never stored
    private static int slot(FailureKind kind) {
        return kind.ordinal();
    }
}
