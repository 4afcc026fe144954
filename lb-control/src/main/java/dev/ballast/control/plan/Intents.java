package dev.ballast.control.plan;

import dev.ballast.control.model.Address;
import dev.ballast.control.model.Backend;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.Service;
import dev.ballast.control.plan.MemberIntent.Standing;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/** Joins what is configured, what an operator drained, what the probes found and what the network knows. */
public final class Intents {
    private Intents() {}

    /**
     * What is wanted now.
     *
     * @param drains members that an operator drained
     * @param usable whether a member's health lets it take flows
     * @param hops the next hop of an address; empty while it is not known
     */
    public static List<ServiceIntent> of(
            Config config, Set<MemberKey> drains, Predicate<MemberKey> usable, Function<Address, Optional<Hop>> hops) {
        return config.services().values().stream()
                .map(service -> new ServiceIntent(
                        service.name(),
                        service.vips(),
                        service.encap(),
                        service.ring().size(),
                        service.ring().algorithm(),
                        service.flows().track() ? service.ring().keepPrevious() : Duration.ZERO,
                        service.flows().track(),
                        service.flows().tcpIdle(),
                        service.flows().udpIdle(),
                        service.hash(),
                        service.sources(),
                        service.backends().stream()
                                .map(backend -> member(service, backend, drains, usable, hops))
                                .toList()))
                .toList();
    }

    private static MemberIntent member(
            Service service,
            Backend backend,
            Set<MemberKey> drains,
            Predicate<MemberKey> usable,
            Function<Address, Optional<Hop>> hops) {
        MemberKey key = new MemberKey(service.name(), backend.address());
        Standing standing = Standing.IN;
        if (!usable.test(key)) {
            standing = Standing.DOWN;
        } else if (backend.drains() || drains.contains(key)) {
            standing = Standing.DRAIN;
        }
        return new MemberIntent(
                backend.address(),
                backend.weight(),
                standing,
                hops.apply(backend.address()).filter(hop -> hop.carries(service.encap())),
                backend.serverId());
    }
}
