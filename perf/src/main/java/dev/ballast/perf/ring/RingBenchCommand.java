package dev.ballast.perf.ring;

import dev.ballast.perf.options.OutputOption;
import dev.ballast.perf.ring.RingBench.Effort;
import dev.ballast.perf.ring.Row.Setting;
import dev.ballast.ring.RingMember;
import dev.ballast.ring.RingSize;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.runner.RunnerException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code packaging/bench rings}. Exit status 0: measured; 1: it could not be; 2: usage. */
@Command(
        name = "packaging/bench rings",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures what a ring costs: microseconds a call, least and median of all samples.",
            "",
            "build is all of it: hashing the members, the order of turns, the slots, the shares. buildInC is the straightforward build in C of the"
                    + " same ring from members that are hashed already, buildInCWithTurnsGiven is its probing alone; both are compared with build"
                    + " slot for slot before anything is measured, and take turns with it. The ratios are of the least times.",
            "",
            "removal is the build without one member, from scratch; publish the copy of the slots to where the kernel would read them; disruption"
                    + " the comparison of two rings."
        })
public final class RingBenchCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private OutputOption output = new OutputOption();

    @Option(
            names = "--members",
            paramLabel = "N",
            description = "Only with so many members; may be given several times. Default: 10, 100, 1000.")
    private List<Integer> members = new ArrayList<>();

    @Option(
            names = "--slots",
            paramLabel = "N",
            description = "Only with so many slots; may be given several times. Default: 65537, 655373.")
    private List<Integer> slots = new ArrayList<>();

    @Option(
            names = "--weights",
            paramLabel = "equal|different|mixed",
            description = "Only with such weights; may be given several times. Default: all.")
    private List<Weights> weights = new ArrayList<>();

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "Rounds of everything, 1 or more. Default: 3, about a quarter of an hour in all.")
    private int rounds = Effort.FULL.rounds();

    @Option(
            names = "--quick",
            description = "Shows that everything runs: a moment each, and figures that mean nothing.")
    private boolean quick;

    /** Ends the JVM with the exit status. */
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new RingBenchCommand())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((failure, command, result) -> {
                    if (failure instanceof RunnerException) {
                        Throwable cause = failure.getCause() == null ? failure : failure.getCause();
                        command.getErr().println("packaging/bench rings: JMH could not measure: " + cause);
                        return 1;
                    }
                    throw failure;
                });
    }

    @Override
    public Integer call() throws RunnerException {
        if (quick) {
            // Figures that mean nothing may be taken beside another benchmark.
            System.setProperty("jmh.ignoreLock", "true");
        }
        List<Row> rows = RingBench.run(settings(), effort());
        PrintWriter out = commandSpec().commandLine().getOut();
        (output.isJson() ? RingReport.json(rows) : RingReport.table(rows)).forEach(out::println);
        out.flush();
        return 0;
    }

    List<Setting> settings() {
        List<Setting> settings = new ArrayList<>();
        for (int ofSlots : slots.isEmpty() ? List.of(65_537, 655_373) : slots) {
            for (int ofMembers : members.isEmpty() ? List.of(10, 100, 1_000) : members) {
                for (Weights ofWeights : weights.isEmpty() ? List.of(Weights.values()) : weights) {
                    settings.add(new Setting(checkedMembers(ofMembers), checkedSlots(ofSlots), ofWeights));
                }
            }
        }
        return settings;
    }

    private int checkedMembers(int count) {
        // The highest weight that Weights gives is 99 above the number of members.
        if (count < 2 || count > RingMember.MAX_WEIGHT - 100) {
            throw usage("--members %d: 2 to %d".formatted(count, RingMember.MAX_WEIGHT - 100));
        }
        return count;
    }

    private int checkedSlots(int count) {
        try {
            return new RingSize(count).slots();
        } catch (IllegalArgumentException e) {
            throw usage("--slots %d: %s".formatted(count, e.getMessage()));
        }
    }

    Effort effort() {
        if (rounds < 1) {
            throw usage("--rounds %d: at least one round is needed".formatted(rounds));
        }
        Effort effort = quick ? Effort.QUICK : Effort.FULL;
        return quick ? effort : new Effort(rounds, effort.warmUps(), effort.iterations(), effort.iterationMs());
    }

    private ParameterException usage(String message) {
        return new ParameterException(commandSpec().commandLine(), message);
    }

    private CommandSpec commandSpec() {
        if (spec == null) {
            throw new IllegalStateException("picocli has not set the spec");
        }
        return spec;
    }
}
