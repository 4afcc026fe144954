package dev.ballast.cli;

import dev.ballast.v1.ChangeOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option of verbs whose change has a budget. */
final class BudgetFlag {
    @Option(
            names = "--max-disruption",
            paramLabel = "SHARE",
            description =
                    "Refuses what would disturb more than this share of a service's live flows (not tracked: of its"
                            + " slots), such as 2%% or 0.5%%. Default: fleet.maxDisruption of the running configuration.")
    @Nullable
    private Share share;

    /** The conditions, with the budget if one was given. */
    ChangeOptions.Builder addTo(ChangeOptions.Builder options) {
        return share == null ? options : options.setMaxDisruptionBasisPoints(share.basisPoints());
    }
}
