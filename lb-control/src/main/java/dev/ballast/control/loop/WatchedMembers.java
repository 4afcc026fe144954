package dev.ballast.control.loop;

import dev.ballast.control.model.Address;
import dev.ballast.control.model.Backend;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.Service;
import dev.ballast.control.plan.MemberIntent.Standing;
import dev.ballast.control.plan.MemberKey;
import dev.ballast.control.plan.NameHash;
import dev.ballast.control.plan.Plan;
import dev.ballast.control.plan.ServicePlan;
import dev.ballast.health.Health;
import dev.ballast.netlink.NetlinkException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

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
        Map<Long, ServicePlan> planned = new HashMap<>();
        plan.all().forEach(service -> planned.put(service.nameHash(), service));
        Map<MemberKey, HealthChecks.Wanted> wanted = new HashMap<>();
        for (Service service : running.services().values()) {
            long nameHash = NameHash.of(service.name());
            Map<Address, Health> seeds = new HashMap<>();
            ServicePlan present = planned.get(nameHash);
            if (present != null) {
                present.members().values().forEach(row -> seeds.put(row.address(), seed(row)));
            }
            Map<Address, Optional<Backend>> members = new HashMap<>();
            seeds.keySet().forEach(each -> members.put(each, Optional.empty()));
            service.backends().forEach(backend -> members.put(backend.address(), Optional.of(backend)));
            members.forEach((address, backend) -> wanted.put(
                    new MemberKey(service.name(), address),
                    new HealthChecks.Wanted(service, backend, seeds.getOrDefault(address, Health.UNKNOWN))));
        }
        health.want(wanted);
    }

    /** A row that was adopted says what the last probes said; all rows of a member say the same. */
    private static Health seed(Plan.MemberRow row) {
        return row.standing() == Standing.DOWN ? Health.DOWN : Health.UP;
    }

    /**
     * Those that are configured and those that hold an id are looked up, each from the next hop that its row had.
     *
     * @throws NetlinkException if the network cannot be looked at
     */
    void lookUp(Config running, Plan plan) {
        Set<Address> wanted = new HashSet<>();
        running.services().values().forEach(service -> service.backends().forEach(b -> wanted.add(b.address())));
        for (ServicePlan service : plan.all()) {
            for (Plan.MemberRow row : service.members().values()) {
                row.hop().ifPresent(hop -> hops.remember(row.address(), hop));
                wanted.add(row.address());
            }
        }
        hops.want(wanted);
    }
}
