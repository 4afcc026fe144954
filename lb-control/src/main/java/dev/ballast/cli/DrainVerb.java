package dev.ballast.cli;

import dev.ballast.v1.ChangeReply;
import dev.ballast.v1.DrainRequest;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** What {@code drain} and {@code undrain} have in common: whom they are about. */
abstract class DrainVerb extends Verb<DrainRequest> {
    @Parameters(paramLabel = "SERVICE[/ADDRESS]", description = "A member such as web/10.0.1.11, or a service.")
    private String member = "";

    @Mixin
    private ChangeFlags flags = new ChangeFlags();

    @Override
    final DrainRequest request() {
        return DrainRequest.newBuilder()
                .setMember(member)
                .setOptions(flags.toOptions(main()))
                .build();
    }

    @Override
    final int ask(Daemon daemon, DrainRequest request) {
        return flags.report(change(daemon, request), main());
    }

    abstract ChangeReply change(Daemon daemon, DrainRequest request);
}
