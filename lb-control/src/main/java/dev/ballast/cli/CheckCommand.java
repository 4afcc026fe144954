package dev.ballast.cli;

import dev.ballast.v1.Refusal;
import java.nio.file.Path;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

@Command(
        name = "check",
        header = "Says whether a configuration file is valid.",
        description = {
            "Says whether a configuration is valid: all that is wrong with it, as FILE:LINE:COLUMN. Needs neither daemon nor"
                    + " root, and so does not know the machine: `plan` asks the daemon too.",
            "Exit status 1 when it is not valid. With -o json or yaml the problems are a document, empty for a valid file."
        })
final class CheckCommand implements Callable<Integer> {
    @ParentCommand
    @Nullable
    private Main parent;

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "The whole configuration, YAML; - for standard input. Default: /etc/ballast/NAME.yaml of the"
                    + " instance.")
    @Nullable
    private Path path;

    @Override
    public Integer call() {
        Main main = Objects.requireNonNull(parent, "set by picocli before a verb runs");
        InputFile file = InputFile.read(path == null ? main.instanceFile() : path, main.shell());
        ConfigurationCheck check = ServiceLoader.load(ConfigurationCheck.class)
                .findFirst()
                .orElseThrow(() -> new CommandFailure(
                        ExitStatus.REFUSED,
                        "this installation has no validator; `ballast plan -f FILE` asks the daemon instead"));
        ConfigurationCheck.Outcome outcome =
                check.check(file.name(), file.bytes().toByteArray());
        Refusal problems =
                Refusal.newBuilder().addAllProblems(outcome.problems()).build();
        if (problems.getProblemsCount() > 0) {
            throw CommandFailure.refused(ExitStatus.REFUSED, problems, file.name());
        }
        main.print(problems, _ -> main.shell().out().println(file.name() + ": " + outcome.summary()));
        return ExitStatus.DONE;
    }
}
