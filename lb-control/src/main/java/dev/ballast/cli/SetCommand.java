package dev.ballast.cli;

import dev.ballast.v1.EditRequest;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "set",
        header = "Changes single places of the running configuration.",
        description = {
            "Changes single places of the running configuration, together or not at all, and waits until the datapath"
                    + " holds them, 30 s at most. The next apply of a file overwrites them; `ballast diff` shows what that would be.",
            "An assignment names its place by the whole path, or follows the service or member that it is about. A value is"
                    + " YAML, as it would stand in the file."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  ballast set web/10.0.1.11 weight=50",
            "  ballast set web/10.0.1.11 weight=50 web/10.0.1.12 weight=150",
            "  ballast set services.web.hash=source node.log.level=debug",
            "  ballast set web 'flows={tcpIdle: 5m}'",
            "  ballast set --remove web/10.0.1.12 --remove services.web.sources"
        })
final class SetCommand extends Verb<EditRequest> {
    @Parameters(
            arity = "0..*",
            paramLabel = "SERVICE[/ADDRESS] KEY=VALUE | PATH=VALUE",
            hideParamSyntax = true,
            description = "What to set, and of what.")
    private List<String> words = List.of();

    @Option(
            names = "--remove",
            paramLabel = "PATH",
            description =
                    "Takes this place away (a path, a service or a member), so that its default counts. Comes after"
                            + " what is set; may be given several times.")
    private List<String> removed = List.of();

    @Mixin
    private DeletionFlag deletion = new DeletionFlag();

    @Mixin
    private ChangeFlags flags = new ChangeFlags();

    @Override
    EditRequest request() {
        return EditRequest.newBuilder()
                .addAllEdits(Edits.parse(words, removed, main()))
                .setOptions(deletion.addTo(flags.toOptions(main())))
                .build();
    }

    @Override
    int ask(Daemon daemon, EditRequest request) {
        return flags.report(daemon.edit(request), main());
    }
}
