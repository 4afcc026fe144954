package dev.ballast.perf.fleet;

import static dev.ballast.perf.fleet.Scenario.at;

import dev.ballast.perf.fleet.FleetEvent.BackendAdded;
import dev.ballast.perf.fleet.FleetEvent.BackendDied;
import dev.ballast.perf.fleet.FleetEvent.BackendDrained;
import dev.ballast.perf.fleet.FleetEvent.BalancerDied;
import dev.ballast.perf.fleet.FleetEvent.BalancerReturned;
import dev.ballast.perf.fleet.FleetEvent.WeightChanged;
import dev.ballast.perf.fleet.Scenario.Moment;
import java.util.ArrayList;
import java.util.List;

/** The scenarios that are measured. */
final class Scenarios {
    /** Balancers of the fleet. */
    static final int BALANCERS = 8;

    /** Backends of the service. */
    static final int BACKENDS = 100;

    /** Seconds between a ring change and the re-hash of the routers, for the search for the break-even. */
    static final List<Integer> SWEEP_S = List.of(0, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400);

    private static final int BALANCER = 3;
    private static final int BACKEND = 40;

    private Scenarios() {}

    /** Each event that a fleet knows, alone and two at once. */
    static List<Scenario> events() {
        FlowLengths lengths = FlowLengths.MIXED;
        return List.of(
                Scenario.of("backend added", Ecmp.RESILIENT, lengths, at(0, new BackendAdded(BACKENDS))),
                Scenario.of("backend drained", Ecmp.RESILIENT, lengths, at(0, new BackendDrained(BACKEND))),
                Scenario.of("backend dies", Ecmp.RESILIENT, lengths, at(0, new BackendDied(BACKEND))),
                Scenario.of("weight halved", Ecmp.RESILIENT, lengths, at(0, new WeightChanged(BACKEND, 50))),
                Scenario.of("balancer dies", Ecmp.RESILIENT, lengths, at(0, new BalancerDied(BALANCER))),
                Scenario.of("balancer dies", Ecmp.MODULO, lengths, at(0, new BalancerDied(BALANCER))),
                Scenario.of("balancer returns", Ecmp.RESILIENT, lengths, at(0, new BalancerReturned(BALANCER)))
                        .after(new BalancerDied(BALANCER)),
                Scenario.of("balancer returns", Ecmp.MODULO, lengths, at(0, new BalancerReturned(BALANCER)))
                        .after(new BalancerDied(BALANCER)),
                atOnce("drain + balancer dies", Ecmp.RESILIENT, new BackendDrained(BACKEND)),
                atOnce("drain + balancer dies", Ecmp.MODULO, new BackendDrained(BACKEND)),
                atOnce("add + balancer dies", Ecmp.MODULO, new BackendAdded(BACKENDS)),
                atOnce("weight + balancer dies", Ecmp.MODULO, new WeightChanged(BACKEND, 50)),
                atOnce("backend + balancer die", Ecmp.MODULO, new BackendDied(BACKEND)));
    }

    private static Scenario atOnce(String name, Ecmp ecmp, FleetEvent.OfBackend change) {
        return Scenario.of(name, ecmp, FlowLengths.MIXED, at(0, change, new BalancerDied(BALANCER)));
    }

    /** A backend is drained, and the routers re-hash some seconds later because a balancer has died. */
    static Scenario sweep(FlowLengths lengths, int rehashS) {
        return rehashAfter(
                "drain, re-hash after %d s".formatted(rehashS), lengths, rehashS, new BackendDrained(BACKEND));
    }

    /** What ring generations are for, and what they are not for, in addition to {@link #sweep}. */
    static List<Scenario> special(FlowLengths lengths) {
        return List.of(
                rehashAfter("add, re-hash after 30 s", lengths, 30, new BackendAdded(BACKENDS)),
                rehashAfter("weight halved, re-hash after 30 s", lengths, 30, new WeightChanged(BACKEND, 50)),
                rehashAfter("backend dies, re-hash after 30 s", lengths, 30, new BackendDied(BACKEND)),
                sweep(lengths, 0).skewed(10),
                sweep(lengths, 5).skewed(10),
                sweep(lengths, 15).skewed(10),
                Scenario.of(
                                "drain, balancer returns after 10 s",
                                Ecmp.RESILIENT,
                                lengths,
                                at(0, new BackendDrained(BACKEND)),
                                at(10, new BalancerReturned(BALANCER)))
                        .after(new BalancerDied(BALANCER)),
                Scenario.of(
                                "drain, balancer returns after 10 s",
                                Ecmp.MODULO,
                                lengths,
                                at(0, new BackendDrained(BACKEND)),
                                at(10, new BalancerReturned(BALANCER)))
                        .after(new BalancerDied(BALANCER)),
                Scenario.of("balancer dies, no ring change", Ecmp.MODULO, lengths, at(0, new BalancerDied(BALANCER))),
                rehashLast(
                        "drain, return after 30 s, re-hash after 10 s",
                        lengths,
                        at(0, new BackendDrained(BACKEND)),
                        at(30, new BackendAdded(BACKEND))),
                rollingDrain(lengths),
                rollingRestart(lengths, 310),
                rollingRestart(lengths, 610));
    }

    private static Scenario rehashAfter(String name, FlowLengths lengths, double rehashS, FleetEvent.OfBackend change) {
        return Scenario.of(name, Ecmp.MODULO, lengths, at(0, change), at(rehashS, new BalancerDied(BALANCER)));
    }

    /** The routers re-hash ten seconds after the last of these moments. */
    private static Scenario rehashLast(String name, FlowLengths lengths, Moment... moments) {
        List<Moment> all = new ArrayList<>(List.of(moments));
        all.add(at(all.getLast().atS() + 10, new BalancerDied(BALANCER)));
        return new Scenario(name, Ecmp.MODULO, lengths, List.of(), all, 0);
    }

    /** Ten backends leave, one each 30 s. */
    private static Scenario rollingDrain(FlowLengths lengths) {
        Moment[] moments = new Moment[10];
        for (int i = 0; i < moments.length; i++) {
            moments[i] = at(30 * i, new BackendDrained(BACKEND + i));
        }
        return rehashLast("10 drained, one each 30 s, re-hash after 10 s", lengths, moments);
    }

    /** Ten backends are drained for a minute each, one after another; the last one is back after ten minutes. */
    private static Scenario rollingRestart(FlowLengths lengths, double rehashS) {
        List<Moment> moments = new ArrayList<>();
        moments.add(at(0, new BackendDrained(BACKEND)));
        for (int i = 1; i < 10; i++) {
            moments.add(at(60 * i, new BackendAdded(BACKEND + i - 1), new BackendDrained(BACKEND + i)));
        }
        moments.add(at(600, new BackendAdded(BACKEND + 9)));
        moments.add(at(rehashS, new BalancerDied(BALANCER)));
        String name = "10 drained in turn for 1 min, re-hash after %.0f s".formatted(rehashS);
        return new Scenario(name, Ecmp.MODULO, lengths, List.of(), moments, 0);
    }
}
