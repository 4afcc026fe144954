package dev.ballast.cli;

import dev.ballast.v1.MemberStatus;
import dev.ballast.v1.ServiceStatus;
import dev.ballast.v1.StatusReply;
import dev.ballast.v1.StatusRequest;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "names",
        hidden = true,
        header = "Prints names, for the completion of a shell.",
        description = "One name a line, and nothing but names.")
final class NamesCommand extends Verb<StatusRequest> {
    /** Of what there are names. */
    enum Kind {
        SERVICES,
        MEMBERS;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Parameters(paramLabel = "KIND", description = "${COMPLETION-CANDIDATES}; members after the services.")
    private Kind kind = Kind.SERVICES;

    @Override
    StatusRequest request() {
        return StatusRequest.getDefaultInstance();
    }

    @Override
    int ask(Daemon daemon, StatusRequest request) {
        StatusReply status = daemon.status(request);
        List<ServiceStatus> services = status.getServicesList();
        Stream<String> names = services.stream().map(ServiceStatus::getName);
        Stream<String> members = kind == Kind.SERVICES
                ? Stream.of()
                : services.stream()
                        .flatMap(service -> service.getMembersList().stream())
                        .map(MemberStatus::getName);
        Stream.concat(names, members).forEach(main().shell().out()::println);
        return ExitStatus.DONE;
    }
}
