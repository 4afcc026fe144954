package dev.ballast.control.reconcile;

import dev.ballast.control.model.Service;
import dev.ballast.control.plan.Plan;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.function.IntToLongFunction;

/**
 * The ids of members that have left, and since when nothing has come for them. Flow tables alone do not tell: QUIC packets
 * that carry a server id, and fragments, find their member without an entry of their flow. One thread.
 */
final class QuietMembers {
    private Map<Integer, Quiet> quiet = new HashMap<>();

    /**
     * An id without flows.
     *
     * @param packets forwarded to it so far
     * @param sinceMs when it was first seen with that many, Unix time
     */
    private record Quiet(long packets, long sinceMs) {}

    /**
     * Ids that no flow named and no packet reached since the census before, and with QUIC for as long as a flow of their service
     * may be idle: rings that named them are long out of use.
     *
     * @param packets how many were forwarded to an id so far
     * @param keepsPrevious whether a service's packets may go by the ring before its present one, which may name them
     */
    Set<Integer> releasable(Plan plan, Live live, IntToLongFunction packets, IntPredicate keepsPrevious) {
        Map<Integer, Quiet> now = new HashMap<>();
        Set<Integer> released = new HashSet<>();
        left(plan).forEach((id, row) -> {
            if (live.census().isEmpty() || live.flows(id) != 0 || keepsPrevious.test(row.service())) {
                return;
            }
            long forwarded = packets.applyAsLong(id);
            Quiet before = quiet.get(id);
            if (before == null || before.packets != forwarded) {
                now.put(id, new Quiet(forwarded, live.unixMs()));
            } else if (live.unixMs() - before.sinceMs >= rest(plan, row).toMillis()) {
                released.add(id);
            } else {
                now.put(id, before);
            }
        });
        quiet = now;
        return released;
    }

    private static Duration rest(Plan plan, Plan.MemberRow row) {
        Plan.ServiceRow service = plan.services().get(row.service());
        return service != null
                        && service.hash() == Service.Hash.QUIC
                        && row.serverId().isPresent()
                ? service.udpIdle()
                : Duration.ZERO;
    }

    /** Forgets those that have come back. */
    void keepLeft(Plan plan) {
        quiet.keySet().retainAll(left(plan).keySet());
    }

    private static Map<Integer, Plan.MemberRow> left(Plan plan) {
        Map<Integer, Plan.MemberRow> left = new HashMap<>();
        plan.unsettled()
                .forEach(service -> service.members().forEach((id, row) -> {
                    if (row.hasLeft()) {
                        left.put(id, row);
                    }
                }));
        return left;
    }
}
