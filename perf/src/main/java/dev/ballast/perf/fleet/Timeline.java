package dev.ballast.perf.fleet;

import dev.ballast.perf.fleet.KeepPrevious.RingChange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * The states that a fleet passes through while a scenario is played.
 *
 * @param memberships by version, in the order in which they came into being
 * @param states in order of time; the first is before all events
 */
record Timeline(List<Membership> memberships, List<State> states) {
    /** A bit of a word stands for each balancer. */
    static final int MAX_BALANCERS = Long.SIZE;

    /**
     * The fleet from one instant to the next.
     *
     * @param atS since when; of the first state without meaning
     * @param routes from a flow's hash, modulo the length, to its balancer
     * @param versions by balancer: of which membership its ring is
     * @param changes by balancer: its ring changes so far
     * @param deadBackends those that are dead now
     * @param emptied a bit for each balancer whose flow table was lost at this instant
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record State(
            double atS,
            int[] routes,
            int[] versions,
            List<List<RingChange>> changes,
            BitSet deadBackends,
            long emptied) {
        /** The balancer that gets the flow's packets. */
        int route(long routerHash) {
            return routes[(int) ((routerHash >>> 33) % routes.length)];
        }
    }

    /** By state and balancer: the version of the ring that a balancer asks first in mid-stream, or {@link KeepPrevious#NONE}. */
    int[][] previous(KeepPrevious keepPrevious, Census census) {
        return states.stream()
                .map(state -> state.changes().stream()
                        .mapToInt(changes -> keepPrevious.version(changes, state.atS(), census))
                        .toArray())
                .toArray(int[][]::new);
    }

    /** Plays a scenario in a fleet of so many balancers and backends. */
    static Timeline of(Scenario scenario, int balancers, int backends, long seed) {
        if (balancers < 1 || balancers > MAX_BALANCERS) {
            throw new IllegalArgumentException(
                    "a fleet of %d balancers; give 1 to %d".formatted(balancers, MAX_BALANCERS));
        }
        return new Player(scenario.ecmp(), balancers, backends).play(scenario, new SplittableRandom(seed));
    }

    /** What changes while the scenario is played. */
    private static final class Player {
        private final Ecmp ecmp;
        private final boolean[] live;
        private final int[] versions;
        private final List<List<RingChange>> changes;
        private final List<Membership> memberships = new ArrayList<>();
        private final BitSet deadBackends = new BitSet();
        private int[] routes;
        private long emptied;

        Player(Ecmp ecmp, int balancers, int backends) {
            this.ecmp = ecmp;
            live = new boolean[balancers];
            Arrays.fill(live, true);
            versions = new int[balancers];
            changes = new ArrayList<>(Collections.nCopies(balancers, List.of()));
            memberships.add(Membership.of(backends));
            routes = ecmp.start(balancers);
        }

        Timeline play(Scenario scenario, SplittableRandom random) {
            scenario.before().forEach(event -> happen(event));
            memberships.set(0, changed(memberships.getFirst(), scenario.before()));
            emptied = 0;
            List<State> states = new ArrayList<>();
            states.add(state(Double.NEGATIVE_INFINITY));
            instants(scenario, random).forEach((atS, actions) -> {
                emptied = 0;
                actions.forEach(Runnable::run);
                states.add(state(atS));
            });
            return new Timeline(memberships, states);
        }

        /** What is to be done when. At one instant rings change first: a balancer that returns then has the newest and no previous one. */
        private SortedMap<Double, List<Runnable>> instants(Scenario scenario, SplittableRandom random) {
            SortedMap<Double, List<Runnable>> instants = new TreeMap<>();
            for (Scenario.Moment moment : scenario.moments()) {
                double atS = moment.atS();
                Membership next = changed(memberships.getLast(), moment.events());
                if (!next.equals(memberships.getLast())) {
                    int version = memberships.size();
                    memberships.add(next);
                    for (int i = 0; i < versions.length; i++) {
                        int balancer = i;
                        double ownS = atS + random.nextDouble() * scenario.skewS();
                        add(instants, ownS, () -> changeRing(balancer, version, ownS));
                    }
                }
                moment.events().forEach(event -> add(instants, atS, () -> happen(event)));
            }
            return instants;
        }

        private static void add(SortedMap<Double, List<Runnable>> instants, double atS, Runnable action) {
            instants.computeIfAbsent(atS, key -> new ArrayList<>()).add(action);
        }

        private static Membership changed(Membership before, List<FleetEvent> events) {
            Membership after = before;
            for (FleetEvent event : events) {
                if (event instanceof FleetEvent.OfBackend change) {
                    after = change.apply(after);
                }
            }
            return after;
        }

        private void changeRing(int balancer, int version, double atS) {
            if (live[balancer]) {
                List<RingChange> longer = new ArrayList<>(changes.get(balancer));
                longer.add(new RingChange(atS, versions[balancer], version));
                changes.set(balancer, List.copyOf(longer));
            }
            versions[balancer] = version;
        }

        private void happen(FleetEvent event) {
            switch (event) {
                case FleetEvent.BackendDied died -> deadBackends.set(died.backend());
                case FleetEvent.BackendAdded added -> deadBackends.clear(added.backend());
                case FleetEvent.BalancerDied died -> {
                    emptied |= 1L << died.balancer();
                    changes.set(died.balancer(), List.of());
                    setLive(died.balancer(), false);
                }
                case FleetEvent.BalancerReturned returned -> setLive(returned.balancer(), true);
                case FleetEvent.BackendDrained drained -> {}
                case FleetEvent.WeightChanged changed -> {}
            }
        }

        private void setLive(int balancer, boolean lives) {
            live[balancer] = lives;
            routes = ecmp.change(routes, live);
        }

        private State state(double atS) {
            return new State(
                    atS, routes, versions.clone(), List.copyOf(changes), (BitSet) deadBackends.clone(), emptied);
        }
    }
}
