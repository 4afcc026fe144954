package dev.ballast.cli;

import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ParentCommand;

/**
 * One verb of the command: makes its request, connects, asks and hangs up.
 *
 * @param <Q> what it asks the daemon
 */
abstract class Verb<Q> implements Callable<Integer> {
    @ParentCommand
    @Nullable
    private Main main;

    @Override
    public final Integer call() {
        Q request = request();
        try (Daemon daemon = main().connect()) {
            return ask(daemon, request);
        }
    }

    /** The request, from options and files: what fails here was never sent. */
    abstract Q request();

    /** Asks, prints the answer and returns the {@link ExitStatus}. */
    abstract int ask(Daemon daemon, Q request);

    final Main main() {
        return Objects.requireNonNull(main, "set by picocli before a verb runs");
    }
}
