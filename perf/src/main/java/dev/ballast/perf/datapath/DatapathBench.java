package dev.ballast.perf.datapath;

import dev.ballast.bpf.BpfProgram;
import dev.ballast.datapath.DatapathObjects;
import dev.ballast.datapath.VerdictReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The measurement: rounds in which every scenario has one run, and each run stands between one of its floor and those of the other
 * scenarios. What it reports is the least and the median of the runs, less those of the floor.
 *
 * <p>Before each run the flow tables are emptied and the scenario's warm-up goes through, so that no scenario sees what another
 * left. All on the calling thread, which has to be pinned before.
 */
final class DatapathBench implements AutoCloseable {
    /** Less would be a figure of something else. */
    private static final double LEAST_SHARE = 0.999;

    /** Connections that are opened before their first other packet comes: all of them find room in the half-open table. */
    private static final int OPENED_AT_ONCE = 4096;

    private static final int FLOOR_WARM_UP_PACKETS = 10_000;

    /**
     * How much is measured.
     *
     * @param runs of each scenario at least
     * @param atLeast goes on with further runs until so much time has passed
     * @param packets of each run
     * @param tableFlows the size of the main flow table, unless a scenario is about one
     * @param seed of the secret that places the flows
     * @param beside a second object to measure in the same rounds and on the same tables, as a swap would load it
     */
    record Options(int runs, Duration atLeast, int packets, long tableFlows, long seed, Optional<byte[]> beside) {
        static final int DEFAULT_RUNS = 9;
        static final int DEFAULT_PACKETS = 1_000_000;

        Options {
            if (runs < 1 || packets < 1) {
                throw new IllegalArgumentException(runs + " runs of " + packets + " packets measure nothing");
            }
        }
    }

    /** Which of the loaded datapaths a scenario needs. */
    private record Place(Configuration configuration, long tableFlows) {}

    /** A program under measurement, and which object it came from. */
    private record Subject(String object, BpfProgram program) {}

    /** A scenario with what its runs came to. */
    private static final class Contest {
        final Scenario scenario;
        final Samples floor = new Samples();
        final List<Entry> entries;

        Contest(Scenario scenario, List<Subject> subjects) {
            this.scenario = scenario;
            this.entries = subjects.stream().map(Entry::new).toList();
        }
    }

    /** One object in one scenario. */
    private static final class Entry {
        final Subject subject;
        final Samples samples = new Samples();
        final Map<VerdictReason, Long> packets = new EnumMap<>(VerdictReason.class);

        Entry(Subject subject) {
            this.subject = subject;
        }
    }

    private final Options options;
    private final Harness harness;
    private final Map<Place, LoadedDatapath> datapaths = new HashMap<>();
    private final Map<Place, List<Subject>> subjects = new HashMap<>();

    DatapathBench(Options options) {
        this.options = options;
        this.harness = new Harness();
    }

    /**
     * Measures them, the floors first.
     *
     * @throws BenchException if packets of a scenario had another verdict than it wants
     */
    List<Result> run(List<Scenario> scenarios) {
        Floors floors = new Floors();
        List<Contest> contests = scenarios.stream()
                .map(scenario -> new Contest(scenario, subjects(scenario)))
                .toList();
        long endNs = System.nanoTime() + options.atLeast().toNanos();
        int runs = 0;
        while (runs < options.runs() || System.nanoTime() < endNs) {
            floors.runOnce();
            contests.forEach(this::runOnce);
            runs++;
        }
        List<Result> results = new ArrayList<>(floors.results());
        contests.forEach(contest -> contest.entries.forEach(entry -> results.add(result(contest, entry))));
        return results;
    }

    /** What belongs to no scenario. */
    private final class Floors {
        final Samples empty = new Samples();
        final Samples aroundEmpty = new Samples();
        final Samples encapOnly = new Samples();

        void runOnce() {
            harness.send(Scenarios.all().getFirst().frame(), 1);
            empty.add(harness.runBare(harness.empty(), options.packets()));
            aroundEmpty.add(runFloor(harness.empty()));
            encapOnly.add(runFloor(harness.encapOnly()));
        }

        List<Result> results() {
            int runs = empty.count();
            long packets = (long) runs * options.packets();
            return List.of(
                    Result.floor(
                            "empty",
                            "XDP_TX and nothing else, without the harness; nothing subtracted",
                            empty.min(),
                            empty.median(),
                            runs,
                            packets),
                    Result.floor(
                            "harness",
                            "the harness around it: what is subtracted from the others",
                            aroundEmpty.min(),
                            aroundEmpty.median(),
                            runs,
                            packets),
                    Result.floor(
                            "encap_only",
                            "room for an IPv4 header, and a constant one into it",
                            encapOnly.min() - aroundEmpty.min(),
                            encapOnly.median() - aroundEmpty.median(),
                            runs,
                            packets));
        }
    }

    private void runOnce(Contest contest) {
        harness.send(contest.scenario.frame(), contest.scenario.flows());
        contest.floor.add(runFloor(harness.empty()));
        contest.entries.forEach(entry -> runOnce(contest.scenario, entry));
    }

    private double runFloor(BpfProgram program) {
        harness.target(program);
        harness.run(Math.min(FLOOR_WARM_UP_PACKETS, options.packets()));
        return harness.run(options.packets());
    }

    private void runOnce(Scenario scenario, Entry entry) {
        LoadedDatapath datapath = datapath(scenario);
        datapath.forgetFlows();
        harness.target(entry.subject.program());
        scenario.opening().ifPresent(opening -> open(scenario, opening));
        harness.send(scenario.frame(), scenario.flows());
        harness.run(scenario.warmUpPackets());

        Map<VerdictReason, Long> before = datapath.packets();
        entry.samples.add(harness.run(options.packets()));
        Map<VerdictReason, Long> verdicts = new EnumMap<>(VerdictReason.class);
        datapath.packets().forEach((reason, count) -> {
            long packets = count - before.getOrDefault(reason, 0L);
            if (packets != 0) {
                verdicts.put(reason, packets);
                entry.packets.merge(reason, packets, Long::sum);
            }
        });
        check(scenario, verdicts);
    }

    /** Each flow's opening and its first packet after it. */
    private void open(Scenario scenario, byte[] opening) {
        for (int first = 0; first < scenario.flows(); first += OPENED_AT_ONCE) {
            harness.send(opening, scenario.flows(), first);
            harness.run(OPENED_AT_ONCE);
            harness.send(scenario.frame(), scenario.flows(), first);
            harness.run(OPENED_AT_ONCE);
        }
    }

    /** A path of errors is fast. */
    private void check(Scenario scenario, Map<VerdictReason, Long> verdicts) {
        long counted = verdicts.values().stream().mapToLong(Long::longValue).sum();
        if (counted != options.packets()) {
            throw new BenchException(
                    "scenario %s: the datapath counted %d of %d packets: something else uses its program, or the harness could not restore a frame; run it again alone"
                            .formatted(scenario.name(), counted, options.packets()));
        }
        double share = (double) verdicts.getOrDefault(scenario.expected(), 0L) / counted;
        if (share < LEAST_SHARE) {
            String became = verdicts.entrySet().stream()
                    .map(entry -> "%s %.6f".formatted(entry.getKey().label(), (double) entry.getValue() / counted))
                    .collect(Collectors.joining(", "));
            throw new BenchException(
                    "scenario %s: %.6f of the packets were %s instead of at least %s (%s), so the figure would be of something else; correct the scenario or the datapath"
                            .formatted(
                                    scenario.name(), share, scenario.expected().label(), LEAST_SHARE, became));
        }
    }

    private Result result(Contest contest, Entry entry) {
        Scenario scenario = contest.scenario;
        int runs = entry.samples.count();
        long packets = (long) runs * options.packets();
        Map<VerdictReason, Double> shares = new EnumMap<>(VerdictReason.class);
        entry.packets.forEach((reason, count) -> shares.put(reason, (double) count / packets));
        return new Result(
                scenario.name(),
                scenario.what(),
                entry.subject.object(),
                datapath(scenario).features(),
                entry.samples.min() - contest.floor.min(),
                entry.samples.median() - contest.floor.median(),
                contest.floor.min(),
                runs,
                packets,
                tableFlows(scenario),
                scenario.flows(),
                Optional.of(scenario.expected()),
                shares,
                scenario.untrackedAim(),
                scenario.reference());
    }

    private long tableFlows(Scenario scenario) {
        return scenario.tableFlows().orElse(options.tableFlows());
    }

    private Place place(Scenario scenario) {
        return new Place(scenario.configuration(), tableFlows(scenario));
    }

    private LoadedDatapath datapath(Scenario scenario) {
        return datapaths.computeIfAbsent(
                place(scenario),
                place -> new LoadedDatapath(place.configuration(), place.tableFlows(), options.seed()));
    }

    /** What is measured in a scenario: the object of this build and the one beside it. */
    private List<Subject> subjects(Scenario scenario) {
        LoadedDatapath datapath = datapath(scenario);
        return subjects.computeIfAbsent(place(scenario), place -> {
            List<Subject> both = new ArrayList<>(List.of(new Subject(datapath.tag(), datapath.program())));
            options.beside()
                    .ifPresent(object -> both.add(new Subject(
                            DatapathObjects.tag(object),
                            datapath.prepare(object).program())));
            return both;
        });
    }

    /** Takes everything out of the kernel. */
    @Override
    public void close() {
        harness.close();
        datapaths.values().forEach(LoadedDatapath::close);
    }
}
