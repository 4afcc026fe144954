package dev.ballast.cli;

import dev.ballast.v1.TeardownReply;
import dev.ballast.v1.TeardownRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "teardown",
        header = "Ends the balancing and the daemon.",
        description = "Detaches from every interface, removes what is pinned and ends the daemon: balancing stops.")
final class TeardownCommand extends Verb<TeardownRequest> {
    @Option(names = "--force", description = "Although flows are live: they are cut off.")
    private boolean force;

    @Override
    TeardownRequest request() {
        return TeardownRequest.newBuilder().setForce(force).build();
    }

    @Override
    int ask(Daemon daemon, TeardownRequest request) {
        main().print(daemon.teardown(request), this::printTable);
        return ExitStatus.DONE;
    }

    private void printTable(TeardownReply reply) {
        reply.getRemovedList().forEach(main().shell().out()::println);
    }
}
