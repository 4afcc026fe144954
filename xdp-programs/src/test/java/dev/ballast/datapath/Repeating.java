package dev.ballast.datapath;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/** Does something again and again, on a thread of its own, until it is closed; what it threw comes out of {@link #close}. */
final class Repeating implements AutoCloseable {
    private final AtomicBoolean over = new AtomicBoolean();
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final Future<?> work;

    Repeating(Runnable step) {
        work = thread.submit(() -> {
            while (!over.getOpaque()) {
                step.run();
            }
        });
    }

    @Override
    public void close() {
        over.set(true);
        thread.close();
        if (work.state() == Future.State.FAILED) {
            throw new AssertionError("ended before its time", work.exceptionNow());
        }
    }
}
