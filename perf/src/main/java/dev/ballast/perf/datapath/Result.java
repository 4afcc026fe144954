package dev.ballast.perf.datapath;

import dev.ballast.datapath.Feature;
import dev.ballast.datapath.VerdictReason;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * What a scenario, or a floor, cost. Least and median are each of the datapath's runs less the same of the floor's runs.
 *
 * @param name of the scenario or floor
 * @param what it is, for people
 * @param object the tag of the object that was measured; empty for a floor
 * @param features that the measured program had; empty for a floor
 * @param netMinNs a packet in the best run, less the floor's best
 * @param netMedianNs a packet in the median run, less the floor's median
 * @param floorMinNs the harness around an empty program, on the same frames; 0 where nothing was subtracted
 * @param runs how many
 * @param packets all runs together
 * @param tableFlows the size of the main flow table; 0 for a floor
 * @param flows how many took turns
 * @param expected the verdict that the packets had to get; empty for a floor
 * @param shares of the verdicts among the packets, by the datapath's own counters
 * @param untrackedAim what {@link #untrackedShare} shall be at most, if that is what the scenario is about
 * @param reference what it is compared with
 */
record Result(
        String name,
        String what,
        String object,
        Set<Feature> features,
        double netMinNs,
        double netMedianNs,
        double floorMinNs,
        int runs,
        long packets,
        long tableFlows,
        long flows,
        Optional<VerdictReason> expected,
        Map<VerdictReason, Double> shares,
        OptionalDouble untrackedAim,
        Optional<Reference> reference) {
    Result {
        features = Set.copyOf(features);
        Map<VerdictReason, Double> ordered = new EnumMap<>(VerdictReason.class);
        ordered.putAll(shares);
        shares = Collections.unmodifiableMap(ordered);
    }

    static Result floor(String name, String what, double netMinNs, double netMedianNs, int runs, long packets) {
        return new Result(
                name,
                what,
                "",
                Set.of(),
                netMinNs,
                netMedianNs,
                0,
                runs,
                packets,
                0,
                1,
                Optional.empty(),
                Map.of(),
                OptionalDouble.empty(),
                Optional.empty());
    }

    /** Whose flow was known. */
    double hitRate() {
        return shares.getOrDefault(VerdictReason.FORWARDED_FLOW, 0.0);
    }

    /**
     * Of flows that all were known before: the packets that did not find theirs, be it that no way was free or that another flow had taken
     * it. Empty where flows are new, or not asked for.
     */
    OptionalDouble untrackedShare() {
        if (!expected.equals(Optional.of(VerdictReason.FORWARDED_FLOW))) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(shares.entrySet().stream()
                .filter(share -> share.getKey() != VerdictReason.FORWARDED_FLOW)
                .mapToDouble(Map.Entry::getValue)
                .sum());
    }
}
