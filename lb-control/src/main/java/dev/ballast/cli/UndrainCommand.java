package dev.ballast.cli;

import dev.ballast.v1.ChangeReply;
import dev.ballast.v1.DrainRequest;
import picocli.CommandLine.Command;

@Command(
        name = "undrain",
        header = "Ends a drain.",
        description = "Gives a member, or all of a service, back to the ring.")
final class UndrainCommand extends DrainVerb {
    @Override
    ChangeReply change(Daemon daemon, DrainRequest request) {
        return daemon.undrain(request);
    }
}
