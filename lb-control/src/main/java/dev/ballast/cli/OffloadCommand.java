package dev.ballast.cli;

import picocli.CommandLine.Command;

@Command(name = "offload", description = "Shows what the network interfaces can do by themselves. Not in this build.")
final class OffloadCommand extends LaterVerb {
    OffloadCommand() {
        super(
                "offload",
                "`ballast status` shows in which mode each interface runs, `ethtool -k` and `ethtool -l` what it can do");
    }
}
