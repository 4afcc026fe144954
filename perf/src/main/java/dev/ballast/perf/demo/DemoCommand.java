package dev.ballast.perf.demo;

import dev.ballast.lab.Lab;
import dev.ballast.lab.LabException;
import java.io.Console;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code packaging/demo}: the demonstration for people. Exit status 0: as promised; 1: not, or it could not be run; 2: usage. */
public final class DemoCommand {
    private static final String USAGE = """
            usage: packaging/demo [--keep]       build, then show Ballast at work in network namespaces, with a report
                   packaging/demo --down ID      take down a lab that --keep left up
              --keep   leave the lab and the daemon up at the end, and print commands to try in it""";

    private DemoCommand() {}

    /** The first argument is the distribution's folder; {@code packaging/demo} gives it. */
    public static void main(String[] arguments) {
        System.exit(run(new ArrayList<>(List.of(arguments))));
    }

    private static int run(List<String> arguments) {
        Path distribution = Path.of(arguments.removeFirst());
        if (arguments.size() == 2 && arguments.getFirst().equals("--down")) {
            return down(arguments.getLast());
        }
        boolean keep = arguments.remove("--keep");
        if (!arguments.isEmpty()) {
            System.err.println(USAGE);
            return arguments.equals(List.of("--help")) ? 0 : 2;
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

    private static int down(String id) {
        try {
            Lab.remove(id);
            return 0;
        } catch (LabException e) {
            System.err.println("demo: " + e.getMessage());
            return 1;
        }
    }
}
