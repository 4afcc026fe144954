package dev.ballast.cli;

import dev.ballast.v1.Problem;
import dev.ballast.v1.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Unmatched;

/** A verb of the design whose feature is not in this build: it says so, and what to do instead. */
abstract class LaterVerb implements Callable<Integer> {
    private final String what;
    private final String cure;

    @Unmatched
    @SuppressWarnings("UnusedVariable") // Whatever was asked for, the answer is the same.
    private List<String> ignored = new ArrayList<>();

    LaterVerb(String what, String cure) {
        this.what = what;
        this.cure = cure;
    }

    @Override
    public final Integer call() {
        Problem problem = Problem.newBuilder()
                .setCure(cure)
                .setMessage(what + ": not in this build; " + cure)
                .build();
        throw CommandFailure.refused(
                ExitStatus.REFUSED, Refusal.newBuilder().addProblems(problem).build(), "");
    }
}
