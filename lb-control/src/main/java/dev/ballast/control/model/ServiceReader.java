package dev.ballast.control.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads one service, what it leaves out taken from the defaults. */
final class ServiceReader {
    static final String VIPS_EXAMPLE = "[{address: 192.0.2.10, port: 443, protocol: tcp}]";

    private ServiceReader() {}

    /** The service; what cannot be read is reported, and left out or at its default. */
    static Service read(String name, Section section, Defaults defaults, ConfigRules rules) {
        List<Placed<Vip>> placedVips = vips(name, section, rules);
        List<Vip> vips = placedVips.stream().map(Placed::value).toList();
        Encap encap = TrafficReader.encap(section.section("encap"), defaults.encap(), rules);
        Ring ring = TrafficReader.ring(section.section("ring"), defaults.ring());
        Flows flows = TrafficReader.flows(section.section("flows"), defaults.flows());
        Service.Hash hash = hash(section, vips);
        Service.WhenEmpty whenEmpty = section.word("whenEmpty", Service.WhenEmpty.class, Service.WhenEmpty.DROP);
        List<Check> checks = CheckReader.readAll(section, defaults.check(), vips);
        Service.Combine combine = section.word("combine", Service.Combine.class, Service.Combine.ALL);
        Service.Health health = health(section.section("health"));
        Sources sources = sources(section.section("sources"));
        List<Backend> backends = new BackendReader(name, vips, ring, hash, checks, rules).read(section);
        if (encap.type() == Encap.Type.L2) {
            checkSegment(section.findings(), placedVips, backends);
        }
        section.close();
        return new Service(name, vips, encap, ring, flows, hash, whenEmpty, checks, combine, health, sources, backends);
    }

    /** The VIPs; empty when one of them could not be read, so that no rule speaks about half of them. */
    private static List<Placed<Vip>> vips(String service, Section section, ConfigRules rules) {
        List<Section> sections = section.sections("vips");
        if (sections.isEmpty() && section.isEmptyList("vips")) {
            section.findings()
                    .add(section.at("vips"), section.path("vips"), "", "names no VIP", "", "name one: " + VIPS_EXAMPLE);
        }
        List<Placed<Vip>> vips = new ArrayList<>();
        for (Section vip : sections) {
            vip(vip).ifPresent(read -> {
                Placed<Vip> placed = new Placed<>(read, vip.path(), vip.at());
                vips.add(placed);
                rules.addVip(service, placed);
            });
        }
        return vips.size() == sections.size() ? vips : List.of();
    }

    private static Optional<Vip> vip(Section section) {
        Optional<Prefix> prefix = section.value("address").flatMap(value -> value.as(Schema.VIP_ADDRESS));
        Optional<Integer> port = section.value("port").flatMap(Value::integer);
        Optional<Vip.Protocol> protocol = section.value("protocol").flatMap(value -> value.word(Vip.Protocol.class));
        section.close();
        return prefix.isEmpty() || port.isEmpty() || protocol.isEmpty()
                ? Optional.empty()
                : Optional.of(new Vip(prefix.get(), port.get(), protocol.get()));
    }

    /** By l2, a backend is sent the client's own packet: it has to be a neighbour of that packet's family. */
    private static void checkSegment(Findings findings, List<Placed<Vip>> vips, List<Backend> backends) {
        for (Placed<Vip> vip : vips) {
            backends.stream()
                    .filter(backend -> backend.address().family() != vip.value().family())
                    .findFirst()
                    .ifPresent(backend -> findings.add(
                            vip.at(),
                            vip.path(),
                            vip.value().toString(),
                            "is not of the family of the backend " + backend.address()
                                    + ", and l2 sends a client's packet as it is to a neighbour of its own family",
                            "",
                            "give each family a service of its own, or choose ipip or gue"));
        }
    }

    private static Service.Hash hash(Section section, List<Vip> vips) {
        Optional<Value> given = section.value("hash");
        Service.Hash hash =
                given.flatMap(value -> value.word(Service.Hash.class)).orElse(Service.Hash.FIVE_TUPLE);
        if (hash == Service.Hash.QUIC) {
            vips.stream()
                    .filter(vip -> vip.protocol() != Vip.Protocol.UDP)
                    .findFirst()
                    .ifPresent(vip -> given.get()
                            .refuse(
                                    "is for UDP, and " + vip + " is a VIP of this service",
                                    "",
                                    "give the other protocol a service of its own"));
        }
        return hash;
    }

    private static Sources sources(Section section) {
        List<Value> deny = section.values("deny");
        List<Value> allow = section.values("allow");
        section.close();
        if (section.has("deny") && section.has("allow")) {
            section.findings()
                    .add(
                            section.at("allow"),
                            section.path("allow"),
                            "",
                            "stands beside deny, and a service has one of them",
                            "",
                            "keep allow if only these may come, deny if all others may");
            return Sources.ALL;
        }
        if (section.isEmptyList("allow")) {
            String cure = "name a prefix, or leave allow out";
            section.findings().add(section.at("allow"), section.path("allow"), "", "lets nobody in", "", cure);
        }
        boolean allows = section.has("allow");
        return Sources.of(
                allows ? Sources.Rule.ALLOW : Sources.Rule.DENY,
                prefixes(section, allows ? "allow" : "deny", allows ? allow : deny));
    }

    private static Set<Prefix> prefixes(Section section, String key, List<Value> values) {
        if (values.size() > Sources.MAX_PREFIXES) {
            section.findings()
                    .add(
                            section.at(key),
                            section.path(key),
                            String.valueOf(values.size()),
                            "prefixes are too many for one service",
                            "up to " + Sources.MAX_PREFIXES,
                            "name shorter prefixes that cover several of them");
            return Set.of();
        }
        Map<Prefix, Position> seen = new HashMap<>();
        for (Value value : values) {
            value.as(Schema.SOURCE).ifPresent(prefix -> {
                Position first = seen.putIfAbsent(prefix, value.at());
                if (first != null) {
                    value.refuse("is already listed at " + first, "", "remove one of the two");
                }
            });
        }
        return seen.keySet();
    }

    private static Service.Health health(Section section) {
        Service.Health.Initial initial =
                section.word("initial", Service.Health.Initial.class, Service.Health.DEFAULT.initial());
        section.close();
        return new Service.Health(initial);
    }
}
