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
import java.util.stream.Collectors;

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
                .map(service -> of(
                        service,
                        drains.stream()
                                .filter(member -> member.service().equals(service.name()))
                                .map(MemberKey::address)
                                .collect(Collectors.toSet()),
                        address -> usable.test(new MemberKey(service.name(), address)),
                        hops))
                .toList();
    }

    /**
     * What is wanted of one service.
     *
     * @param drained members that an operator drained
     * @param usable whether a member's health lets it take flows
     * @param hops as for {@link #of(Config, Set, Predicate, Function)}
     */
    public static ServiceIntent of(
            Service service, Set<Address> drained, Predicate<Address> usable, Function<Address, Optional<Hop>> hops) {
        return new ServiceIntent(
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
                        .map(backend -> member(service, backend, drained, usable, hops))
                        .toList());
    }

    private static MemberIntent member(
            Service service,
            Backend backend,
            Set<Address> drained,
            Predicate<Address> usable,
            Function<Address, Optional<Hop>> hops) {
        Standing standing = Standing.IN;
        if (!usable.test(backend.address())) {
            standing = Standing.DOWN;
        } else if (backend.drains() || drained.contains(backend.address())) {
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
