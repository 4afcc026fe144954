package dev.ballast.cli;

import dev.ballast.v1.ApplyRequest;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "apply",
        description = "Replaces the configuration by that of a file, and waits until the datapath holds it (30 s).")
final class ApplyCommand extends Verb<ApplyRequest> {
    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            required = true,
            description = "The whole configuration, YAML; - for standard input.")
    private Path path = Path.of("-");

    @Option(
            names = "--allow-delete",
            description = "May remove a service, a VIP with live flows, more than half of a service's members, or all.")
    private boolean allowDelete;

    @Mixin
    private ChangeFlags flags = new ChangeFlags();

    @Override
    ApplyRequest request() {
        InputFile file = InputFile.read(path, main().shell());
        return ApplyRequest.newBuilder()
                .setYaml(file.bytes())
                .setFileName(file.name())
                .setOptions(flags.toOptions(main()).setAllowDelete(allowDelete))
                .build();
    }

    @Override
    int ask(Daemon daemon, ApplyRequest request) {
        return flags.report(daemon.apply(request, request.getFileName()), main());
    }
}
