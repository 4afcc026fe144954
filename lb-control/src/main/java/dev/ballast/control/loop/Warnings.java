package dev.ballast.control.loop;

import dev.ballast.control.model.Address;
import dev.ballast.control.model.Backend;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.Encap;
import dev.ballast.control.model.PerService;
import dev.ballast.control.model.Service;
import dev.ballast.control.model.Sources;
import dev.ballast.control.model.Vip;
import dev.ballast.control.plan.Hop;
import dev.ballast.control.plan.MemberKey;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** What somebody should know who makes a change that is allowed all the same. Pure. */
final class Warnings {
    /** Every IPv6 link carries packets of this length, and no host sends shorter ones because of a router (RFC 8200, section 5). */
    private static final int IPV6_MIN_MTU = 1280;

    private Warnings() {}

    /**
     * Of a whole configuration.
     *
     * @param hops the way to a backend in an encapsulation, as far as it is known
     */
    static List<String> of(Config wanted, BiFunction<Address, Encap, Optional<Hop>> hops) {
        return of(wanted, hops, new PerService<>());
    }

    /** The same of one configuration after the other; {@code known}: what it came to of their services. */
    static List<String> of(
            Config wanted, BiFunction<Address, Encap, Optional<Hop>> hops, PerService<List<String>> known) {
        List<String> warnings = new ArrayList<>();
        for (List<String> ofService : known.of(wanted, Set.of(), Warnings::of)) {
            warnings.addAll(ofService);
        }
        warnings.addAll(ofPaths(wanted, hops));
        return warnings;
    }

    /** Of paths that the shortest packet that every IPv6 client may send does not fit: it cannot be told to send shorter ones. */
    static List<String> ofPaths(Config running, BiFunction<Address, Encap, Optional<Hop>> hops) {
        List<String> warnings = new ArrayList<>();
        for (Service service : running.services().values()) {
            if (hasIpv6Vip(service)) {
                ofPaths(service, hops).forEach(warnings::add);
            }
        }
        return warnings;
    }

    private static boolean hasIpv6Vip(Service service) {
        for (Vip vip : service.vips()) {
            if (vip.family() == Address.Family.IPV6) {
                return true;
            }
        }
        return false;
    }

    /** One for all members with such a path of one MTU. */
    private static Stream<String> ofPaths(Service service, BiFunction<Address, Encap, Optional<Hop>> hops) {
        record Path(int mtu, int headerBytes) {}
        SortedMap<Path, SortedSet<Address>> narrow =
                new TreeMap<>(Comparator.comparingInt(Path::mtu).thenComparingInt(Path::headerBytes));
        for (Backend backend : service.backends()) {
            hops.apply(backend.address(), service.encap())
                    .map(hop -> new Path(hop.mtu(), hop.headerBytes(service.encap())))
                    .filter(path -> path.mtu - path.headerBytes < IPV6_MIN_MTU)
                    .ifPresent(path ->
                            narrow.computeIfAbsent(path, _ -> new TreeSet<>()).add(backend.address()));
        }
        return narrow.entrySet().stream().map(entry -> {
            Path path = entry.getKey();
            SortedSet<Address> members = entry.getValue();
            return ("service %s: the path to member %s%s has an MTU of %d, %d less with %s: IPv6 clients may send %d bytes whatever"
                            + " they are told, and what is longer than %d is lost; raise that MTU to %d or more")
                    .formatted(
                            service.name(),
                            new MemberKey(service.name(), members.first()),
                            members.size() == 1 ? "" : " and to %d more".formatted(members.size() - 1),
                            path.mtu,
                            path.headerBytes,
                            service.encap().type().name().toLowerCase(Locale.ROOT),
                            IPV6_MIN_MTU,
                            path.mtu - path.headerBytes,
                            IPV6_MIN_MTU + path.headerBytes);
        });
    }

    /** Of one service, as far as it depends on nothing else. */
    private static List<String> of(Service service) {
        List<String> warnings = new ArrayList<>();
        if (service.backends().isEmpty()) {
            warnings.add(" has no backend: its packets are dropped");
        }
        if (service.hash() == Service.Hash.DESTINATION_PORT
                && service.vips().stream().noneMatch(Vip::takesAnyPort)
                && service.vips().stream().map(Vip::port).distinct().count() == 1) {
            warnings.add(": hash destination-port, and it has one port: one member gets all new flows");
        }
        if (service.hash() == Service.Hash.QUIC
                && service.backends().stream()
                        .allMatch(backend -> backend.serverId().isEmpty())) {
            warnings.add(": hash quic, and no backend has a serverId: all goes as by 5-tuple");
        }
        if (service.sources().rule() == Sources.Rule.ALLOW) {
            service.vips().stream()
                    .filter(vip -> service.sources().prefixes().stream()
                            .noneMatch(prefix -> prefix.address().family() == vip.family()))
                    .forEach(vip -> warnings.add(
                            ": sources.allow has no prefix of the family of " + vip + ": nobody reaches that one"));
        }
        if (service.encap() instanceof Encap.Ipip ipip
                && ipip.sourcePrefix().isPresent()
                && service.backends().stream()
                        .noneMatch(backend -> backend.address().isIpv4())) {
            warnings.add(": encap.sourcePrefix is for IPv4 outer headers, and no backend has an IPv4 address");
        }
        return warnings.stream()
                .map(warning -> "service " + service.name() + warning)
                .toList();
    }

    /** Of a drain of {@code named}, after which {@code wanted} are drained. */
    static List<String> ofDrain(Config running, Set<MemberKey> named, Set<MemberKey> wanted) {
        return running.services().values().stream()
                .filter(service -> named.stream().anyMatch(key -> key.service().equals(service.name())))
                .filter(service -> service.backends().stream()
                        .allMatch(backend ->
                                backend.drains() || wanted.contains(new MemberKey(service.name(), backend.address()))))
                .map(service -> "service " + service.name()
                        + " has no member left that takes new flows: they are dropped until one is undrained")
                .toList();
    }

    /** Of the end of a drain of {@code named}. */
    static List<String> ofUndrain(Config running, Set<MemberKey> named) {
        List<String> warnings = new ArrayList<>();
        running.services()
                .values()
                .forEach(service -> service.backends().stream()
                        .filter(Backend::drains)
                        .map(backend -> new MemberKey(service.name(), backend.address()))
                        .filter(named::contains)
                        .forEach(key -> warnings.add("member " + key
                                + " stays drained: the configuration says so (drain: true or weight: 0)")));
        return warnings;
    }
}
