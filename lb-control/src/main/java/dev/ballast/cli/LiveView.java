package dev.ballast.cli;

import com.google.protobuf.Message;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Shows a state again and again until Ctrl-C, or until nobody reads any more: redraws a terminal, prints a document a state
 * for programs, and otherwise a block whenever more changed than what changes all the time.
 *
 * @param drawing the lines of a state
 * @param timeUnixMs when a state was
 * @param essence a state without what changes all the time
 * @param more what shows the lines that a terminal has no room for
 */
record LiveView<M extends Message>(
        Main main, Drawing<M> drawing, ToLongFunction<M> timeUnixMs, UnaryOperator<M> essence, String more) {
    /** How a state looks. */
    interface Drawing<M> {
        /** The lines for a terminal of {@code width} columns; {@code before} is the state that was shown before this. */
        List<String> render(M now, @Nullable M before, int width, boolean colour);
    }

    /** {@code states} hands each state to what it is given until that answers false. Returns the {@link ExitStatus}. */
    int run(Consumer<Predicate<M>> states) {
        Shell shell = main.shell();
        Watcher<M> watcher = watcher(shell);
        try (var _ = shell.interrupts().whileOpen(ExitStatus.DONE, watcher::close)) {
            states.accept(state -> {
                watcher.show(state);
                // False when nobody reads any more: `ballast status --watch | head`.
                return !shell.out().checkError();
            });
        } finally {
            watcher.close();
        }
        return ExitStatus.DONE;
    }

    private Watcher<M> watcher(Shell shell) {
        return switch (main.output()) {
            case JSON -> state -> shell.out().print(Documents.jsonLine(state));
            case YAML -> state -> shell.out().print(Documents.yaml(state));
            case TABLE -> shell.terminal().interactive() ? new Screen() : new Blocks();
        };
    }

    private interface Watcher<M> {
        void show(M state);

        /** Leaves the terminal as it was found; may come from another thread, and twice. */
        default void close() {}
    }

    /** Redraws in place: home, each line cleared to its end, then what is left below (ECMA-48 CUP, EL, ED). */
    private final class Screen implements Watcher<M> {
        private final Shell shell = main.shell();
        private @Nullable M before;
        private boolean open = true;

        Screen() {
            shell.out().print("\033[?25l\033[2J");
        }

        @Override
        public synchronized void show(M state) {
            if (!open) {
                return;
            }
            Terminal.Size size = shell.terminal().size().get();
            List<String> lines = drawing.render(
                    state, before, size.columns(), shell.terminal().colour());
            before = state;
            int rows = size.rows() - 1;
            StringBuilder screen = new StringBuilder("\033[H");
            if (lines.size() > rows) {
                int hidden = lines.size() - rows + 1;
                lines = lines.subList(0, rows - 1);
                lines.forEach(line -> screen.append(line).append("\033[K\n"));
                screen.append(Text.cut(hidden + " more lines: " + more, size.columns()))
                        .append("\033[K\n");
            } else {
                lines.forEach(line -> screen.append(line).append("\033[K\n"));
            }
            shell.out().print(screen.append("\033[J"));
        }

        @Override
        public synchronized void close() {
            if (open) {
                shell.out().print("\033[?25h");
                shell.out().flush();
            }
            open = false;
        }
    }

    /** Prints a state under its time whenever it differs in more than what changes all the time. */
    private final class Blocks implements Watcher<M> {
        private @Nullable M before;

        @Override
        public void show(M state) {
            M earlier = before;
            before = state;
            if (earlier != null && essence.apply(earlier).equals(essence.apply(state))) {
                return;
            }
            Shell shell = main.shell();
            shell.out().println((earlier == null ? "" : "\n") + Quantity.time(timeUnixMs.applyAsLong(state)));
            drawing.render(state, earlier, shell.terminal().size().get().columns(), false)
                    .forEach(shell.out()::println);
        }
    }
}
