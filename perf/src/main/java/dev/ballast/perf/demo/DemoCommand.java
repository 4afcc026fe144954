package dev.ballast.perf.demo;

import dev.ballast.lab.LabException;
import java.io.Console;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code packaging/demo}: the demonstration for people. Exit status 0: as promised; 1: not, or it could not be run; 2: usage. */
public final class DemoCommand {
    private DemoCommand() {}

    /** The first argument is the distribution's folder; {@code packaging/demo} gives it. */
    public static void main(String[] arguments) {
        System.exit(run(new ArrayList<>(List.of(arguments))));
    }

    private static int run(List<String> arguments) {
        Path distribution = Path.of(arguments.removeFirst());
        boolean keep = arguments.remove("--keep");
        if (!arguments.isEmpty()) {
            System.err.println("demo: unknown: " + String.join(" ", arguments) + "; see packaging/demo --help");
            return 2;
        }
        boolean terminal =
                Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
        try {
            return show(distribution, terminal, keep);
        } catch (LabException | IllegalStateException e) {
            System.err.println("demo: " + e.getMessage());
            return 1;
        }
    }

    @SuppressWarnings("ClosingStandardOutputStreams") // the demonstration is closed, not what it prints to
    private static int show(Path distribution, boolean terminal, boolean keep) {
        try (Demo demo = new Demo(distribution, System.out, terminal)) {
            Report report = demo.run();
            report.lines().forEach(System.out::println);
            if (keep) {
                System.out.println();
                demo.keep().forEach(System.out::println);
            }
            return report.problems().isEmpty() ? 0 : 1;
        }
    }
}
