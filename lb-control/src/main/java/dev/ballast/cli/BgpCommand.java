package dev.ballast.cli;

import picocli.CommandLine.Command;

@Command(
        name = "bgp",
        header = "Shows BGP sessions and routes. Not in this build.",
        description = "It would show BGP sessions and announced routes. This build answers what to do instead.")
final class BgpCommand extends LaterVerb {
    BgpCommand() {
        super("bgp", "give the routers a static route to each VIP, via this balancer's own address");
    }
}
