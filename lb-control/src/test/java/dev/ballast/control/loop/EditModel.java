package dev.ballast.control.loop;

import dev.ballast.control.model.ConfigEdit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What random edits come to, on a page: services with VIPs, weights and drains, and the backends that answer to no probe. A VIP is the
 * last byte of its address, and so is a backend.
 */
final class EditModel {
    static final int VIPS = 12;
    static final int RING = 251;
    private static final int NAMES = 4;
    private static final int FIRST_BACKEND = 11;
    private static final int BACKENDS = 20;

    private SortedMap<String, SortedMap<Integer, Integer>> weights = new TreeMap<>();
    private SortedMap<String, SortedSet<Integer>> vips = new TreeMap<>();
    private final SortedSet<String> drained = new TreeSet<>();
    final SortedSet<Integer> dead = new TreeSet<>();

    /** Services with their VIPs and members: what a configuration says, and a rollback brings back. */
    record Services(
            SortedMap<String, SortedMap<Integer, Integer>> weights, SortedMap<String, SortedSet<Integer>> vips) {
        boolean hasMember(String member) {
            String[] parts = member.split("/10.0.1.", -1);
            return weights.getOrDefault(parts[0], new TreeMap<>()).containsKey(Integer.valueOf(parts[1]));
        }

        /** Whether one that {@code before} does not have is on one of these backends. */
        boolean hasNewMemberOn(Set<Integer> backends, Services before) {
            return weights.keySet().stream()
                    .anyMatch(name -> weights.get(name).keySet().stream()
                            .anyMatch(last -> backends.contains(last)
                                    && !before.weights
                                            .getOrDefault(name, new TreeMap<>())
                                            .containsKey(last)));
        }

        /** As a file says it; a file without any is valid, too. */
        String yaml(int services, int members) {
            StringBuilder yaml =
                    new StringBuilder("""
                    version: 1
                    node:
                      name: lb1
                      interfaces: [{name: one}]
                      limits: {flows: 512Ki, services: %d, members: %d, ringSlots: 64Ki}
                    defaults: {ring: {size: %d, keepPrevious: 0s}}
                    services:%s
                    """.formatted(services, members, RING, weights.isEmpty() ? " {}" : ""));
            weights.keySet().forEach(name -> yaml.append("  %s: %s\n".formatted(name, service(name))));
            return yaml.toString();
        }

        private String service(String name) {
            List<String> backends = new ArrayList<>();
            weights.get(name)
                    .forEach(
                            (last, weight) -> backends.add("{address: 10.0.1.%d, weight: %d}".formatted(last, weight)));
            return "{checks: [{type: tcp, port: 80}], health: {initial: up}, vips: %s, backends: [%s]}"
                    .formatted(vipList(name), String.join(", ", backends));
        }

        private String vipList(String name) {
            return vips.get(name).stream()
                    .map("{address: 203.0.113.%d, port: 80, protocol: tcp}"::formatted)
                    .toList()
                    .toString();
        }

        /** What leads from these to others, place by place. */
        List<ConfigEdit> editsTo(Services after) {
            List<ConfigEdit> edits = new ArrayList<>();
            weights.keySet().stream()
                    .filter(name -> !after.weights.containsKey(name))
                    .forEach(name -> edits.add(new ConfigEdit("services." + name, Optional.empty())));
            after.weights.forEach((name, members) -> {
                String place = "services." + name;
                if (!weights.containsKey(name)) {
                    edits.add(new ConfigEdit(place, Optional.of(after.service(name))));
                    return;
                }
                if (!vips.get(name).equals(after.vips.get(name))) {
                    edits.add(new ConfigEdit(place + ".vips", Optional.of(after.vipList(name))));
                }
                members.forEach((last, weight) -> {
                    String backend = "%s.backends[10.0.1.%d]".formatted(place, last);
                    Integer before = weights.get(name).get(last);
                    if (before == null) {
                        edits.add(new ConfigEdit(backend, Optional.of("{weight: %d}".formatted(weight))));
                    } else if (!before.equals(weight)) {
                        edits.add(new ConfigEdit(backend + ".weight", Optional.of(weight.toString())));
                    }
                });
                weights.get(name).keySet().stream()
                        .filter(last -> !members.containsKey(last))
                        .forEach(last -> edits.add(
                                new ConfigEdit("%s.backends[10.0.1.%d]".formatted(place, last), Optional.empty())));
            });
            return edits;
        }

        @Override
        public String toString() {
            return weights + " " + vips;
        }
    }

    Services services() {
        SortedMap<String, SortedMap<Integer, Integer>> ownWeights = new TreeMap<>();
        weights.forEach((name, members) -> ownWeights.put(name, new TreeMap<>(members)));
        SortedMap<String, SortedSet<Integer>> ownVips = new TreeMap<>();
        vips.forEach((name, own) -> ownVips.put(name, new TreeSet<>(own)));
        return new Services(ownWeights, ownVips);
    }

    /** A drain lasts as long as its member. */
    void become(Services services) {
        weights = services.weights;
        vips = services.vips;
        drained.removeIf(member -> !services.hasMember(member));
    }

    boolean setDrained(String member, boolean on) {
        return on ? drained.add(member) : drained.remove(member);
    }

    Optional<String> anyMember(Random random) {
        String name = anyName(random);
        return weights.containsKey(name)
                ? Optional.of(name + "/10.0.1." + pick(weights.get(name), random))
                : Optional.empty();
    }

    static int anyBackend(Random random) {
        return FIRST_BACKEND + random.nextInt(BACKENDS);
    }

    private static String anyName(Random random) {
        return "s" + random.nextInt(NAMES);
    }

    private static int pick(SortedMap<Integer, Integer> members, Random random) {
        return members.keySet().stream()
                .skip(random.nextInt(members.size()))
                .findFirst()
                .orElseThrow();
    }

    /** What somebody might want instead. */
    Services changed(Random random) {
        Services wanted = services();
        String name = anyName(random);
        switch (random.nextInt(7)) {
            case 0 -> {
                wanted.weights.remove(name);
                wanted.vips.remove(name);
            }
            case 1 -> rename(wanted, name, anyName(random));
            case 2, 3 -> // the most frequent changes of all: nothing but weights, of one service or of several
                wanted.weights.values().stream()
                        .filter(_ -> random.nextBoolean())
                        .forEach(members -> members.put(pick(members, random), random.nextInt(4)));
            case 4 -> {
                put(wanted, name, random);
                put(wanted, anyName(random), random); // two blocks of ids may have to move at once
            }
            default -> put(wanted, name, random);
        }
        return wanted;
    }

    private static void rename(Services wanted, String from, String to) {
        if (wanted.weights.containsKey(from) && !wanted.weights.containsKey(to)) {
            wanted.weights.put(to, wanted.weights.remove(from));
            wanted.vips.put(to, wanted.vips.remove(from));
        }
    }

    private static void put(Services wanted, String name, Random random) {
        SortedMap<Integer, Integer> members = wanted.weights.computeIfAbsent(name, _ -> new TreeMap<>());
        for (int i = random.nextInt(8); i > 0; i--) {
            int last = anyBackend(random);
            if (random.nextInt(3) == 0) {
                members.remove(last);
            } else {
                members.put(last, random.nextInt(4));
            }
        }
        if (members.isEmpty()) {
            members.put(FIRST_BACKEND, 1);
        }
        SortedSet<Integer> own = wanted.vips.computeIfAbsent(name, _ -> new TreeSet<>());
        int vip = 1 + random.nextInt(VIPS);
        if (own.size() > 1 && random.nextBoolean()) {
            own.removeFirst();
        }
        if (wanted.vips.values().stream().noneMatch(each -> each.contains(vip))) {
            own.add(vip);
        }
        if (own.isEmpty()) {
            wanted.weights.remove(name);
            wanted.vips.remove(name);
        }
    }

    Optional<String> ownerOf(int vip) {
        return vips.keySet().stream()
                .filter(name -> vips.get(name).contains(vip))
                .findFirst();
    }

    SortedSet<String> names() {
        return new TreeSet<>(weights.keySet());
    }

    /** Weight of each member that takes new flows. */
    SortedMap<Integer, Integer> shares(String name) {
        SortedMap<Integer, Integer> shares = new TreeMap<>(weights.get(name));
        shares.values().removeIf(weight -> weight == 0);
        shares.keySet().removeIf(last -> dead.contains(last) || drained.contains(name + "/10.0.1." + last));
        return shares;
    }
}
