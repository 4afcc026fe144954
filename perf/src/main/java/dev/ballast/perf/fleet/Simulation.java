package dev.ballast.perf.fleet;

import dev.ballast.perf.fleet.Timeline.State;
import dev.ballast.perf.fleet.Variant.Tracking;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Walks flows through the states of a fleet and counts those that break.
 *
 * <p>Connections come at a constant rate, and have done so for ever when the first event happens. Only those that are live at some event
 * can break, so only they are drawn: for each state those that are live when it begins, of which the ones that began before the last
 * state have been drawn with that. A connection lives from its drawing's age backwards and its remaining length forwards. So the number of
 * flows is what is live at any instant, however short connections are and however far apart events.
 *
 * <p>A flow is broken once, when a packet in mid-stream reaches another backend than its first packet did, or when that backend dies.
 * Then its client gives it up. Not thread-safe.
 */
final class Simulation {
    private record Placed(Algorithm algorithm, Membership membership) {}

    private final int balancers;
    private final int backends;
    private final long flows;
    private final long seed;
    private final Map<Placed, Placement> placements = new HashMap<>();

    /** A fleet, the number of flows that are live at any instant, and what all random numbers derive from. */
    Simulation(int balancers, int backends, long flows, long seed) {
        this.balancers = balancers;
        this.backends = backends;
        this.flows = flows;
        this.seed = seed;
    }

    /** How many flows are live at any instant. */
    long flows() {
        return flows;
    }

    /** The number of flows that each variant breaks over the whole scenario, in the order of {@code variants}. */
    Map<Variant, Long> broken(Scenario scenario, List<Variant> variants) {
        long scenarioSeed = Mix.mix(seed ^ Mix.mix(scenario.name().hashCode()));
        Timeline timeline = Timeline.of(scenario, balancers, backends, scenarioSeed);
        Map<Variant, Fleet> fleets = fleets(variants, scenario, timeline, scenarioSeed);
        Fleet[] distinct = fleets.values().stream().distinct().toArray(Fleet[]::new);
        State[] states = timeline.states().toArray(State[]::new);
        Path path = new Path(states);
        for (int first = 1; first < states.length; first++) {
            SplittableRandom random = new SplittableRandom(Mix.mix(scenarioSeed + first));
            double oldestS = states[first].atS() - states[first - 1].atS();
            for (long i = 0; i < flows; i++) {
                double lengthS = scenario.lengths().drawLiveS(random);
                double ageS = lengthS * random.nextDouble();
                if (ageS < oldestS) {
                    path.follow(random.nextLong(), first, lengthS - ageS);
                    for (Fleet fleet : distinct) {
                        fleet.walk(path);
                    }
                }
            }
        }
        Map<Variant, Long> broken = new LinkedHashMap<>();
        fleets.forEach((variant, fleet) -> broken.put(variant, fleet.broken));
        return broken;
    }

    /** Variants that would do the same in this timeline share a fleet. */
    private Map<Variant, Fleet> fleets(
            List<Variant> variants, Scenario scenario, Timeline timeline, long scenarioSeed) {
        Census census = new Census(placements(Algorithm.MAGLEV, timeline), scenario.lengths(), Mix.mix(scenarioSeed));
        Map<Variant, Fleet> fleets = new LinkedHashMap<>();
        for (Variant variant : variants) {
            int[][] previous = timeline.previous(variant.keepPrevious(), census);
            Fleet fleet = fleets.entrySet().stream()
                    .filter(other -> other.getKey().algorithm() == variant.algorithm()
                            && other.getKey().tracking() == variant.tracking()
                            && Arrays.deepEquals(other.getValue().previous, previous))
                    .map(Map.Entry::getValue)
                    .findFirst()
                    .orElseGet(() -> new Fleet(
                            variant.tracking(), timeline, placements(variant.algorithm(), timeline), previous));
            fleets.put(variant, fleet);
        }
        return fleets;
    }

    private Placement[] placements(Algorithm algorithm, Timeline timeline) {
        return timeline.memberships().stream()
                .map(membership -> placements.computeIfAbsent(
                        new Placed(algorithm, membership), placed -> algorithm.place(membership)))
                .toArray(Placement[]::new);
    }

    /** Where the routers send one flow: the same in all variants. Used again for the next flow. */
    private static final class Path {
        private final State[] states;

        /** By state: the balancer that gets the flow's packets. */
        private final int[] balancers;

        /** By state: whether that balancer has not seen the flow before, or has forgotten it. */
        private final boolean[] unknown;

        private long hash;

        /** The first state in which the flow sends in mid-stream; its first packet came in the state before. */
        private int first;

        /** After the last state in which it sends. */
        private int end;

        Path(State[] states) {
            this.states = states;
            balancers = new int[states.length];
            unknown = new boolean[states.length];
        }

        void follow(long flowHash, int firstState, double remainingS) {
            hash = flowHash;
            first = firstState;
            long routerHash = Mix.mix(flowHash);
            double endS = states[first].atS() + remainingS;
            balancers[first - 1] = states[first - 1].route(routerHash);
            long known = 1L << balancers[first - 1];
            end = first;
            do {
                known &= ~states[end].emptied();
                balancers[end] = states[end].route(routerHash);
                long bit = 1L << balancers[end];
                unknown[end] = (known & bit) == 0;
                known |= bit;
                end++;
            } while (end < states.length && states[end].atS() < endS);
        }
    }

    /** The balancers of one variant. */
    private static final class Fleet {
        private final Tracking tracking;
        private final List<Membership> memberships;
        private final State[] states;
        private final Placement[] placements;
        private final int[][] previous;
        private long broken;

        Fleet(Tracking tracking, Timeline timeline, Placement[] placements, int[][] previous) {
            this.tracking = tracking;
            this.placements = placements;
            this.previous = previous;
            memberships = timeline.memberships();
            states = timeline.states().toArray(State[]::new);
        }

        /** A table that has the flow has its first backend: with any other the flow were broken. */
        void walk(Path path) {
            int version = states[path.first - 1].versions()[path.balancers[path.first - 1]];
            int backend = placements[version].pick(path.hash);
            for (int i = path.first; i < path.end; i++) {
                boolean missed = switch (tracking) {
                    case NONE -> true;
                    case LOCAL -> path.unknown[i];
                    case FLEET -> false;
                };
                if (states[i].deadBackends().get(backend)
                        || (missed && backend(path.hash, i, path.balancers[i], version, backend) != backend)) {
                    broken++;
                    return;
                }
            }
        }

        /** Where a packet in mid-stream goes whose flow the balancer does not know; {@code known} is what {@code knownVersion} says. */
        private int backend(long hash, int state, int balancer, int knownVersion, int known) {
            int current = states[state].versions()[balancer];
            int earlier = previous[state][balancer];
            if (tracking != Tracking.NONE && earlier != KeepPrevious.NONE) {
                int choice = earlier == knownVersion ? known : placements[earlier].pick(hash);
                if (memberships.get(current).serves(choice)) {
                    return choice;
                }
            }
            return current == knownVersion ? known : placements[current].pick(hash);
        }
    }
}
