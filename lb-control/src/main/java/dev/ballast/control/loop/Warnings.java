package dev.ballast.control.loop;

import dev.ballast.control.model.Backend;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.Service;
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
            if (service.backends().isEmpty()) {
                warnings.add("service " + service.name() + " has no backend: its packets are dropped");
            }
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
