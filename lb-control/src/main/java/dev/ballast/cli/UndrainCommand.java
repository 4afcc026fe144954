package dev.ballast.cli;

import dev.ballast.v1.DrainRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "undrain", description = "Ends a drain.")
final class UndrainCommand extends Verb<DrainRequest> {
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
        return flags.report(daemon.undrain(request), main());
    }
}
