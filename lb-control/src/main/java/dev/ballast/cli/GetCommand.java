package dev.ballast.cli;

import dev.ballast.v1.GetConfigReply;
import dev.ballast.v1.GetConfigRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import picocli.CommandLine.Command;

@Command(
        name = "get",
        header = "Prints the running configuration.",
        description = "Prints the running configuration as YAML (-o json: as JSON); apply takes it back unchanged.")
final class GetCommand extends Verb<GetConfigRequest> {
    @Override
    GetConfigRequest request() {
        return GetConfigRequest.getDefaultInstance();
    }

    @Override
    int ask(Daemon daemon, GetConfigRequest request) {
        GetConfigReply reply = daemon.config(request);
        if (main().output() == Output.JSON) {
            main().shell().out().println(reply.getJson());
            return ExitStatus.DONE;
        }
        try {
            // Bytes as they are: YAML comments and names need no detour over characters.
            reply.getYaml().writeTo(main().shell().out());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return ExitStatus.DONE;
    }
}
