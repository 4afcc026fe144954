package dev.ballast.cli;

import dev.ballast.v1.DrainRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "drain",
        description =
                "Takes a member, or all of a service, out of the ring; the flows that it has stay. Survives apply.")
final class DrainCommand extends Verb<DrainRequest> {
    @Parameters(paramLabel = "SERVICE[/ADDRESS]", description = "A member such as web/10.0.1.11, or a service.")
    private String member = "";

    @Mixin
    private ChangeFlags flags = new ChangeFlags();

    @Override
    DrainRequest request() {
        return DrainRequest.newBuilder()
                .setMember(member)
                .setOptions(flags.toOptions(main()))
                .build();
    }

    @Override
    int ask(Daemon daemon, DrainRequest request) {
        return flags.report(daemon.drain(request), main());
    }
}
