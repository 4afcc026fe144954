package dev.ballast.perf.fleet;

import java.util.List;
import java.util.Map;

/**
 * Scenarios, and what each variant broke in each.
 *
 * @param name for people
 * @param variants the columns
 * @param rows one a scenario
 * @param liveFlows how many flows were live at any instant
 */
record Study(String name, List<Variant> variants, List<Row> rows, long liveFlows) {
    /** The product's default. */
    private static final KeepPrevious DEFAULT = KeepPrevious.votedWithin(300);

    /** The product with the longest time that it takes. */
    static final Variant HOUR = Variant.tracked("1h", KeepPrevious.votedWithin(3600));

    /** Tracking alone, and asking for ever: between them lies the break-even. */
    static final Variant OFF = Variant.tracked("off", KeepPrevious.NEVER);

    static final Variant ALWAYS = Variant.tracked("always", KeepPrevious.ALWAYS);

    /** What the events are measured with; the first column is the least possible. */
    static final List<Variant> ALGORITHMS = List.of(
            Variant.MINIMUM,
            Variant.untracked("Maglev", Algorithm.MAGLEV),
            Variant.tracked("tracking", KeepPrevious.NEVER),
            Variant.tracked("generations", DEFAULT),
            Variant.untracked("rendezvous", Algorithm.RENDEZVOUS),
            Variant.untracked("ring hash", Algorithm.RING_HASH),
            Variant.untracked("jump", Algorithm.JUMP));

    /** What ring generations are measured with. */
    static final List<Variant> POLICIES = List.of(
            Variant.MINIMUM,
            OFF,
            Variant.tracked("5m", DEFAULT),
            HOUR,
            Variant.tracked("1m by time", KeepPrevious.within(60)),
            Variant.tracked("5m by time", KeepPrevious.within(300)),
            Variant.tracked("5m newest", KeepPrevious.newestWithin(300)),
            ALWAYS);

    /**
     * One scenario.
     *
     * @param broken number of flows by variant
     */
    record Row(Scenario scenario, Map<Variant, Long> broken) {}

    /** Plays each scenario once, all variants on the same flows. */
    static Study run(String name, Simulation simulation, List<Variant> variants, List<Scenario> scenarios) {
        return new Study(
                name,
                variants,
                scenarios.stream()
                        .map(scenario -> new Row(scenario, simulation.broken(scenario, variants)))
                        .toList(),
                simulation.flows());
    }

    /** The part of the live flows that a variant broke, in per cent. Over several events it may be more than 100. */
    double percent(Row row, Variant variant) {
        return 100.0 * row.broken().getOrDefault(variant, 0L) / liveFlows;
    }
}
