package dev.ballast.cli;

import dev.ballast.v1.ChangeOptions;
import dev.ballast.v1.SwapReply;
import dev.ballast.v1.SwapRequest;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "swap",
        header = "Replaces the XDP program under traffic.",
        description = "Replaces the XDP program on every interface under traffic; its maps, and so all flows, stay.")
final class SwapCommand extends Verb<SwapRequest> {
    @Option(
            names = "--object",
            paramLabel = "FILE",
            description = "The BPF object to load (default: the one in the daemon's build).")
    @Nullable
    private Path object;

    @Option(names = "--dry-run", description = "Loads and verifies it, and attaches nothing.")
    private boolean dryRun;

    @Override
    SwapRequest request() {
        SwapRequest.Builder request =
                SwapRequest.newBuilder().setOptions(ChangeOptions.newBuilder().setDryRun(dryRun));
        if (object != null) {
            InputFile file = InputFile.read(object, main().shell());
            request.setObject(file.bytes()).setFileName(file.name());
        }
        return request.build();
    }

    @Override
    int ask(Daemon daemon, SwapRequest request) {
        main().print(daemon.swap(request), this::printTable);
        return ExitStatus.DONE;
    }

    private void printTable(SwapReply reply) {
        for (String name : reply.getInterfacesList()) {
            main().shell()
                    .out()
                    .printf(
                            "%s: program %d (%s) -> %d (%s)%n",
                            name,
                            reply.getOldProgramId(),
                            reply.getOldTag(),
                            reply.getNewProgramId(),
                            reply.getNewTag());
        }
        String done = reply.getInterfacesCount() == 0
                ? "swapped, but no interface carries it; ballast status says why"
                : "swapped, all maps kept";
        main().shell().out().println(reply.getChanged() ? done : "dry run: nothing was changed");
    }
}
