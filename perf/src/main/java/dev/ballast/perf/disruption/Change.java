package dev.ballast.perf.disruption;

import dev.ballast.ring.RingKey;
import dev.ballast.ring.RingMember;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;

/** What an operator, or a health check, does to the members of a service. */
enum Change {
    REMOVE("remove"),
    RETURN("return"),
    HALVE("x0.5"),
    DOUBLE("x2"),
    ONE_PERCENT("+1%"),
    REPLACE("replace"),
    REMOVE_TWENTIETH("remove5%");

    private final String label;

    Change(String label) {
        this.label = label;
    }

    String label() {
        return label;
    }

    /** The set without the change and with it, in the order of time. */
    record Step(List<RingMember> before, List<RingMember> after) {}

    /**
     * Changes one member, or as many as it takes from that one on.
     *
     * @param all in service; two at least
     * @param chosen the place of the member
     * @param fresh an address that no member has
     */
    Step of(List<RingMember> all, int chosen, RingKey fresh) {
        return switch (this) {
            case REMOVE -> new Step(all, without(all, chosen, 1));
            case RETURN -> new Step(without(all, chosen, 1), all);
            case HALVE -> new Step(all, weighted(all, chosen, weight -> weight / 2));
            case DOUBLE -> new Step(all, weighted(all, chosen, weight -> 2 * weight));
            case ONE_PERCENT -> new Step(all, weighted(all, chosen, weight -> weight * 101 / 100));
            case REPLACE -> {
                List<RingMember> after = new ArrayList<>(all);
                RingMember old = all.get(chosen);
                after.set(chosen, new RingMember(old.index(), fresh, old.weight()));
                yield new Step(all, after);
            }
            case REMOVE_TWENTIETH -> new Step(all, without(all, chosen, Math.max(1, all.size() / 20)));
        };
    }

    private static List<RingMember> without(List<RingMember> all, int first, int count) {
        List<RingMember> rest = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            if (Math.floorMod(i - first, all.size()) >= count) {
                rest.add(all.get(i));
            }
        }
        return rest;
    }

    private static List<RingMember> weighted(List<RingMember> all, int chosen, IntUnaryOperator weight) {
        List<RingMember> after = new ArrayList<>(all);
        RingMember old = all.get(chosen);
        after.set(chosen, new RingMember(old.index(), old.key(), weight.applyAsInt(old.weight())));
        return after;
    }
}
