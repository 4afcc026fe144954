package dev.ballast.cli;

import dev.ballast.v1.RollbackRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "rollback",
        header = "Goes back to the configuration of an earlier revision.",
        description =
                "Makes the configuration of an earlier revision the running one, as a new revision, and waits until"
                        + " the datapath holds it, 30 s at most. Drains stay as they are. For the program's there is `ballast swap`.")
final class RollbackCommand extends Verb<RollbackRequest> {
    @Parameters(paramLabel = "REVISION", description = "The one to go back to; `ballast history` lists them.")
    private long revision;

    @Mixin
    private DeletionFlag deletion = new DeletionFlag();

    @Mixin
    private ChangeFlags flags = new ChangeFlags();

    @Override
    RollbackRequest request() {
        if (revision < 1) {
            throw main().misuse(revision + ": a revision is a number from 1; `ballast history` lists them");
        }
        return RollbackRequest.newBuilder()
                .setRevision(revision)
                .setOptions(deletion.addTo(flags.toOptions(main())))
                .build();
    }

    @Override
    int ask(Daemon daemon, RollbackRequest request) {
        return flags.report(daemon.rollback(request), main());
    }
}
