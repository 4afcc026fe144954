package dev.ballast.perf.fleet;

import java.util.List;

/**
 * A script of events.
 *
 * @param name for people; also what the scenario's random numbers derive from
 * @param ecmp how the routers spread flows
 * @param lengths how long connections live
 * @param before what has happened long before: no connection remembers it
 * @param moments what happens, in order of time
 * @param skewS by how much later than a moment, at most, a balancer has the new ring; each balancer by an amount of its own
 */
record Scenario(
        String name, Ecmp ecmp, FlowLengths lengths, List<FleetEvent> before, List<Moment> moments, double skewS) {
    /**
     * Events of one instant. Those of backends make one ring change together.
     *
     * @param atS seconds since the beginning
     */
    record Moment(double atS, List<FleetEvent> events) {
        Moment {
            events = List.copyOf(events);
        }
    }

    Scenario {
        before = List.copyOf(before);
        moments = List.copyOf(moments);
    }

    /** Nothing before, no skew. */
    static Scenario of(String name, Ecmp ecmp, FlowLengths lengths, Moment... moments) {
        return new Scenario(name, ecmp, lengths, List.of(), List.of(moments), 0);
    }

    /** A moment of these events. */
    static Moment at(double atS, FleetEvent... events) {
        return new Moment(atS, List.of(events));
    }

    /** The same events after others that no connection remembers. */
    Scenario after(FleetEvent... earlier) {
        return new Scenario(name, ecmp, lengths, List.of(earlier), moments, skewS);
    }

    /** The same events with rings that do not change everywhere at once. */
    Scenario skewed(double newSkewS) {
        return new Scenario("%s, skew %.0f s".formatted(name, newSkewS), ecmp, lengths, before, moments, newSkewS);
    }
}
