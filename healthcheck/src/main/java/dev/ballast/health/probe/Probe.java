package dev.ballast.health.probe;

import dev.ballast.health.ProbeResult;
import java.net.InetSocketAddress;
import java.util.function.Consumer;

/** Starts attempts. Called, and calls back, on the thread of its {@link Timers} only. */
public interface Probe {
    /** An attempt under way. */
    interface Attempt {
        /** Ends the attempt and frees what it holds. Its result is not reported any more; no effect after it was. */
        void cancel();
    }

    /**
     * Starts one attempt; does not block. Failures of any kind are results, not exceptions.
     *
     * @param target a resolved address and the port
     * @param done gets the result, once, perhaps before this method returns; never after {@link Attempt#cancel}
     */
    Attempt start(InetSocketAddress target, ProbeSpec spec, Consumer<ProbeResult> done);
}
