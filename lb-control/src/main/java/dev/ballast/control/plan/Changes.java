package dev.ballast.control.plan;

import dev.ballast.control.model.Address;
import dev.ballast.control.model.Backend;
import dev.ballast.control.model.Check;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.Node;
import dev.ballast.control.model.Prefix;
import dev.ballast.control.model.ServerId;
import dev.ballast.control.model.Service;
import dev.ballast.control.model.Sources;
import dev.ballast.control.model.Units;
import dev.ballast.control.model.Vip;
import dev.ballast.control.model.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What one configuration changes of another, in words.
 *
 * @param effects a line for each thing that changes
 * @param deletions what it takes away that may carry connections: those need the operator's word
 */
public record Changes(List<String> effects, List<Deletion> deletions) {
    /**
     * A removal that needs a word.
     *
     * @param service whose flows are at stake
     * @param what is removed
     * @param always whether it needs the word even with no live flow
     */
    public record Deletion(String service, String what, boolean always) {}

    /** Copies the lists. */
    public Changes {
        effects = List.copyOf(effects);
        deletions = List.copyOf(deletions);
    }

    /** Compares; {@code before} may be a configuration without services. */
    public static Changes between(Config before, Config after) {
        Writer writer = new Writer();
        writer.node(before.node(), after.node());
        if (!before.defaults().equals(after.defaults())) {
            writer.effects.add("defaults: changed; what that means for a service stands beside it");
        }
        writer.services(before.services(), after.services());
        if (!before.services().isEmpty() && after.services().isEmpty()) {
            writer.deletions.add(new Deletion("", "every service", true));
        }
        return new Changes(writer.effects, writer.deletions);
    }

    /** What the first configuration of an instance brings. */
    public static Changes first(Config config) {
        Writer writer = new Writer();
        config.node().interfaces().forEach(i -> writer.effects.add("interface " + i.name() + ": attached"));
        writer.services(Map.of(), config.services());
        return new Changes(writer.effects, List.of());
    }

    private static final class Writer {
        final List<String> effects = new ArrayList<>();
        final List<Deletion> deletions = new ArrayList<>();

        void node(Node before, Node after) {
            Map<String, Node.Interface> old = byKey(before.interfaces(), Node.Interface::name);
            Map<String, Node.Interface> fresh = byKey(after.interfaces(), Node.Interface::name);
            fresh.keySet().stream()
                    .filter(name -> !old.containsKey(name))
                    .forEach(name -> effects.add("interface " + name + ": attached"));
            fresh.forEach((name, is) -> {
                Node.Interface was = old.get(name);
                if (was != null) {
                    change("interface " + name + ": generic", Words.of(was.generic()), Words.of(is.generic()));
                }
            });
            old.keySet().stream().filter(name -> !fresh.containsKey(name)).forEach(name -> {
                effects.add("interface " + name + ": detached");
                deletions.add(new Deletion("", "interface " + name, true));
            });
            change("node.name", before.name(), after.name());
            change("node.api.group", before.api().group(), after.api().group());
            change(
                    "node.log.level",
                    Words.of(before.log().level()),
                    Words.of(after.log().level()));
        }

        void services(Map<String, Service> before, Map<String, Service> after) {
            after.forEach((name, service) -> {
                Service old = before.get(name);
                if (old == null) {
                    effects.add("service %s: added, %s, %s"
                            .formatted(
                                    name,
                                    service.vips().stream().map(Vip::toString).collect(Collectors.joining(", ")),
                                    count(service.backends().size(), "backend")));
                } else if (!old.equals(service)) {
                    service(name, old, service);
                }
            });
            before.keySet().stream().filter(name -> !after.containsKey(name)).forEach(name -> {
                effects.add("service " + name + ": removed");
                deletions.add(new Deletion(name, "service " + name, false));
            });
        }

        private void service(String name, Service before, Service after) {
            String at = "service " + name;
            for (Vip vip : after.vips()) {
                if (!before.vips().contains(vip)) {
                    effects.add(at + ": VIP " + vip + " added");
                }
            }
            for (Vip vip : before.vips()) {
                if (!after.vips().contains(vip)) {
                    effects.add(at + ": VIP " + vip + " removed");
                    deletions.add(new Deletion(name, at + ": VIP " + vip, false));
                }
            }
            backends(name, before, after);
            change(at + ": ring.size", before.ring().size(), after.ring().size());
            change(
                    at + ": ring.keepPrevious",
                    Units.printDuration(before.ring().keepPrevious()),
                    Units.printDuration(after.ring().keepPrevious()));
            change(at + ": flows.track", before.flows().track(), after.flows().track());
            if (before.flows().track() && !after.flows().track()) {
                deletions.add(new Deletion(
                        name,
                        at + ": what its flows remember, from now on the ring decides each packet's member",
                        false));
            }
            change(
                    at + ": flows.tcpIdle",
                    Units.printDuration(before.flows().tcpIdle()),
                    Units.printDuration(after.flows().tcpIdle()));
            change(
                    at + ": flows.udpIdle",
                    Units.printDuration(before.flows().udpIdle()),
                    Units.printDuration(after.flows().udpIdle()));
            checks(at, before.checks(), after.checks());
            change(
                    at + ": health.initial",
                    Words.of(before.health().initial()),
                    Words.of(after.health().initial()));
            change(at + ": encap", before.encap(), after.encap());
            change(at + ": hash", Words.of(before.hash()), Words.of(after.hash()));
            sources(at + ": sources", before.sources(), after.sources());
        }

        private void sources(String at, Sources before, Sources after) {
            if (before.rule() != after.rule()) {
                effects.add("%s: %s, was %s".formatted(at, after, before));
                return;
            }
            String key = at + "." + Words.of(after.rule()) + ": ";
            SortedSet<Prefix> come = new TreeSet<>(after.prefixes());
            come.removeAll(before.prefixes());
            SortedSet<Prefix> gone = new TreeSet<>(before.prefixes());
            gone.removeAll(after.prefixes());
            if (!come.isEmpty()) {
                effects.add(key + Sources.words(come) + " added");
            }
            if (!gone.isEmpty()) {
                effects.add(key + Sources.words(gone) + " removed");
            }
        }

        /** Checks have no names: one that changed is told from one that was exchanged by its port alone. */
        private void checks(String at, List<Check> before, List<Check> after) {
            List<Check> gone = new ArrayList<>(before);
            after.forEach(gone::remove);
            List<Check> come = new ArrayList<>(after);
            before.forEach(come::remove);
            for (Check check : come) {
                Optional<Check> was = gone.stream()
                        .filter(old -> old.type() == check.type() && old.port() == check.port())
                        .findFirst();
                if (was.isPresent()) {
                    gone.remove(was.get());
                    check(at + ": check " + name(check), was.get(), check);
                } else {
                    effects.add(at + ": check " + name(check) + " added");
                }
            }
            gone.forEach(check -> effects.add(at + ": check " + name(check) + " removed"));
        }

        private void check(String at, Check before, Check after) {
            change(at + ": path", Words.of(before.path()), Words.of(after.path()));
            change(at + ": interval", Units.printDuration(before.interval()), Units.printDuration(after.interval()));
            change(at + ": timeout", Units.printDuration(before.timeout()), Units.printDuration(after.timeout()));
            change(at + ": rise", before.rise(), after.rise());
            change(at + ": fall", before.fall(), after.fall());
            change(at + ": jitter", before.jitter(), after.jitter());
        }

        private static String name(Check check) {
            return Words.of(check.type()) + " " + check.port();
        }

        private void backends(String name, Service before, Service after) {
            Map<Address, Backend> old = byKey(before.backends(), Backend::address);
            Map<Address, Backend> fresh = byKey(after.backends(), Backend::address);
            fresh.forEach((address, backend) -> {
                Backend was = old.get(address);
                String at = "member " + name + "/" + address;
                if (was == null) {
                    effects.add(at + ": added, weight " + backend.weight());
                    return;
                }
                if (was.drains() != backend.drains()) {
                    effects.add(at + (backend.drains() ? ": drained" : ": drain ended"));
                }
                change(at + ": weight", was.weight(), backend.weight());
                change(at + ": serverId", words(was.serverId()), words(backend.serverId()));
            });
            List<String> gone = old.keySet().stream()
                    .filter(address -> !fresh.containsKey(address))
                    .map(address -> name + "/" + address)
                    .toList();
            gone.forEach(
                    member -> effects.add("member " + member + ": removed, its flows stay with it until they end"));
            if (gone.size() * 2 > old.size()) {
                deletions.add(new Deletion(
                        name,
                        "%d of %d members of service %s (%s)"
                                .formatted(gone.size(), old.size(), name, String.join(", ", gone)),
                        true));
            }
        }

        private static String words(Optional<ServerId> id) {
            return id.map(ServerId::toString).orElse("none");
        }

        private void change(String what, Object before, Object after) {
            if (!before.equals(after)) {
                effects.add("%s: %s, was %s".formatted(what, after, before));
            }
        }

        private static String count(int number, String what) {
            return number == 1 ? "1 " + what : number + " " + what + "s";
        }

        private static <K extends Comparable<K>, T> Map<K, T> byKey(List<T> items, Function<T, K> key) {
            return items.stream()
                    .collect(Collectors.toMap(key, Function.identity(), (first, _) -> first, TreeMap::new));
        }
    }
}
