package dev.ballast.cli;

import dev.ballast.v1.FlowTableStatus;
import dev.ballast.v1.MemberStatus;
import dev.ballast.v1.ServiceStatus;
import dev.ballast.v1.StatusReply;
import dev.ballast.v1.StatusRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "status",
        header = "Shows node, services, members, verdicts and flows.",
        description =
                "What is, as of the last second: the node and what it needs an operator for, each service with its members, health, shares and flows, the packets by verdict and reason, the flow table.")
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
        return new LiveView<>(
                        main(),
                        StatusCommand::lines,
                        StatusReply::getTimeUnixMs,
                        StatusCommand::essence,
                        "a larger window or `ballast status SERVICE` shows them")
                .run(reader -> daemon.watch(request, reader));
    }

    private void printTable(StatusReply status) {
        Terminal terminal = main().shell().terminal();
        lines(status, null, terminal.size().get().columns(), terminal.colour())
                .forEach(main().shell().out()::println);
    }

    private static List<String> lines(StatusReply now, @Nullable StatusReply before, int width, boolean colour) {
        return new StatusView(width, colour).render(now, before);
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
