package dev.ballast.control.loop;

import dev.ballast.control.model.Address;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.Service;
import dev.ballast.control.plan.Hop;
import dev.ballast.control.plan.Intents;
import dev.ballast.control.plan.MemberKey;
import dev.ballast.control.plan.ServiceIntent;
import java.util.ArrayList;
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
    private final Map<String, Made> made = new HashMap<>();
    private long healthVersion;
    private long hopsVersion;

    private record Made(Service service, Set<Address> drained, ServiceIntent intent) {}

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
        return each(
                config,
                drains,
                (service, drained) -> made(
                        service,
                        drained,
                        Intents.of(service, drained, address -> usable(service, address), hops::hop)));
    }

    /** The same for a configuration that may have members that nobody knows yet. */
    Foreseen foreseen(Config config, Set<MemberKey> drains) {
        boolean[] anyGuessed = {false};
        List<ServiceIntent> intents = each(config, drains, (service, drained) -> {
            boolean[] guessed = {false};
            ServiceIntent intent = Intents.of(
                    service,
                    drained,
                    address -> {
                        boolean knows = health.knows(new MemberKey(service.name(), address));
                        guessed[0] |= !knows;
                        return !knows || usable(service, address);
                    },
                    address -> {
                        boolean knows = hops.watches(address);
                        guessed[0] |= !knows;
                        return knows ? hops.hop(address) : Optional.of(FORESEEN);
                    });
            anyGuessed[0] |= guessed[0];
            return guessed[0] ? intent : made(service, drained, intent);
        });
        return new Foreseen(intents, anyGuessed[0]);
    }

    private boolean usable(Service service, Address address) {
        return health.usable(new MemberKey(service.name(), address));
    }

    private ServiceIntent made(Service service, Set<Address> drained, ServiceIntent intent) {
        made.put(service.name(), new Made(service, drained, intent));
        return intent;
    }

    @FunctionalInterface
    private interface Make {
        ServiceIntent intent(Service service, Set<Address> drained);
    }

    private List<ServiceIntent> each(Config config, Set<MemberKey> drains, Make make) {
        if (healthVersion != health.version() || hopsVersion != hops.version()) {
            made.clear();
            healthVersion = health.version();
            hopsVersion = hops.version();
        }
        Map<String, Set<Address>> drained = new HashMap<>();
        drains.forEach(member ->
                drained.computeIfAbsent(member.service(), _ -> new HashSet<>()).add(member.address()));
        List<ServiceIntent> intents = new ArrayList<>(config.services().size());
        for (Service service : config.services().values()) {
            Set<Address> ofService = drained.getOrDefault(service.name(), Set.of());
            Made before = made.get(service.name());
            intents.add(
                    before != null && isOf(before, service, ofService)
                            ? before.intent()
                            : make.intent(service, ofService));
        }
        if (made.size() > config.services().size()) {
            made.keySet().retainAll(config.services().keySet());
        }
        return intents;
    }

    @SuppressWarnings("ReferenceEquality") // to compare what it says would take as long as to make the intent
    private static boolean isOf(Made made, Service service, Set<Address> drained) {
        return made.service() == service && made.drained().equals(drained);
    }
}
