package dev.ballast.cli;

import dev.ballast.cli.Table.Column;
import dev.ballast.v1.FlowCount;
import dev.ballast.v1.FlowsReply;
import dev.ballast.v1.FlowsRequest;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "flows",
        header = "Counts the live flows of each member, by state.",
        description = {
            "Counts the live flows of each member, by state, in the flow tables as they are now.",
            "",
            "established: packets went on after the first. unconfirmed: one packet from the middle of a connection, or one datagram.",
            "closing: FIN or RST was seen. half-open: only the SYN was seen. The tables keep no addresses: flows are counted, not listed."
        })
final class FlowsCommand extends Verb<FlowsRequest> {
    @Parameters(arity = "0..1", paramLabel = "SERVICE", description = "Only this service.")
    private String service = "";

    @Override
    FlowsRequest request() {
        return FlowsRequest.newBuilder().setService(service).build();
    }

    @Override
    int ask(Daemon daemon, FlowsRequest request) {
        main().print(daemon.flows(request), this::printTable);
        return ExitStatus.DONE;
    }

    private void printTable(FlowsReply reply) {
        Table table = new Table(
                "",
                List.of(
                        Column.left("MEMBER", 9),
                        Column.left("ADMIN", 5),
                        Column.right("ESTABLISHED", 8),
                        Column.right("UNCONFIRMED", 6),
                        Column.right("CLOSING", 5),
                        Column.right("HALF-OPEN", 4)));
        FlowCount.Builder total = FlowCount.newBuilder().setMember("total");
        for (FlowCount flows : reply.getFlowsList()) {
            table.add(row(flows), List.of());
            total.setEstablished(total.getEstablished() + flows.getEstablished())
                    .setUnconfirmed(total.getUnconfirmed() + flows.getUnconfirmed())
                    .setClosing(total.getClosing() + flows.getClosing())
                    .setHalfOpen(total.getHalfOpen() + flows.getHalfOpen());
        }
        table.add(row(total.build()), List.of());
        Terminal terminal = main().shell().terminal();
        table.render(terminal.size().get().columns(), terminal.colour())
                .forEach(main().shell().out()::println);
        main().shell()
                .out()
                .println("room for %s flows; counted in %.1f ms"
                        .formatted(Quantity.count(reply.getCapacity()), reply.getTookUs() / 1_000.0));
    }

    private static List<Text> row(FlowCount flows) {
        return List.of(
                Text.plain(flows.getMember()),
                Text.plain(flows.getAdmin()),
                Text.plain(Quantity.count(flows.getEstablished())),
                Text.plain(Quantity.count(flows.getUnconfirmed())),
                Text.plain(Quantity.count(flows.getClosing())),
                Text.plain(Quantity.count(flows.getHalfOpen())));
    }
}
