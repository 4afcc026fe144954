package dev.ballast.cli;

import dev.ballast.v1.ChangeReply;
import dev.ballast.v1.DrainRequest;
import picocli.CommandLine.Command;

@Command(name = "undrain", description = "Ends a drain.")
final class UndrainCommand extends DrainVerb {
    @Override
    ChangeReply change(Daemon daemon, DrainRequest request) {
        return daemon.undrain(request);
    }
}
