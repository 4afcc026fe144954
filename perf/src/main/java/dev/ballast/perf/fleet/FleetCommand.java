package dev.ballast.perf.fleet;

import dev.ballast.perf.options.OutputOption;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code packaging/bench fleet}. Exit status 0: simulated; 1: the plot could not be written; 2: usage. */
@Command(
        name = "packaging/bench fleet",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Simulates what an event breaks in a fleet of 8 balancers behind ECMP routers, with 100 backends of equal weight: the connections"
                    + " of which a packet reaches another backend than their first one did, or whose backend dies.",
            "",
            "events: each with each way to choose a backend. minimum: what no choice could save. Maglev, rendezvous, ring hash (160 points a"
                    + " backend), jump: without tracking. tracking: Maglev, and each balancer remembers its flows. generations: and keeps the previous ring,"
                    + " as the daemon does by default.",
            "",
            "The other tables: tracking, by how long a previous ring is kept after a change. off: not at all. 5m, 1h: for so long at most, as the"
                    + " daemon does: the first of several changes counts, and it ends when more flows are of after the change. by time: without"
                    + " looking at the flows. newest: a further change replaces what is kept; always: and only that.",
            "",
            "routers: resilient, where only the flows of a lost or returned balancer move; modulo, where nearly all do."
        })
public final class FleetCommand implements Callable<Integer> {
    private static final long MIN_FLOWS = 1_000;
    private static final long MAX_FLOWS = 1_000_000_000;

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private OutputOption output = new OutputOption();

    @Option(
            names = "--flows",
            paramLabel = "N",
            description = "Connections that are live at any instant. Default: ${DEFAULT-VALUE}.")
    private long flows = 1_000_000;

    @Option(
            names = "--seed",
            paramLabel = "S",
            description = "What all random numbers derive from. Default: ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Option(names = "--svg", paramLabel = "FILE", description = "Writes a plot of the results there, too.")
    private @Nullable Path svg;

    /** Ends the JVM with the exit status. */
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new FleetCommand()).setCaseInsensitiveEnumValuesAllowed(true);
    }

    @Override
    public Integer call() {
        if (flows < MIN_FLOWS || flows > MAX_FLOWS) {
            throw new ParameterException(
                    commandSpec().commandLine(),
                    "--flows %d: give %d to %d; below that chance decides".formatted(flows, MIN_FLOWS, MAX_FLOWS));
        }
        Results results = Results.simulate(flows, seed);
        PrintWriter out = commandSpec().commandLine().getOut();
        (output.isJson() ? Report.json(results) : Report.table(results)).forEach(out::println);
        out.flush();
        return svg == null || write(svg, Plot.svg(results)) ? 0 : 1;
    }

    private boolean write(Path file, String text) {
        try {
            Files.writeString(file, text);
            return true;
        } catch (IOException e) {
            commandSpec()
                    .commandLine()
                    .getErr()
                    .println(
                            "packaging/bench fleet: --svg %s: cannot be written (%s); give a file in a directory that exists"
                                    .formatted(file, e));
            return false;
        }
    }

    private CommandSpec commandSpec() {
        if (spec == null) {
            throw new IllegalStateException("picocli has not set the spec");
        }
        return spec;
    }
}
