package dev.ballast.control.loop;

import dev.ballast.control.model.Backend;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.Encap;
import dev.ballast.control.model.Service;
import dev.ballast.control.model.Sources;
import dev.ballast.control.model.Vip;
import dev.ballast.control.plan.MemberKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What somebody should know who makes a change that is allowed all the same. Pure. */
final class Warnings {
    private Warnings() {}

    /** Of a whole configuration. */
    static List<String> of(Config wanted) {
        List<String> warnings = new ArrayList<>();
        for (Service service : wanted.services().values()) {
            of(service).forEach(warning -> warnings.add("service " + service.name() + warning));
        }
        return warnings;
    }

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
        return warnings;
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
