package dev.ballast.cli;

import dev.ballast.cli.Text.Style;
import dev.ballast.v1.Event;
import dev.ballast.v1.EventsReply;
import dev.ballast.v1.EventsRequest;
import java.io.PrintStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "events",
        header = "Lists what happened.",
        description = {
            "The oldest first: changes, health, the network, the datapath, the daemon itself. The last"
                    + " ten thousand things since the daemon started are kept.",
            "With -o json or yaml, one event a line or document."
        })
final class EventsCommand extends Verb<EventsRequest> {
    @Option(
            names = {"-f", "--follow", "-w", "--watch"},
            description = "Goes on with each that happens, until Ctrl-C.")
    private boolean follow;

    @Option(
            names = {"-n", "--limit"},
            paramLabel = "N",
            defaultValue = "50",
            description = "At most the last so many of those kept; 0: all (default: ${DEFAULT-VALUE}).")
    private int limit;

    @Option(names = "--service", paramLabel = "SERVICE", description = "Only what concerns this one.")
    private String service = "";

    @Option(
            names = "--after",
            paramLabel = "SEQUENCE",
            description = "Only later ones than this, however many: how a script goes on where it was.")
    private long after;

    @Override
    EventsRequest request() {
        if (limit < 0) {
            throw main().misuse("--limit " + limit + ": it is 0 for all, or more");
        }
        if (after < 0) {
            throw main().misuse("--after " + after + ": a sequence number is 1 or more");
        }
        return EventsRequest.newBuilder()
                .setFollow(follow)
                .setLimit(after > 0 ? 0 : limit)
                .setAfterSequence(after)
                .setService(service)
                .build();
    }

    @Override
    int ask(Daemon daemon, EventsRequest request) {
        PrintStream out = main().shell().out();
        try (var _ = main().shell().interrupts().whileOpen(ExitStatus.DONE, out::flush)) {
            daemon.events(request, this::print);
        }
        return ExitStatus.DONE;
    }

    /** False when nobody reads any more. */
    private boolean print(EventsReply reply) {
        if (reply.getMissed() > 0) {
            main().shell()
                    .err()
                    .println("warning: " + reply.getMissed() + " events were gone before they could be shown");
        }
        for (Event event : reply.getEventsList()) {
            main().printOfStream(event, this::printLines);
        }
        return !main().shell().out().checkError();
    }

    private void printLines(Event event) {
        Shell shell = main().shell();
        Style style = switch (event.getSeverity()) {
            case "error" -> Style.RED;
            case "warning" -> Style.YELLOW;
            default -> Style.PLAIN;
        };
        String about = event.getMember().isEmpty() ? event.getService() : event.getMember();
        String message = about.isEmpty() || event.getMessage().contains(about)
                ? event.getMessage()
                : about + ": " + event.getMessage();
        String head = Quantity.time(event.getTimeUnixMs()) + "  " + event.getKind() + "  ";
        String mark = style == Style.PLAIN ? "" : event.getSeverity() + ": ";
        int width = shell.terminal().size().get().columns();
        if (head.length() > width / 2) {
            shell.out().println(head.stripTrailing());
            Text.wrap(
                            new Text(mark + message, style),
                            "  ",
                            "  ",
                            width,
                            shell.terminal().colour())
                    .forEach(shell.out()::println);
        } else {
            Text.wrap(
                            new Text(mark + message, style),
                            head,
                            " ".repeat(head.length()),
                            width,
                            shell.terminal().colour())
                    .forEach(shell.out()::println);
        }
    }
}
