package dev.ballast.cli;

import dev.ballast.v1.ChangeOptions;
import dev.ballast.v1.PlanReply;
import dev.ballast.v1.PlanRequest;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "plan",
        header = "Says what applying a file would change and disturb.",
        description =
                "Says what applying a file would change and how many live flows it would disturb, and changes nothing."
                        + " Exit status 0 also where apply would refuse: the lines with ! say why, and `obstacles` of -o json.")
final class PlanCommand extends Verb<PlanRequest> {
    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            required = true,
            description = "The whole configuration, YAML; - for standard input.")
    private Path path = Path.of("-");

    @Mixin
    private DeletionFlag deletion = new DeletionFlag();

    @Mixin
    private ExpectedRevision expectedRevision = new ExpectedRevision();

    @Mixin
    private BudgetFlag budget = new BudgetFlag();

    @Override
    PlanRequest request() {
        InputFile file = InputFile.read(path, main().shell());
        ChangeOptions.Builder options = deletion.addTo(ChangeOptions.newBuilder());
        return PlanRequest.newBuilder()
                .setYaml(file.bytes())
                .setFileName(file.name())
                .setOptions(budget.addTo(expectedRevision.addTo(options, main())))
                .build();
    }

    @Override
    int ask(Daemon daemon, PlanRequest request) {
        main().print(daemon.plan(request, request.getFileName()), this::printTable);
        return ExitStatus.DONE;
    }

    private void printTable(PlanReply reply) {
        Terminal terminal = main().shell().terminal();
        new PlanView(terminal.size().get().columns(), terminal.colour())
                .render(reply)
                .forEach(main().shell().out()::println);
    }
}
