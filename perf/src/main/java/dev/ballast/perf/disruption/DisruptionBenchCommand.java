package dev.ballast.perf.disruption;

import dev.ballast.perf.options.OutputOption;
import dev.ballast.ring.RingMember;
import dev.ballast.ring.RingSize;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code packaging/bench disruption}. Exit status 0: measured; 2: usage. */
@Command(
        name = "packaging/bench disruption",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Counts the slots that a change of members moves beyond those that have to move, of each way to build a ring: median/most over the"
                    + " seeds. What has to move is what members lose of their exact shares.",
            "",
            "Changes: one member is removed; it returns; its weight is halved, doubled, raised by one percent; another address takes its"
                    + " place; a twentieth of all members is removed at once.",
            "",
            "imbalance: the most by which any member's slots differ from its exact share, in percent of that. build ms: CPU time of one build"
                    + " from scratch. MB: what that allocates."
        })
public final class DisruptionBenchCommand implements Callable<Integer> {
    private enum Weights {
        EQUAL,
        MIXED
    }

    private static final List<Integer> ALL_SLOTS = List.of(65_537, 655_373);
    private static final List<Integer> ALL_MEMBERS = List.of(10, 30, 100, 300, 650, 1_000, 2_000);
    private static final int SEEDS = 5;
    private static final List<Integer> QUICK_SLOTS = List.of(65_537);
    private static final List<Integer> QUICK_MEMBERS = List.of(10, 100, 1_000);
    private static final int QUICK_SEEDS = 2;

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private OutputOption output = new OutputOption();

    @Option(names = "--quick", description = "65,537 slots, 10, 100 and 1000 members, 2 seeds, unless given.")
    private boolean quick;

    @Option(
            names = "--slots",
            paramLabel = "N",
            split = ",",
            description = "Sizes of rings, primes. Default: 65537,655373.")
    private @Nullable List<Integer> slots;

    @Option(
            names = "--members",
            paramLabel = "N",
            split = ",",
            description = "Numbers of members. Default: 10,30,100,300,650,1000,2000.")
    private @Nullable List<Integer> members;

    @Option(names = "--seeds", paramLabel = "N", description = "Sets of members for each. Default: 5.")
    private @Nullable Integer seeds;

    @Option(
            names = "--weights",
            paramLabel = "equal|mixed",
            defaultValue = "equal",
            description = "mixed: 100 to 1000, in hundreds. Default: ${DEFAULT-VALUE}.")
    private Weights weights = Weights.EQUAL;

    /** Ends the JVM with the exit status. */
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new DisruptionBenchCommand()).setCaseInsensitiveEnumValuesAllowed(true);
    }

    @Override
    public Integer call() {
        List<Study> studies = studies();
        PrintWriter out = commandSpec().commandLine().getOut();
        if (!output.isJson()) {
            out.println(Report.heading());
        }
        for (Study study : studies) {
            Study.Result result = study.run();
            out.println(output.isJson() ? Report.json(result) : Report.line(result));
            out.flush();
        }
        return 0;
    }

    /** In the order of the table. */
    List<Study> studies() {
        int chosenSeeds = seeds != null ? seeds : quick ? QUICK_SEEDS : SEEDS;
        if (chosenSeeds < 1) {
            throw usage("--seeds %d: at least one is needed".formatted(chosenSeeds));
        }
        List<Integer> counts = members != null ? members : quick ? QUICK_MEMBERS : ALL_MEMBERS;
        for (int count : counts) {
            if (count < 2 || count > RingMember.MAX_INDEX) {
                throw usage("--members %d: 2 to %d, so that one can leave".formatted(count, RingMember.MAX_INDEX));
            }
        }
        List<Integer> chosenSlots = slots != null ? slots : quick ? QUICK_SLOTS : ALL_SLOTS;
        return chosenSlots.stream()
                .map(this::size)
                .flatMap(size -> counts.stream()
                        .flatMap(count -> List.of(Algorithm.values()).stream()
                                .map(algorithm ->
                                        new Study(algorithm, size, count, weights == Weights.MIXED, chosenSeeds))))
                .toList();
    }

    private RingSize size(int count) {
        try {
            return new RingSize(count);
        } catch (IllegalArgumentException e) {
            throw usage("--slots %d: %s".formatted(count, e.getMessage()));
        }
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
