package dev.ballast.cli;

import dev.ballast.v1.ChangeOptions;
import dev.ballast.v1.ChangeReply;
import dev.ballast.v1.Progress;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of verbs that make a revision, and what their answer means. */
final class ChangeFlags {
    @Option(names = "--dry-run", description = "Says what would happen and changes nothing.")
    private boolean dryRun;

    @Option(
            names = "--no-wait",
            description =
                    "Ends when the change is accepted (0; 4 if the kernel has refused some of it by then), not when the"
                            + " datapath holds it.")
    private boolean noWait;

    @Mixin
    private ExpectedRevision expectedRevision = new ExpectedRevision();

    @Mixin
    private BudgetFlag budget = new BudgetFlag();

    @Mixin
    private RequestId requestId = new RequestId();

    ChangeOptions.Builder toOptions(Main main) {
        ChangeOptions.Builder options =
                ChangeOptions.newBuilder().setDryRun(dryRun).setNoWait(noWait);
        return requestId.addTo(budget.addTo(expectedRevision.addTo(options, main)), main);
    }

    /** Prints what became of the change and returns the {@link ExitStatus}. */
    int report(ChangeReply reply, Main main) {
        main.print(reply, _ -> printTable(reply, main.shell()));
        if (dryRun || reply.getProgress() == Progress.DONE || (noWait && reply.getProgress() == Progress.PENDING)) {
            return ExitStatus.DONE;
        }
        String reason = reply.getReason().isEmpty() ? "" : ": " + reply.getReason();
        throw new CommandFailure(
                ExitStatus.UNKNOWN,
                reply.getProgress() == Progress.FAILED
                        ? "revision " + reply.getRevision() + " is accepted but not done" + reason
                        : "revision " + reply.getRevision() + " is accepted but not done yet" + reason
                                + "; watch it with `ballast status --watch`");
    }

    private void printTable(ChangeReply reply, Shell shell) {
        reply.getWarningsList().forEach(warning -> shell.err().println("warning: " + warning));
        reply.getEffectsList().forEach(shell.out()::println);
        PlanView.summary(reply.getDisruption()).forEach(shell.out()::println);
        if (dryRun) {
            shell.out().println("dry run: nothing was changed");
        } else if (!reply.getChanged()) {
            shell.out().println("revision " + reply.getRevision() + ": no change, it says the same");
        } else if (reply.getProgress() == Progress.DONE) {
            shell.out().println("revision " + reply.getRevision() + ": done");
        } else if (noWait && reply.getProgress() == Progress.PENDING) {
            shell.out().println("revision " + reply.getRevision() + ": accepted, not waited for");
        }
    }
}
