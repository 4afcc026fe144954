package dev.ballast.perf.control;

import dev.ballast.lab.LabException;
import dev.ballast.perf.options.OutputOption;
import io.grpc.StatusRuntimeException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code packaging/bench control}. Exit status 0: measured; 1: it could not be; 2: usage. */
@Command(
        name = "packaging/bench control",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures the control plane: a daemon in the lab, with XDP in its interface, under a generated configuration.",
            "",
            "Cold apply: from the call to a client's connection through the last service. Changes: from the call to the answer that says done, which"
                    + " comes after the tables were written; each is of another service. Memory: /proc/PID/status.",
            "",
            "Backends lie behind one gateway and are not checked.",
            "",
            "Before that a daemon with ten services: from the start of its process until the kernel holds the configuration, cold and adopting; its"
                    + " memory; `ballast status`, the whole command."
        })
public final class ControlBenchCommand implements Callable<Integer> {
    private static final Deployment WHOLE = new Deployment(10_000, 100_000, 20_000, 4_093);
    private static final Deployment QUICK = new Deployment(500, 5_000, 1_000, 4_093);

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(
            index = "0",
            paramLabel = "DISTRIBUTION",
            hidden = true,
            description = "The distribution's folder; packaging/bench gives it.")
    private Path distribution = Path.of(".");

    @Mixin
    private OutputOption output = new OutputOption();

    @Option(names = "--quick", description = "500 services, 5,000 members, 1,000 addresses, unless given.")
    private boolean quick;

    @Option(names = "--services", paramLabel = "N", description = "Default: 10000.")
    private @Nullable Integer services;

    @Option(names = "--members", paramLabel = "N", description = "Of all services together. Default: 100000.")
    private @Nullable Integer members;

    @Option(names = "--addresses", paramLabel = "N", description = "That the members have. Default: 20000.")
    private @Nullable Integer addresses;

    @Option(names = "--slots", paramLabel = "N", description = "Of each ring, a prime. Default: 4093.")
    private @Nullable Integer slots;

    @Option(
            names = "--changes",
            paramLabel = "N",
            defaultValue = "300",
            description = "Changes of each kind. Default: ${DEFAULT-VALUE}.")
    private int changes;

    @Option(names = "--small", description = "Only the daemon with ten services: its start, its memory, the command.")
    private boolean small;

    /** Ends the JVM with the exit status. */
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new ControlBenchCommand()).setCaseInsensitiveEnumValuesAllowed(true);
    }

    @Override
    public Integer call() {
        Deployment deployment = deployment();
        PrintWriter out = commandSpec().commandLine().getOut();
        if (!output.isJson()) {
            out.println(Figure.heading());
        }
        Consumer<Figure> print = figure -> {
            out.println(output.isJson() ? figure.json() : figure.line());
            out.flush();
        };
        try {
            try (StartRun run = new StartRun(distribution, print)) {
                run.run();
            }
            if (!small) {
                try (ScaleRun run = new ScaleRun(distribution, deployment, changes, print)) {
                    run.run();
                }
            }
        } catch (LabException | IllegalStateException | StatusRuntimeException e) {
            commandSpec().commandLine().getErr().println("control: " + e.getMessage());
            return 1;
        }
        return 0;
    }

    /** What the options come to. */
    Deployment deployment() {
        Deployment base = quick ? QUICK : WHOLE;
        Deployment chosen = new Deployment(
                services == null ? base.services() : services,
                members == null ? base.members() : members,
                addresses == null ? base.addresses() : addresses,
                slots == null ? base.slots() : slots);
        if (chosen.services() < 1
                || chosen.members() < 2 * chosen.services()
                || chosen.addresses() < chosen.membersEach()) {
            throw new ParameterException(
                    commandSpec().commandLine(),
                    "%s: at least one service, two members for each, and an address for each member of one"
                            .formatted(chosen));
        }
        return chosen;
    }

    private CommandSpec commandSpec() {
        if (spec == null) {
            throw new IllegalStateException("picocli has not set the spec");
        }
        return spec;
    }
}
