package dev.ballast.cli;

import dev.ballast.v1.FlowTableStatus;
import dev.ballast.v1.MemberStatus;
import dev.ballast.v1.ServiceStatus;
import dev.ballast.v1.StatusReply;
import dev.ballast.v1.StatusRequest;
import java.io.PrintStream;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "status", description = "Shows the node, its services and members, verdicts and flows.")
final class StatusCommand extends Verb<StatusRequest> {
    @Parameters(arity = "0..1", paramLabel = "SERVICE", description = "Only this service.")
    private String service = "";

    @Option(
            names = {"-w", "--watch"},
            description = "Goes on until Ctrl-C: redraws a terminal each second; otherwise prints the state whenever"
                    + " more than counters changed (-o json: one line each second).")
    private boolean watch;

    @Override
    StatusRequest request() {
        return StatusRequest.newBuilder().setService(service).build();
    }

    @Override
    int ask(Daemon daemon, StatusRequest request) {
        if (!watch) {
            StatusReply status = daemon.status(request);
            main().print(status, this::printTable);
            return ExitStatus.DONE;
        }
        Shell shell = main().shell();
        PrintStream out = shell.out();
        Watcher watcher = watcher(shell);
        try (var _ = shell.interrupts().whileOpen(watcher::close)) {
            daemon.watch(request, status -> {
                watcher.show(status);
                // False when nobody reads any more: `ballast status --watch | head`.
                return !out.checkError();
            });
        } finally {
            watcher.close();
        }
        return ExitStatus.DONE;
    }

    private void printTable(StatusReply status) {
        Terminal terminal = main().shell().terminal();
        new StatusView(terminal.size().get().columns(), terminal.colour())
                .render(status, null)
                .forEach(main().shell().out()::println);
    }

    private Watcher watcher(Shell shell) {
        return switch (main().output()) {
            case JSON -> status -> shell.out().print(Documents.jsonLine(status));
            case YAML -> status -> shell.out().print(Documents.yaml(status));
            case TABLE -> shell.terminal().interactive() ? new Screen(shell) : new Blocks(shell);
        };
    }

    /** What shows the states of a watch. */
    private interface Watcher {
        void show(StatusReply status);

        /** Leaves the terminal as it was found; may come from another thread, and twice. */
        default void close() {}
    }

    /** Redraws in place: home, each line cleared to its end, then what is left below (ECMA-48 CUP, EL, ED). */
    private static final class Screen implements Watcher {
        private final Shell shell;
        private @Nullable StatusReply before;
        private boolean open = true;

        Screen(Shell shell) {
            this.shell = shell;
            shell.out().print("\033[?25l\033[2J");
        }

        @Override
        public synchronized void show(StatusReply status) {
            if (!open) {
                return;
            }
            Terminal.Size size = shell.terminal().size().get();
            List<String> lines = new StatusView(size.columns(), shell.terminal().colour()).render(status, before);
            before = status;
            int rows = size.rows() - 1;
            StringBuilder screen = new StringBuilder("\033[H");
            if (lines.size() > rows) {
                int hidden = lines.size() - rows + 1;
                lines = lines.subList(0, rows - 1);
                lines.forEach(line -> screen.append(line).append("\033[K\n"));
                screen.append(hidden)
                        .append(" more lines: a larger window or `ballast status SERVICE` shows them\033[K\n");
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

    /** Prints a state under its time whenever it differs in more than what every second changes. */
    private static final class Blocks implements Watcher {
        private final Shell shell;
        private @Nullable StatusReply before;

        Blocks(Shell shell) {
            this.shell = shell;
        }

        @Override
        public void show(StatusReply status) {
            StatusReply earlier = before;
            before = status;
            if (earlier != null && essence(earlier).equals(essence(status))) {
                return;
            }
            shell.out()
                    .println((earlier == null ? "" : "\n")
                            + Instant.ofEpochMilli(status.getTimeUnixMs()).truncatedTo(ChronoUnit.SECONDS));
            new StatusView(shell.terminal().size().get().columns(), false)
                    .render(status, earlier)
                    .forEach(shell.out()::println);
        }

        private static StatusReply essence(StatusReply status) {
            StatusReply.Builder essence =
                    status.toBuilder().clearTimeUnixMs().clearVerdicts().setFlows(FlowTableStatus.getDefaultInstance());
            for (ServiceStatus.Builder service : essence.getServicesBuilderList()) {
                service.clearForwarded()
                        .clearAnswered()
                        .clearPassed()
                        .clearDropped()
                        .clearFlowsCreated()
                        .clearFlowsUntracked()
                        .clearFlowsRepicked();
                for (MemberStatus.Builder member : service.getMembersBuilderList()) {
                    member.clearForwarded().clearFlows();
                }
            }
            return essence.build();
        }
    }
}
