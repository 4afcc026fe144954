package dev.ballast.cli;

import picocli.CommandLine.Command;

@Command(name = "bgp", description = "Shows BGP sessions and announced routes. Not in this build.")
final class BgpCommand extends LaterVerb {
    BgpCommand() {
        super("bgp", "give the routers a static route to each VIP, via this balancer's own address");
    }
}
