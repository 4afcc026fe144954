package dev.ballast.cli;

import picocli.CommandLine.Command;

@Command(name = "node", description = "Takes this balancer out of its fleet. Not in this build.")
final class NodeCommand extends LaterVerb {
    NodeCommand() {
        super(
                "node drain",
                "take this balancer's routes away at the routers, wait until `ballast status` counts no new packets, then"
                        + " stop it");
    }
}
