package dev.ballast.cli;

import java.util.LinkedHashMap;
import java.util.Objects;
import java.util.SequencedSet;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Stream;
import picocli.CommandLine;

/**
 * The verbs by name, in the order of the help. Where the first word is one of them only that one is looked into: picocli
 * reads the annotations of each verb that it is told of, and a start has no time for twenty.
 */
final class Verbs {
    private static final LinkedHashMap<String, Supplier<Callable<Integer>>> ALL = new LinkedHashMap<>();

    static {
        ALL.put("apply", ApplyCommand::new);
        ALL.put("plan", PlanCommand::new);
        ALL.put("diff", DiffCommand::new);
        ALL.put("check", CheckCommand::new);
        ALL.put("get", GetCommand::new);
        ALL.put("set", SetCommand::new);
        ALL.put("drain", DrainCommand::new);
        ALL.put("undrain", UndrainCommand::new);
        ALL.put("history", HistoryCommand::new);
        ALL.put("rollback", RollbackCommand::new);
        ALL.put("status", StatusCommand::new);
        ALL.put("top", TopCommand::new);
        ALL.put("flows", FlowsCommand::new);
        ALL.put("health", HealthCommand::new);
        ALL.put("events", EventsCommand::new);
        ALL.put("doctor", DoctorCommand::new);
        ALL.put("explain", ExplainCommand::new);
        ALL.put("replay", ReplayCommand::new);
        ALL.put("capture", CaptureCommand::new);
        ALL.put("swap", SwapCommand::new);
        ALL.put("node", NodeCommand::new);
        ALL.put("bgp", BgpCommand::new);
        ALL.put("offload", OffloadCommand::new);
        ALL.put("teardown", TeardownCommand::new);
        ALL.put("names", NamesCommand::new);
    }

    private Verbs() {}

    static SequencedSet<String> names() {
        return ALL.sequencedKeySet();
    }

    /** Adds what {@code args} may need. */
    static void addTo(CommandLine command, String... args) {
        Stream<String> needed = args.length > 0 && ALL.containsKey(args[0]) ? Stream.of(args[0]) : names().stream();
        needed.forEach(name -> command.addSubcommand(
                name, Objects.requireNonNull(ALL.get(name)).get()));
    }
}
