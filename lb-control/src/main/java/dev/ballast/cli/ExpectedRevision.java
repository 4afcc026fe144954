package dev.ballast.cli;

import dev.ballast.v1.ChangeOptions;
import picocli.CommandLine.Option;

/** The option of verbs that a change by somebody else shall stop. */
final class ExpectedRevision {
    @Option(
            names = "--expected-revision",
            paramLabel = "N",
            description = "Refuses (5) unless revision N is the current one.")
    private long revision;

    ChangeOptions.Builder addTo(ChangeOptions.Builder options, Main main) {
        if (revision < 0) {
            throw main.misuse("--expected-revision " + revision + ": a revision is a number from 1");
        }
        return options.setExpectedRevision(revision);
    }
}
