package dev.ballast.cli;

import picocli.CommandLine.Command;

@Command(
        name = "offload",
        header = "Shows what interfaces can do. Not in this build.",
        description =
                "It would show what the network interfaces can do by themselves. This build answers what to do instead.")
final class OffloadCommand extends LaterVerb {
    OffloadCommand() {
        super(
                "offload",
                "`ballast status` shows in which mode each interface runs, `ethtool -k` and `ethtool -l` what it can do");
    }
}
