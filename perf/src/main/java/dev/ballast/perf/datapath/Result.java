package dev.ballast.perf.datapath;

import dev.ballast.datapath.VerdictReason;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a scenario, or a floor, cost. Least and median are each of the datapath's runs less the same of the floor's runs.
 *
 * @param name of the scenario or floor
 * @param what it is, for people
 * @param object the tag of the object that was measured; empty for a floor
 * @param netMinNs a packet in the best run, less the floor's best
 * @param netMedianNs a packet in the median run, less the floor's median
 * @param floorMinNs the harness around an empty program, on the same frames; 0 where nothing was subtracted
 * @param runs how many
 * @param packets all runs together
 * @param tableFlows the size of the main flow table; 0 for a floor
 * @param flows how many took turns
 * @param shares of the verdicts among the packets, by the datapath's own counters
 * @param reference what it is compared with
 */
record Result(
        String name,
        String what,
        String object,
        double netMinNs,
        double netMedianNs,
        double floorMinNs,
        int runs,
        long packets,
        long tableFlows,
        long flows,
        Map<VerdictReason, Double> shares,
        Optional<Reference> reference) {
    Result {
        Map<VerdictReason, Double> ordered = new EnumMap<>(VerdictReason.class);
        ordered.putAll(shares);
        shares = Collections.unmodifiableMap(ordered);
    }

    static Result floor(String name, String what, double netMinNs, double netMedianNs, int runs, long packets) {
        return new Result(name, what, "", netMinNs, netMedianNs, 0, runs, packets, 0, 1, Map.of(), Optional.empty());
    }

    /** Whose flow was known. */
    double hitRate() {
        return shares.getOrDefault(VerdictReason.FORWARDED_FLOW, 0.0);
    }

    /** For whose flow no way was free. */
    double untrackedShare() {
        return shares.getOrDefault(VerdictReason.FORWARDED_UNTRACKED, 0.0);
    }
}
