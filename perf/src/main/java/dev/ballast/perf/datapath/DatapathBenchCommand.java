package dev.ballast.perf.datapath;

import dev.ballast.bpf.BpfException;
import dev.ballast.control.model.Node;
import dev.ballast.control.model.Units;
import dev.ballast.perf.options.OutputOption;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code packaging/bench datapath}. Exit status 0: measured; 1: it could not be; 2: usage. */
@Command(
        name = "packaging/bench datapath",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures what one packet costs in the datapath: nanoseconds of CPU time on one pinned CPU, the harness subtracted.",
            "",
            "Each scenario names the verdict that its packets have to get; if a thousandth of them gets another one, there is no figure.",
            "",
            "features: what the measured program has. It is loaded as the daemon would load it, with what the scenario's configuration uses and"
                    + " nothing else. untracked: of packets whose flow had been seen before, those that did not find it; ! where that is more than it shall"
                    + " be (`untrackedAim` in JSON: 1e-5 where the table is half full). Many flows are opened by a SYN each, as connections are.",
            "",
            "ratio: netMinNs by Katran's own figure for such packets, which was measured on one 2-core virtual machine by this method. It only"
                    + " means something on a machine like that one, where `empty` costs about 6 ns (`comparable` in JSON: whether it is 4 to 8)."
                    + " There is no way to convert it: cache misses, helper calls and returns each differ by another factor. aim: what the"
                    + " ratio shall be at most there."
        })
public final class DatapathBenchCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private OutputOption output = new OutputOption();

    @Option(names = "--scenario", paramLabel = "NAME", description = "Only this one; may be given several times.")
    private List<String> names = new ArrayList<>();

    @Option(
            names = "--runs",
            paramLabel = "N",
            description = "Runs of each scenario, 1 or more. Default: ${DEFAULT-VALUE}.")
    private int runs = DatapathBench.Options.DEFAULT_RUNS;

    @Option(names = "--minutes", paramLabel = "M", description = "Goes on with further runs for so long.")
    private double minutes;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "Seed of the secret that places the flows. Default: ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Option(
            names = "--flows",
            paramLabel = "SIZE",
            description = "Size of the main flow table, such as 2Mi. Default: the daemon's.")
    private @Nullable String flows;

    @Option(names = "--cpu", paramLabel = "N", description = "The CPU that measures. Default: the last one.")
    private int cpu = Runtime.getRuntime().availableProcessors() - 1;

    @Option(
            names = "--beside",
            paramLabel = "FILE",
            description = "Another balancer.bpf.o of the same layout, measured in the same rounds on the same tables.")
    private @Nullable Path beside;

    /** Ends the JVM with the exit status. */
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new DatapathBenchCommand())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((failure, command, result) -> {
                    if (failure instanceof BenchException || failure instanceof BpfException) {
                        command.getErr().println("packaging/bench datapath: " + failure.getMessage());
                        return 1;
                    }
                    throw failure;
                });
    }

    @Override
    public Integer call() {
        List<Scenario> scenarios = chosen();
        DatapathBench.Options options = options();
        CpuAffinity.pin(cpu);
        try (DatapathBench bench = new DatapathBench(options)) {
            List<Result> results = bench.run(scenarios);
            PrintWriter out = commandSpec().commandLine().getOut();
            (output.isJson() ? Report.json(results) : Report.table(results)).forEach(out::println);
            out.flush();
        }
        return 0;
    }

    /** Those that were named, in their usual order; all if none was. */
    List<Scenario> chosen() {
        List<Scenario> all = Scenarios.all();
        for (String name : names) {
            if (all.stream().noneMatch(scenario -> scenario.name().equals(name))) {
                throw usage("--scenario %s: there is none of that name; there are %s"
                        .formatted(name, all.stream().map(Scenario::name).collect(Collectors.joining(", "))));
            }
        }
        return all.stream()
                .filter(scenario -> names.isEmpty() || names.contains(scenario.name()))
                .toList();
    }

    DatapathBench.Options options() {
        if (runs < 1) {
            throw usage("--runs %d: at least one run is needed".formatted(runs));
        }
        if (!(minutes >= 0 && minutes <= 24 * 60)) {
            throw usage(String.format(Locale.ROOT, "--minutes %s: 0 to 1440", minutes));
        }
        return new DatapathBench.Options(
                runs,
                Duration.ofMillis(Math.round(minutes * 60_000)),
                DatapathBench.Options.DEFAULT_PACKETS,
                tableFlows(),
                seed,
                object());
    }

    private long tableFlows() {
        if (flows == null) {
            return Node.Limits.DEFAULT.flows();
        }
        try {
            long size = Units.parseSize(flows);
            if (Long.bitCount(size) != 1 || size < 512 << 10 || size > 128 << 20) {
                throw usage("--flows %s: a power of two from 512Ki to 128Mi".formatted(flows));
            }
            return size;
        } catch (IllegalArgumentException e) {
            throw usage("--flows %s: %s; such as 2Mi".formatted(flows, e.getMessage()));
        }
    }

    private Optional<byte[]> object() {
        if (beside == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(Files.readAllBytes(beside));
        } catch (IOException e) {
            throw usage("--beside %s: cannot be read (%s); give the path of a balancer.bpf.o".formatted(beside, e));
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
