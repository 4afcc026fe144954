package dev.ballast.cli;

import dev.ballast.v1.DiffReply;
import dev.ballast.v1.DiffRequest;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "diff",
        header = "Shows what differs between revisions, or from a file.",
        description = {
            "From a revision (default: the running one) to a file, to another revision, or to what runs.",
            "Without file and revision: from the running configuration to /etc/ballast/NAME.yaml of the instance, which"
                    + " is what an apply of that file would still change."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  ballast diff                  what the instance's file has that does not run",
            "  ballast diff -f new.yaml      what applying new.yaml would change",
            "  ballast diff 41               what has changed since revision 41",
            "  ballast diff 41 43            what changed from 41 to 43"
        })
final class DiffCommand extends Verb<DiffRequest> {
    @Parameters(
            arity = "0..2",
            paramLabel = "REVISION",
            description = "From this one; to the second one, or to what runs now.")
    private List<Long> revisions = List.of();

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "To this configuration, YAML; - for standard input.")
    @Nullable
    private Path path;

    @Option(names = "--exit-code", description = "Ends with 6 when something differs, and with 0 when nothing does.")
    private boolean exitCode;

    private String other = "";

    @Override
    DiffRequest request() {
        for (long revision : revisions) {
            if (revision < 1) {
                throw main().misuse(revision + ": a revision is a number from 1; `ballast history` lists them");
            }
        }
        if (path != null && revisions.size() > 1) {
            throw main().misuse("two revisions and --file: a difference has two sides; leave one of the three out");
        }
        DiffRequest.Builder request = DiffRequest.newBuilder();
        if (!revisions.isEmpty()) {
            request.setFromRevision(revisions.getFirst());
        }
        if (revisions.size() > 1) {
            request.setToRevision(revisions.get(1));
        } else if (path != null || revisions.isEmpty()) {
            InputFile file = InputFile.read(path == null ? main().instanceFile() : path, main().shell());
            if (file.bytes().isEmpty()) {
                throw new CommandFailure(ExitStatus.REFUSED, file.name() + ": it is empty; nothing was compared");
            }
            other = file.name();
            request.setYaml(file.bytes()).setFileName(file.name());
        }
        return request.build();
    }

    @Override
    int ask(Daemon daemon, DiffRequest request) {
        DiffReply diff = daemon.diff(request, other);
        main().print(diff, this::printTable);
        return exitCode && diff.getDifferencesCount() > 0 ? ExitStatus.DIFFERENT : ExitStatus.DONE;
    }

    private void printTable(DiffReply diff) {
        Shell shell = main().shell();
        new DiffView(shell.terminal().colour()).render(diff, other).forEach(shell.out()::println);
    }
}
