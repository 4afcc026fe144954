package dev.ballast.perf.fleet;

import java.util.List;
import java.util.stream.Stream;

/**
 * Everything that {@code packaging/bench fleet} prints and plots.
 *
 * @param events each event with each way to choose a backend
 * @param generations what keeping a previous ring does, by mixture of connection lengths
 */
record Results(Study events, List<Generations> generations) {
    /**
     * What keeping a previous ring does to connections of one mixture of lengths.
     *
     * @param ages how old the live ones are
     * @param sweep a drain and a re-hash some time later, one row for each of {@link Scenarios#SWEEP_S}
     * @param special other events, skew, several changes
     */
    record Generations(FlowLengths lengths, LiveAges ages, Study sweep, Study special) {}

    /** Simulates all of it. A pure function of the number of flows that are live at any instant, and the seed. */
    static Results simulate(long flows, long seed) {
        Simulation simulation = new Simulation(Scenarios.BALANCERS, Scenarios.BACKENDS, flows, seed);
        return new Results(
                Study.run("events", simulation, Study.ALGORITHMS, Scenarios.events()),
                Stream.of(FlowLengths.WEB, FlowLengths.MIXED, FlowLengths.LONG)
                        .map(lengths -> generations(simulation, lengths, seed))
                        .toList());
    }

    private static Generations generations(Simulation simulation, FlowLengths lengths, long seed) {
        List<Scenario> sweep = Scenarios.SWEEP_S.stream()
                .map(rehashS -> Scenarios.sweep(lengths, rehashS))
                .toList();
        return new Generations(
                lengths,
                LiveAges.of(lengths, seed),
                Study.run(lengths + " connections", simulation, Study.POLICIES, sweep),
                Study.run(
                        lengths + " connections, other events",
                        simulation,
                        Study.POLICIES,
                        Scenarios.special(lengths)));
    }

    /** All studies in the order in which they are printed. */
    List<Study> studies() {
        return Stream.concat(
                        Stream.of(events),
                        generations.stream().flatMap(mixture -> Stream.of(mixture.sweep(), mixture.special())))
                .toList();
    }
}
