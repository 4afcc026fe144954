package dev.ballast.datapath;

import dev.ballast.bpf.Membarrier;

/**
 * A grace period: begun, it knows what had been taken out of use by then; over, nothing in the kernel looks at that any more.
 * {@link Datapath#grace} begins one, {@link #await} waits, {@link Datapath#reclaim} gives back what it covered.
 */
public final class Grace {
    private final long epoch;

    Grace(long epoch) {
        this.epoch = epoch;
    }

    long epoch() {
        return epoch;
    }

    /**
     * Blocks until every packet that was under way at the call has left; 8 to 32 ms. Any thread: wait on a helper, not on the
     * control loop.
     */
    public void await() {
        Membarrier.awaitGracePeriod();
    }
}
