package dev.ballast.control.loop;

import dev.ballast.control.model.Config;
import dev.ballast.control.plan.Allocation;
import dev.ballast.control.plan.NameHash;
import dev.ballast.datapath.FlowState;
import dev.ballast.datapath.FlowStates;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Live flows by member and state, counted when somebody asks.
 *
 * @param members by name, {@code service/address}, members that left included, as long as they keep their ids
 * @param unixMs when they were counted
 * @param tookNs how long that took the loop
 */
public record FlowCounts(SortedMap<String, Count> members, long unixMs, long tookNs) {
    /** What services that are configured no more are called: the tables know them by a hash only. */
    private static final String REMOVED = "(removed)";

    /** Of one member. */
    public record Count(long established, long unconfirmed, long closing, long halfOpen) {
        private static final Count NONE = new Count(0, 0, 0, 0);

        private static Count of(FlowStates states, int id) {
            return new Count(
                    states.of(id, FlowState.ESTABLISHED),
                    states.of(id, FlowState.UNCONFIRMED),
                    (long) states.of(id, FlowState.CLOSING) + states.of(id, FlowState.CLOSING_ACKED),
                    states.of(id, FlowState.HALF_OPEN));
        }

        private Count plus(Count other) {
            return new Count(
                    established + other.established,
                    unconfirmed + other.unconfirmed,
                    closing + other.closing,
                    halfOpen + other.halfOpen);
        }
    }

    static FlowCounts of(FlowStates states, Config config, Allocation allocation, long unixMs, long tookNs) {
        Map<Long, String> services =
                config.services().keySet().stream().collect(Collectors.toMap(NameHash::of, name -> name));
        SortedMap<String, Count> members = new TreeMap<>();
        allocation.holders().forEach((id, holder) -> {
            String service = services.getOrDefault(holder.nameHash(), REMOVED);
            members.merge(service + "/" + holder.address(), Count.of(states, id), Count::plus);
        });
        members.entrySet()
                .removeIf(member ->
                        member.getKey().startsWith(REMOVED) && member.getValue().equals(Count.NONE));
        return new FlowCounts(members, unixMs, tookNs);
    }
}
