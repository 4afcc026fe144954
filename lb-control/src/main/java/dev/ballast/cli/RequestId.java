package dev.ballast.cli;

import dev.ballast.v1.ChangeOptions;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option of verbs whose change is known by its id, so that a repetition does not make it twice. */
final class RequestId {
    private static final Pattern VALID = Pattern.compile("[!-~]{1,64}");

    @Option(
            names = "--request-id",
            paramLabel = "ID",
            description =
                    "For scripts that repeat a change whose outcome they missed: one that was accepted under this id"
                            + " is not made again, and answered with what became of it. Default: a random one.")
    @Nullable
    private String id;

    ChangeOptions.Builder addTo(ChangeOptions.Builder options, Main main) {
        if (id != null && !VALID.matcher(id).matches()) {
            throw main.misuse("--request-id '" + id + "': an id has 1 to 64 printable ASCII characters, none a space");
        }
        return options.setRequestId(id == null ? main.shell().requestIds().get() : id);
    }
}
