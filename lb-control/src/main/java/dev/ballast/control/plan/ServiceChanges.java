package dev.ballast.control.plan;

import dev.ballast.control.model.Address;
import dev.ballast.control.model.Backend;
import dev.ballast.control.model.Check;
import dev.ballast.control.model.Prefix;
import dev.ballast.control.model.ServerId;
import dev.ballast.control.model.Service;
import dev.ballast.control.model.Sources;
import dev.ballast.control.model.Units;
import dev.ballast.control.model.Vip;
import dev.ballast.control.model.Words;
import dev.ballast.control.plan.Changes.Deletion;
import dev.ballast.control.plan.ServiceChange.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Compares one service of two configurations: by kinds of change, in words, and what of it needs an operator's word. One use. */
final class ServiceChanges {
    private final String name;
    private final List<Address> membersAdded = new ArrayList<>();
    private final List<Address> membersRemoved = new ArrayList<>();
    private final List<Address> drained = new ArrayList<>();
    private final List<Address> undrained = new ArrayList<>();
    private final List<Address> weighted = new ArrayList<>();
    private final List<Vip> vipsAdded = new ArrayList<>();
    private final List<Vip> vipsRemoved = new ArrayList<>();
    private final List<String> settings = new ArrayList<>();
    private final List<String> lines = new ArrayList<>();
    private final List<Deletion> deletions;

    private ServiceChanges(String name, List<Deletion> deletions) {
        this.name = name;
        this.deletions = deletions;
    }

    static ServiceChange added(Service service) {
        ServiceChanges changes = new ServiceChanges(service.name(), new ArrayList<>());
        byKey(service.backends(), Backend::address).keySet().forEach(changes.membersAdded::add);
        changes.vipsAdded.addAll(service.vips());
        changes.line("added, %s, %s"
                .formatted(
                        service.vips().stream().map(Vip::toString).collect(Collectors.joining(", ")),
                        count(service.backends().size(), "backend")));
        return changes.done(Kind.ADDED);
    }

    /** Adds to {@code deletions} what needs a word. */
    static ServiceChange removed(Service service, List<Deletion> deletions) {
        ServiceChanges changes = new ServiceChanges(service.name(), deletions);
        byKey(service.backends(), Backend::address).keySet().forEach(changes.membersRemoved::add);
        changes.vipsRemoved.addAll(service.vips());
        changes.line("removed");
        deletions.add(new Deletion(service.name(), "service " + service.name(), false));
        return changes.done(Kind.REMOVED);
    }

    /** Likewise, of one that is in both and is not the same. */
    static ServiceChange between(Service before, Service after, List<Deletion> deletions) {
        ServiceChanges changes = new ServiceChanges(before.name(), deletions);
        changes.vips(before, after);
        changes.backends(before, after);
        changes.settings(before, after);
        return changes.done(Kind.CHANGED);
    }

    static ServiceChange ofDrain(String name, SortedSet<Address> members, boolean on) {
        ServiceChanges changes = new ServiceChanges(name, new ArrayList<>());
        (on ? changes.drained : changes.undrained).addAll(members);
        members.forEach(address -> changes.memberLine(address, on ? "drained, its flows stay with it" : "drain ended"));
        return changes.done(Kind.CHANGED);
    }

    private ServiceChange done(Kind kind) {
        return new ServiceChange(
                name,
                kind,
                membersAdded,
                membersRemoved,
                drained,
                undrained,
                weighted,
                vipsAdded,
                vipsRemoved,
                settings,
                lines);
    }

    private void line(String words) {
        lines.add("service " + name + ": " + words);
    }

    private void memberLine(Address address, String words) {
        lines.add("member " + name + "/" + address + ": " + words);
    }

    private void vips(Service before, Service after) {
        after.vips().stream().filter(vip -> !before.vips().contains(vip)).forEach(vip -> {
            vipsAdded.add(vip);
            line("VIP " + vip + " added");
        });
        before.vips().stream().filter(vip -> !after.vips().contains(vip)).forEach(vip -> {
            vipsRemoved.add(vip);
            line("VIP " + vip + " removed");
            deletions.add(new Deletion(name, "service %s: VIP %s".formatted(name, vip), false));
        });
    }

    private void backends(Service before, Service after) {
        Map<Address, Backend> old = byKey(before.backends(), Backend::address);
        Map<Address, Backend> fresh = byKey(after.backends(), Backend::address);
        fresh.forEach((address, backend) -> backend(address, Optional.ofNullable(old.get(address)), backend));
        old.keySet().stream().filter(address -> !fresh.containsKey(address)).forEach(address -> {
            membersRemoved.add(address);
            memberLine(address, "removed, its flows stay with it until they end");
        });
        if (membersRemoved.size() * 2 > old.size()) {
            deletions.add(new Deletion(
                    name,
                    "%d of %d members of service %s (%s)"
                            .formatted(
                                    membersRemoved.size(),
                                    old.size(),
                                    name,
                                    membersRemoved.stream()
                                            .map(address -> name + "/" + address)
                                            .collect(Collectors.joining(", "))),
                    true));
        }
    }

    private void backend(Address address, Optional<Backend> before, Backend after) {
        if (before.isEmpty()) {
            membersAdded.add(address);
            memberLine(address, "added, weight " + after.weight());
            return;
        }
        Backend was = before.get();
        if (was.drains() != after.drains()) {
            (after.drains() ? drained : undrained).add(address);
            memberLine(address, after.drains() ? "drained" : "drain ended");
        }
        if (was.weight() != after.weight()) {
            weighted.add(address);
            memberLine(address, "weight: %d, was %d".formatted(after.weight(), was.weight()));
        }
        if (!was.checkPort().equals(after.checkPort())) {
            String words = "%s, was %s".formatted(portWords(after.checkPort()), portWords(was.checkPort()));
            settings.add("checkPort of " + address + ": " + words);
            memberLine(address, "checkPort: " + words);
        }
        if (!was.serverId().equals(after.serverId())) {
            String words = "%s, was %s".formatted(words(after.serverId()), words(was.serverId()));
            settings.add("serverId of " + address + ": " + words);
            memberLine(address, "serverId: " + words);
        }
    }

    private static String portWords(Optional<Integer> port) {
        return port.map(String::valueOf).orElse("the checks'");
    }

    private static String words(Optional<ServerId> id) {
        return id.map(ServerId::toString).orElse("none");
    }

    private void settings(Service before, Service after) {
        change("ring.size", before.ring().size(), after.ring().size());
        change(
                "ring.algorithm",
                Words.of(before.ring().algorithm()),
                Words.of(after.ring().algorithm()));
        change(
                "ring.keepPrevious",
                Units.printDuration(before.ring().keepPrevious()),
                Units.printDuration(after.ring().keepPrevious()));
        change("flows.track", before.flows().track(), after.flows().track());
        if (before.flows().track() && !after.flows().track()) {
            deletions.add(new Deletion(
                    name,
                    "service %s: what its flows remember, from now on the ring decides each packet's member"
                            .formatted(name),
                    false));
        }
        change(
                "flows.tcpIdle",
                Units.printDuration(before.flows().tcpIdle()),
                Units.printDuration(after.flows().tcpIdle()));
        change(
                "flows.udpIdle",
                Units.printDuration(before.flows().udpIdle()),
                Units.printDuration(after.flows().udpIdle()));
        checks(before.checks(), after.checks());
        change(
                "health.initial",
                Words.of(before.health().initial()),
                Words.of(after.health().initial()));
        change("encap", before.encap(), after.encap());
        change("hash", Words.of(before.hash()), Words.of(after.hash()));
        sources(before.sources(), after.sources());
    }

    private void change(String what, Object before, Object after) {
        if (!before.equals(after)) {
            setting("%s: %s, was %s".formatted(what, after, before));
        }
    }

    private void setting(String words) {
        settings.add(words);
        line(words);
    }

    private void sources(Sources before, Sources after) {
        if (before.rule() != after.rule()) {
            setting("sources: %s, was %s".formatted(after, before));
            return;
        }
        String rule = Words.of(after.rule());
        SortedSet<Prefix> come = new TreeSet<>(after.prefixes());
        come.removeAll(before.prefixes());
        SortedSet<Prefix> gone = new TreeSet<>(before.prefixes());
        gone.removeAll(after.prefixes());
        if (!come.isEmpty()) {
            setting("sources.%s: %s added".formatted(rule, Sources.words(come)));
        }
        if (!gone.isEmpty()) {
            setting("sources.%s: %s removed".formatted(rule, Sources.words(gone)));
        }
    }

    /** Checks have no names: one that changed is told from one that was exchanged by its port alone. */
    private void checks(List<Check> before, List<Check> after) {
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
                check("check " + words(check) + ": ", was.get(), check);
            } else {
                setting("check " + words(check) + " added");
            }
        }
        gone.forEach(check -> setting("check " + words(check) + " removed"));
    }

    private void check(String at, Check before, Check after) {
        change(at + "path", Words.of(before.path()), Words.of(after.path()));
        change(at + "interval", Units.printDuration(before.interval()), Units.printDuration(after.interval()));
        change(at + "timeout", Units.printDuration(before.timeout()), Units.printDuration(after.timeout()));
        change(at + "rise", before.rise(), after.rise());
        change(at + "fall", before.fall(), after.fall());
        change(at + "jitter", before.jitter(), after.jitter());
    }

    private static String words(Check check) {
        return Words.of(check.type()) + " " + check.port();
    }

    private static String count(int number, String what) {
        return number == 1 ? "1 " + what : number + " " + what + "s";
    }

    private static <K extends Comparable<K>, T> Map<K, T> byKey(List<T> items, Function<T, K> key) {
        return items.stream().collect(Collectors.toMap(key, Function.identity(), (first, _) -> first, TreeMap::new));
    }
}
