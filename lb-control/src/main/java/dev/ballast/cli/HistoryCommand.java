package dev.ballast.cli;

import dev.ballast.v1.HistoryReply;
import dev.ballast.v1.HistoryRequest;
import dev.ballast.v1.Revision;
import dev.ballast.v1.WatchConfigRequest;
import java.io.PrintStream;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "history",
        header = "Lists the accepted revisions.",
        description = "The newest first: who made each, when, by what, and what it changed.")
final class HistoryCommand extends Verb<HistoryRequest> {
    private static final int LIMIT_MAX = 1_000;

    @Option(
            names = {"-n", "--limit"},
            paramLabel = "N",
            defaultValue = "20",
            description = "So many, 1 to 1,000 (default: ${DEFAULT-VALUE}).")
    private int limit;

    @Option(names = "--before", paramLabel = "REVISION", description = "Only those older than this one.")
    private long before;

    @Option(
            names = {"-w", "--watch"},
            description =
                    "Prints the running revision and each further one as it is accepted, until Ctrl-C (-o json: one"
                            + " line each).")
    private boolean watch;

    @Override
    HistoryRequest request() {
        if (limit < 1 || limit > LIMIT_MAX) {
            throw main().misuse("--limit " + limit + ": it goes from 1 to 1,000");
        }
        if (before < 0) {
            throw main().misuse("--before " + before + ": a revision is a number from 1");
        }
        return HistoryRequest.newBuilder()
                .setLimit(limit)
                .setBeforeRevision(before)
                .build();
    }

    @Override
    int ask(Daemon daemon, HistoryRequest request) {
        if (!watch) {
            main().print(daemon.history(request), this::printTable);
            return ExitStatus.DONE;
        }
        PrintStream out = main().shell().out();
        try (var _ = main().shell().interrupts().whileOpen(ExitStatus.DONE, out::flush)) {
            daemon.watch(WatchConfigRequest.getDefaultInstance(), revision -> {
                main().printOfStream(revision, each -> view().render(each).forEach(out::println));
                // False when nobody reads any more.
                return !out.checkError();
            });
        }
        return ExitStatus.DONE;
    }

    private void printTable(HistoryReply history) {
        PrintStream out = main().shell().out();
        List<Revision> revisions = history.getRevisionsList();
        if (revisions.isEmpty()) {
            out.println(
                    before == 0
                            ? "nothing was ever accepted; `ballast apply -f FILE` makes revision 1"
                            : "no revision before " + before + " is kept; the oldest is "
                                    + history.getOldestRevision());
            return;
        }
        for (Revision revision : revisions) {
            view().render(revision).forEach(out::println);
        }
        long last = revisions.getLast().getRevision();
        if (last > history.getOldestRevision()) {
            out.println("older ones: ballast history --before " + last);
        }
    }

    private RevisionView view() {
        Terminal terminal = main().shell().terminal();
        return new RevisionView(terminal.size().get().columns(), terminal.colour());
    }
}
