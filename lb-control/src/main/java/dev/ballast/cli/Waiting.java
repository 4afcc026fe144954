package dev.ballast.cli;

import java.io.PrintStream;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Says on a terminal's standard error what is being waited for, once that takes longer than a second, and takes the line
 * away again at the end. Prints from a thread of its own; {@link #close} ends it before anything else is printed.
 */
final class Waiting implements AutoCloseable {
    private static final long SILENT_MS = 1_000;

    private final CountDownLatch over = new CountDownLatch(1);
    private final Optional<Thread> thread;

    private Waiting(PrintStream err, String what, boolean terminal) {
        thread = terminal
                ? Optional.of(Thread.ofPlatform().daemon().name("waiting").start(() -> run(err, what)))
                : Optional.empty();
    }

    /** Begins to wait for {@code what}; without a terminal nothing is ever said. */
    static Waiting begin(Shell shell, String what) {
        return new Waiting(shell.err(), what, shell.terminal().interactiveErrors());
    }

    private void run(PrintStream err, String what) {
        boolean shown = false;
        try {
            for (long second = 1; !over.await(SILENT_MS, TimeUnit.MILLISECONDS); second++) {
                shown = true;
                err.print("\r" + what + ", " + second + " s\033[K");
                err.flush();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (shown) {
            err.print("\r\033[K");
            err.flush();
        }
    }

    @Override
    public void close() {
        over.countDown();
        try {
            if (thread.isPresent()) {
                thread.get().join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
