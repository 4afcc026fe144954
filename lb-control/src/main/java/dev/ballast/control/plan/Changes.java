package dev.ballast.control.plan;

import dev.ballast.control.model.Address;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.Fleet;
import dev.ballast.control.model.Node;
import dev.ballast.control.model.Percent;
import dev.ballast.control.model.Service;
import dev.ballast.control.model.Units;
import dev.ballast.control.model.Words;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What one configuration changes of another.
 *
 * @param general of {@code node}, {@code fleet} and {@code defaults}, a line each
 * @param services those that change, by name
 * @param deletions what it takes away that may carry connections: those need the operator's word
 */
public record Changes(List<String> general, SortedMap<String, ServiceChange> services, List<Deletion> deletions) {
    /** Nothing. */
    public static final Changes NONE = new Changes(List.of(), new TreeMap<>(), List.of());

    /**
     * A removal that needs a word.
     *
     * @param service whose flows are at stake
     * @param what is removed
     * @param always whether it needs the word even with no live flow
     */
    public record Deletion(String service, String what, boolean always) {}

    /** Copies the collections. */
    public Changes {
        general = List.copyOf(general);
        services = Collections.unmodifiableSortedMap(new TreeMap<>(services));
        deletions = List.copyOf(deletions);
    }

    /** Compares; {@code before} may be a configuration without services. */
    public static Changes between(Config before, Config after) {
        Writer writer = new Writer();
        writer.node(before.node(), after.node());
        writer.fleet(before.fleet(), after.fleet());
        if (!before.defaults().equals(after.defaults())) {
            writer.general.add("defaults: changed; what that means for a service stands beside it");
        }
        writer.services(before, after);
        if (!before.services().isEmpty() && after.services().isEmpty()) {
            writer.deletions.add(new Deletion("", "every service", true));
        }
        return new Changes(writer.general, writer.services, writer.deletions);
    }

    /** What the first configuration of an instance brings. */
    public static Changes first(Config config) {
        Writer writer = new Writer();
        config.node().interfaces().forEach(i -> writer.general.add("interface " + i.name() + ": attached"));
        writer.services(config.withoutServices(), config);
        return new Changes(writer.general, writer.services, List.of());
    }

    /** The drain of members by command, or its end. */
    public static Changes ofDrain(Collection<MemberKey> members, boolean on) {
        SortedMap<String, SortedSet<Address>> byService = new TreeMap<>();
        members.forEach(member -> byService
                .computeIfAbsent(member.service(), _ -> new TreeSet<>())
                .add(member.address()));
        SortedMap<String, ServiceChange> services = new TreeMap<>();
        byService.forEach(
                (service, addresses) -> services.put(service, ServiceChanges.ofDrain(service, addresses, on)));
        return new Changes(List.of(), services, List.of());
    }

    /** A line for each thing that changes. */
    public List<String> effects() {
        return Stream.concat(general.stream(), services.values().stream().flatMap(service -> service.lines().stream()))
                .toList();
    }

    private static final class Writer {
        final List<String> general = new ArrayList<>();
        final SortedMap<String, ServiceChange> services = new TreeMap<>();
        final List<Deletion> deletions = new ArrayList<>();

        void node(Node before, Node after) {
            Map<String, Node.Interface> old = byKey(before.interfaces(), Node.Interface::name);
            Map<String, Node.Interface> fresh = byKey(after.interfaces(), Node.Interface::name);
            fresh.keySet().stream()
                    .filter(name -> !old.containsKey(name))
                    .forEach(name -> general.add("interface " + name + ": attached"));
            fresh.forEach((name, is) -> {
                Node.Interface was = old.get(name);
                if (was != null) {
                    change("interface " + name + ": generic", Words.of(was.generic()), Words.of(is.generic()));
                }
            });
            old.keySet().stream().filter(name -> !fresh.containsKey(name)).forEach(name -> {
                general.add("interface " + name + ": detached");
                deletions.add(new Deletion("", "interface " + name, true));
            });
            change("node.name", before.name(), after.name());
            limits(before.limits(), after.limits());
            change("node.api.group", before.api().group(), after.api().group());
            change("node.http.listen", before.http().listen(), after.http().listen());
            change(
                    "node.log.level",
                    Words.of(before.log().level()),
                    Words.of(after.log().level()));
        }

        private void limits(Node.Limits before, Node.Limits after) {
            change("node.limits.flows", Units.printSize(before.flows()), Units.printSize(after.flows()));
            change("node.limits.services", before.services(), after.services());
            change("node.limits.members", before.members(), after.members());
            change("node.limits.ringSlots", Units.printSize(before.ringSlots()), Units.printSize(after.ringSlots()));
        }

        void fleet(Fleet before, Fleet after) {
            change("fleet.maxDisruption", words(before), words(after));
        }

        private static String words(Fleet fleet) {
            return fleet.maxDisruption().map(Percent::toString).orElse("none");
        }

        void services(Config before, Config after) {
            for (String name : before.otherwiseIn(after)) {
                Service old = before.services().get(name);
                Service service = after.services().get(name);
                if (service == null) {
                    services.put(name, ServiceChanges.removed(Objects.requireNonNull(old), deletions));
                } else if (old == null) {
                    services.put(name, ServiceChanges.added(service));
                } else if (!old.equals(service)) {
                    ServiceChange change = ServiceChanges.between(old, service, deletions);
                    if (!change.lines().isEmpty()) { // else the file only names things in another order
                        services.put(name, change);
                    }
                }
            }
        }

        private void change(String what, Object before, Object after) {
            if (!before.equals(after)) {
                general.add("%s: %s, was %s".formatted(what, after, before));
            }
        }

        private static <K extends Comparable<K>, T> Map<K, T> byKey(List<T> items, Function<T, K> key) {
            return items.stream()
                    .collect(Collectors.toMap(key, Function.identity(), (first, _) -> first, TreeMap::new));
        }
    }
}
