package dev.ballast.control.grpc;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Brings states to one reader that may be slower than they come: at most one waits, the latest, and an older one is
 * never sent after a newer. States that a slow reader misses are gone; each holds everything, so none is needed.
 *
 * <p>{@link #offer} may be called from the control loop: it stores and hands over. Sending is one at a time.
 */
final class LatestState<T> {
    private final AtomicReference<@Nullable T> waiting;
    private final Executor executor;
    private final BooleanSupplier ready;
    private final Consumer<T> sink;
    private boolean closed;

    /** {@code first} waits to be sent from the beginning; {@code ready} tells whether the reader takes one more. */
    LatestState(T first, Executor executor, BooleanSupplier ready, Consumer<T> sink) {
        this.waiting = new AtomicReference<>(first);
        this.executor = executor;
        this.ready = ready;
        this.sink = sink;
    }

    /** Replaces the state that waits. Where one waited, somebody is about to send already, or the reader is not ready. */
    void offer(T state) {
        if (waiting.getAndSet(state) == null) {
            executor.execute(this::send);
        }
    }

    /** Sends what waits, if the reader is ready; called again whenever it becomes so. */
    synchronized void send() {
        while (!closed && ready.getAsBoolean()) {
            T state = waiting.getAndSet(null);
            if (state == null) {
                return;
            }
            sink.accept(state);
        }
    }

    /** Sends nothing any more; says whether it might have until now. */
    synchronized boolean close() {
        boolean wasOpen = !closed;
        closed = true;
        waiting.set(null);
        return wasOpen;
    }
}
