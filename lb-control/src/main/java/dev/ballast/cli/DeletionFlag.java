package dev.ballast.cli;

import dev.ballast.v1.ChangeOptions;
import picocli.CommandLine.Option;

/** The option of verbs whose change may take something away. */
final class DeletionFlag {
    @Option(
            names = "--allow-delete",
            description = "May remove a service, a VIP with live flows, more than half of a service's members, or all.")
    private boolean allowed;

    ChangeOptions.Builder addTo(ChangeOptions.Builder options) {
        return options.setAllowDelete(allowed);
    }
}
