package dev.ballast.control.loop;

import dev.ballast.control.model.Address;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.PerService;
import dev.ballast.control.model.Service;
import dev.ballast.control.plan.Hop;
import dev.ballast.control.plan.Intents;
import dev.ballast.control.plan.MemberKey;
import dev.ballast.control.plan.ServiceIntent;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What is wanted of each service now. A service's intent is made anew only if the service, its drains, or what probes and network say are
 * other than when it was made: the planner knows by the object that nothing has changed. Loop thread only.
 */
final class ServiceIntents {
    /** The way to a backend that was not looked up yet: any; to a neighbour, so that every encapsulation gets there. */
    private static final Hop FORESEEN = new Hop(0, 0, 0, 0, 0, Address.parse("0.0.0.0"), true);

    private final HealthChecks health;
    private final NextHops hops;
    private final PerService<ServiceIntent> made = new PerService<>();
    private Map<String, Set<Address>> drained = Map.of();
    private final Set<String> guessed = new HashSet<>();
    private long healthVersion;
    private long hopsVersion;

    /**
     * What a configuration comes to.
     *
     * @param guessed whether there is a member of which nobody knows health or next hop yet: it counts as up and reachable
     */
    record Foreseen(List<ServiceIntent> intents, boolean guessed) {}

    ServiceIntents(HealthChecks health, NextHops hops) {
        this.health = health;
        this.hops = hops;
    }

    /** By what is known: of whom nobody knows anything takes no flows. In the order of names. */
    List<ServiceIntent> of(Config config, Set<MemberKey> drains) {
        Set<String> stale = stale(drains);
        return made.of(
                config,
                stale,
                service -> Intents.of(service, drained(service), address -> usable(service, address), hops::hop));
    }

    /** The same for a configuration that may have members that nobody knows yet. */
    Foreseen foreseen(Config config, Set<MemberKey> drains) {
        Set<String> stale = stale(drains);
        List<ServiceIntent> intents = made.of(config, stale, this::foreseen);
        return new Foreseen(intents, !guessed.isEmpty());
    }

    private ServiceIntent foreseen(Service service) {
        return Intents.of(
                service,
                drained(service),
                address -> {
                    boolean knows = health.knows(new MemberKey(service.name(), address));
                    if (!knows) {
                        guessed.add(service.name());
                    }
                    return !knows || usable(service, address);
                },
                address -> {
                    boolean knows = hops.watches(address);
                    if (!knows) {
                        guessed.add(service.name());
                    }
                    return knows ? hops.hop(address) : Optional.of(FORESEEN);
                });
    }

    private Set<Address> drained(Service service) {
        return drained.getOrDefault(service.name(), Set.of());
    }

    private boolean usable(Service service, Address address) {
        return health.usable(new MemberKey(service.name(), address));
    }

    /** The services whose intents cannot be used again though they are the same: they were guessed, or their drains are others now. */
    private Set<String> stale(Set<MemberKey> drains) {
        if (healthVersion != health.version() || hopsVersion != hops.version()) {
            made.forget();
            healthVersion = health.version();
            hopsVersion = hops.version();
        }
        Map<String, Set<Address>> wanted = new HashMap<>();
        drains.forEach(member ->
                wanted.computeIfAbsent(member.service(), _ -> new HashSet<>()).add(member.address()));
        Set<String> stale = new HashSet<>(guessed);
        guessed.clear();
        wanted.forEach((service, addresses) -> {
            if (!addresses.equals(drained.get(service))) {
                stale.add(service);
            }
        });
        drained.keySet().stream()
                .filter(service -> !wanted.containsKey(service))
                .forEach(stale::add);
        drained = wanted;
        return stale;
    }
}
