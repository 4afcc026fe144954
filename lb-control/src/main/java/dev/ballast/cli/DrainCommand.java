package dev.ballast.cli;

import dev.ballast.v1.ChangeReply;
import dev.ballast.v1.DrainRequest;
import picocli.CommandLine.Command;

@Command(
        name = "drain",
        header = "Takes a member out of the ring; its flows stay.",
        description =
                "Takes a member, or all of a service, out of the ring; the flows that it has stay. Survives apply.")
final class DrainCommand extends DrainVerb {
    @Override
    ChangeReply change(Daemon daemon, DrainRequest request) {
        return daemon.drain(request);
    }
}
