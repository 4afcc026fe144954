package dev.ballast.cli;

import picocli.CommandLine.Command;

@Command(
        name = "node",
        header = "Takes this balancer out of its fleet. Not in this build.",
        description =
                "`ballast node drain` would hand its flows to the others of its fleet. This build answers what to do instead.")
final class NodeCommand extends LaterVerb {
    NodeCommand() {
        super(
                "node drain",
                "take this balancer's routes away at the routers, wait until `ballast status` counts no new packets, then"
                        + " stop it");
    }
}
