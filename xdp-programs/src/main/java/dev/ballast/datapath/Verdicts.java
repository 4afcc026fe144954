package dev.ballast.datapath;

import java.util.Map;

/**
 * What became of all packets.
 *
 * @param byReason every reason of this build, those that never happened too
 * @param unnamed by reasons that a newer program has and this build has no name for
 */
public record Verdicts(Map<VerdictReason, Traffic> byReason, Traffic unnamed) {
    public Verdicts {
        byReason = Map.copyOf(byReason);
    }

    /** By one reason. */
    public Traffic of(VerdictReason reason) {
        return byReason.getOrDefault(reason, Traffic.NONE);
    }

    /** By all reasons of a class. */
    public Traffic of(VerdictClass verdictClass) {
        return byReason.entrySet().stream()
                .filter(entry -> entry.getKey().verdictClass() == verdictClass)
                .map(Map.Entry::getValue)
                .reduce(Traffic.NONE, Traffic::plus);
    }

    /** All that came in. */
    public Traffic received() {
        return byReason.values().stream().reduce(unnamed, Traffic::plus);
    }
}
