package dev.ballast.control.loop;

import dev.ballast.control.model.Address;
import dev.ballast.control.model.Backend;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.Service;
import dev.ballast.control.plan.Allocation;
import dev.ballast.control.plan.MemberIntent.Standing;
import dev.ballast.control.plan.MemberKey;
import dev.ballast.control.plan.NameHash;
import dev.ballast.control.plan.Plan;
import dev.ballast.health.Health;
import dev.ballast.netlink.NetlinkException;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;

/** Which members are checked, and which addresses looked up: those of a configuration and those that flows still name. Loop thread only. */
final class WatchedMembers {
    private final HealthChecks health;
    private final NextHops hops;

    WatchedMembers(HealthChecks health, NextHops hops) {
        this.health = health;
        this.hops = hops;
    }

    /** Members that left stay checked while they have flows: if one dies, its flows move. */
    void check(Config running, Plan plan) {
        Map<Long, SortedSet<Address>> held = plan.allocation().addressesByService();
        Map<Allocation.Holder, List<Integer>> ids = plan.allocation().idsByHolder();
        Map<MemberKey, HealthChecks.Wanted> wanted = new HashMap<>();
        for (Service service : running.services().values()) {
            long nameHash = NameHash.of(service.name());
            Map<Address, Optional<Backend>> members = new HashMap<>();
            held.getOrDefault(nameHash, Collections.emptySortedSet())
                    .forEach(each -> members.put(each, Optional.empty()));
            service.backends().forEach(backend -> members.put(backend.address(), Optional.of(backend)));
            members.forEach((address, backend) -> {
                Health seed = seed(plan, ids.getOrDefault(new Allocation.Holder(nameHash, address), List.of()));
                wanted.put(new MemberKey(service.name(), address), new HealthChecks.Wanted(service, backend, seed));
            });
        }
        health.want(wanted);
    }

    /** A row that was adopted says what the last probes said; all rows of a member say the same. */
    private static Health seed(Plan plan, List<Integer> ids) {
        return ids.stream()
                .map(id -> plan.members().get(id))
                .filter(Objects::nonNull)
                .map(row -> row.standing() == Standing.DOWN ? Health.DOWN : Health.UP)
                .findFirst()
                .orElse(Health.UNKNOWN);
    }

    /**
     * Those that are configured and those that hold an id are looked up, each from the next hop that its row had.
     *
     * @throws NetlinkException if the network cannot be looked at
     */
    void lookUp(Config running, Plan plan) {
        plan.members().values().forEach(row -> row.hop().ifPresent(hop -> hops.remember(row.address(), hop)));
        Set<Address> wanted = new HashSet<>();
        running.services().values().forEach(service -> service.backends().forEach(b -> wanted.add(b.address())));
        plan.allocation().holders().values().forEach(holder -> wanted.add(holder.address()));
        hops.want(wanted);
    }
}
