package dev.ballast.cli;

import dev.ballast.v1.ApplyRequest;
import dev.ballast.v1.ChangeOptions;
import dev.ballast.v1.DiffReply;
import dev.ballast.v1.DiffRequest;
import dev.ballast.v1.PlanReply;
import dev.ballast.v1.PlanRequest;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "apply",
        header = "Replaces the configuration by that of a file.",
        description =
                "Replaces the configuration by that of a file, and waits until the datapath holds it: 30 s at most. What it"
                        + " does not hold then is tried again each second; `ballast status` tells when it is there.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  ballast apply -f new.yaml --confirm",
            "  ballast get | sed s/10.0.1.11/10.0.1.21/ | ballast apply -f -"
        })
final class ApplyCommand extends Verb<ApplyRequest> {
    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            required = true,
            description = "The whole configuration, YAML; - for standard input.")
    private Path path = Path.of("-");

    @Option(names = "--diff", description = "Shows first what differs from what runs.")
    private boolean diff;

    @Option(
            names = "--confirm",
            description =
                    "Shows what differs and what that would disturb, and asks at the terminal before it changes anything."
                            + " What is made is what was shown: a change by somebody else in between is refused (5).")
    private boolean confirm;

    @Option(names = "--yes", description = "The answer to --confirm, where nobody can be asked.")
    private boolean yes;

    @Mixin
    private DeletionFlag deletion = new DeletionFlag();

    @Mixin
    private ChangeFlags flags = new ChangeFlags();

    @Override
    ApplyRequest request() {
        if ((diff || confirm) && main().output() != Output.TABLE) {
            throw main().misuse(
                            "--diff and --confirm are for people; a script asks `ballast diff` or `plan` with -o json");
        }
        InputFile file = InputFile.read(path, main().shell());
        return ApplyRequest.newBuilder()
                .setYaml(file.bytes())
                .setFileName(file.name())
                .setOptions(deletion.addTo(flags.toOptions(main())))
                .build();
    }

    @Override
    int ask(Daemon daemon, ApplyRequest request) {
        ApplyRequest shown = request;
        if (diff || confirm) {
            DiffReply difference = daemon.diff(
                    DiffRequest.newBuilder()
                            .setYaml(request.getYaml())
                            .setFileName(request.getFileName())
                            .build(),
                    request.getFileName());
            new DiffView(main().shell().terminal().colour())
                    .render(difference, request.getFileName())
                    .forEach(main().shell().out()::println);
            shown = upon(difference.getFromRevision(), request);
        }
        if (confirm && !confirmed(daemon, shown)) {
            throw new CommandFailure(ExitStatus.REFUSED, "not confirmed; nothing was changed");
        }
        return flags.report(daemon.apply(shown, request.getFileName()), main());
    }

    /** The request, valid for the configuration that was shown only. */
    private static ApplyRequest upon(long revision, ApplyRequest request) {
        ChangeOptions options = request.getOptions();
        return options.getExpectedRevision() != 0
                ? request
                : request.toBuilder()
                        .setOptions(options.toBuilder().setExpectedRevision(revision))
                        .build();
    }

    private boolean confirmed(Daemon daemon, ApplyRequest request) {
        PlanReply plan = daemon.plan(
                PlanRequest.newBuilder()
                        .setYaml(request.getYaml())
                        .setFileName(request.getFileName())
                        .setOptions(request.getOptions())
                        .build(),
                request.getFileName());
        Shell shell = main().shell();
        new PlanView(shell.terminal().size().get().columns(), shell.terminal().colour())
                .render(plan)
                .forEach(shell.out()::println);
        shell.out().flush();
        if (plan.getObstaclesCount() > 0) {
            return false;
        }
        if (yes) {
            return true;
        }
        Optional<String> answer = shell.person().ask("apply it? [y/N] ");
        if (answer.isEmpty()) {
            throw new CommandFailure(
                    ExitStatus.USAGE,
                    "--confirm: there is no terminal to ask at; --yes answers it. Nothing was changed");
        }
        String given = answer.get().strip().toLowerCase(Locale.ROOT);
        return given.equals("y") || given.equals("yes");
    }
}
