package dev.ballast.control.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads one service, what it leaves out taken from the defaults. */
final class ServiceReader {
    private ServiceReader() {}

    /** The service; what cannot be read is reported, and left out or at its default. */
    static Service read(String name, Section section, Defaults defaults, ConfigRules rules) {
        List<Vip> vips = vips(name, section, rules);
        Encap encap = TrafficReader.encap(section.section("encap"), defaults.encap());
        Ring ring = TrafficReader.ring(section.section("ring"), defaults.ring());
        Flows flows = TrafficReader.flows(section.section("flows"), defaults.flows());
        Service.Hash hash = section.value("hash")
                .flatMap(value ->
                        value.word(Service.Hash.class, "source", "destination-port", "source-destination", "quic"))
                .orElse(Service.Hash.FIVE_TUPLE);
        Service.WhenEmpty whenEmpty = section.value("whenEmpty")
                .flatMap(value -> value.word(Service.WhenEmpty.class))
                .orElse(Service.WhenEmpty.DROP);
        List<Check> checks = CheckReader.readAll(section, defaults.check(), vips);
        Service.Combine combine = section.value("combine")
                .flatMap(value -> value.word(Service.Combine.class, "any"))
                .orElse(Service.Combine.ALL);
        Service.Health health = health(section.section("health"));
        List<Backend> backends = backends(name, section, vips, ring, rules);
        section.later("announce", LaterKeys.ANNOUNCE);
        section.later("sources", LaterKeys.SOURCES);
        section.close();
        return new Service(name, vips, encap, ring, flows, hash, whenEmpty, checks, combine, health, backends);
    }

    /** The VIPs; empty when one of them could not be read, so that no rule speaks about half of them. */
    private static List<Vip> vips(String service, Section section, ConfigRules rules) {
        String example = "[{address: 192.0.2.10, port: 443, protocol: tcp}]";
        if (!section.has("vips")) {
            section.missing("vips", "write vips: " + example);
        }
        List<Section> sections = section.sections("vips");
        if (sections.isEmpty() && section.isEmptyList("vips")) {
            section.findings()
                    .add(section.at("vips"), section.path("vips"), "", "names no VIP", "", "name one: " + example);
        }
        List<Vip> vips = new ArrayList<>();
        for (Section vip : sections) {
            vip(vip).ifPresent(read -> {
                vips.add(read);
                rules.addVip(service, new Placed<>(read, vip.path(), vip.at()));
            });
        }
        return vips.size() == sections.size() ? vips : List.of();
    }

    private static Optional<Vip> vip(Section section) {
        Optional<Address> address = section.required("address", "write the address that clients connect to")
                .flatMap(value -> value.address("is a prefix, which is not in this build"));
        Optional<Integer> port =
                section.required("port", "write 1 to 65535, or any").flatMap(ServiceReader::vipPort);
        Optional<Vip.Protocol> protocol =
                section.required("protocol", "write tcp or udp").flatMap(value -> value.word(Vip.Protocol.class));
        section.close();
        return address.isEmpty() || port.isEmpty() || protocol.isEmpty()
                ? Optional.empty()
                : Optional.of(new Vip(address.get(), port.get(), protocol.get()));
    }

    private static Optional<Integer> vipPort(Value value) {
        if (value.text().equals("any")) {
            return Optional.of(Vip.ANY_PORT);
        }
        return value.integer(1, 65_535, "1 to 65535, or any");
    }

    private static Service.Health health(Section section) {
        Service.Health.Initial initial = section.value("initial")
                .flatMap(value -> value.word(Service.Health.Initial.class))
                .orElse(Service.Health.DEFAULT.initial());
        section.later("panicFloor", LaterKeys.VALUE);
        section.later("quorum", LaterKeys.VALUE);
        section.later("slowStart", LaterKeys.VALUE);
        section.close();
        return new Service.Health(initial);
    }

    private static List<Backend> backends(
            String service, Section section, List<Vip> vips, Ring ring, ConfigRules rules) {
        List<Backend> backends = new ArrayList<>();
        Map<Address, Position> seen = new HashMap<>();
        for (Section entry : section.sections("backends")) {
            Optional<Value> given = entry.required("address", "write the backend's address");
            Optional<Address> address = given.flatMap(value -> value.address("is a prefix"));
            int weight = entry.integer("weight", 0, Backend.MAX_WEIGHT, Backend.DEFAULT_WEIGHT);
            boolean drain = entry.value("drain").flatMap(Value::bool).orElse(false);
            backendPort(entry, vips);
            entry.later("serverId", LaterKeys.VALUE);
            entry.close();
            address.ifPresent(known -> {
                Position first = seen.putIfAbsent(known, entry.at());
                if (first != null) {
                    given.get()
                            .refuse(
                                    "is already a backend of " + service + ", at " + first,
                                    "",
                                    "remove one of the two");
                }
                backends.add(new Backend(known, weight, drain));
                rules.addBackend(new Placed<>(known, entry.path(), entry.at()));
            });
        }
        int most = Math.min(ring.size(), Service.MAX_BACKENDS);
        if (backends.size() > most) {
            section.findings()
                    .add(
                            section.at("backends"),
                            section.path("backends"),
                            String.valueOf(backends.size()),
                            "backends do not fit a ring of " + ring.size() + " slots",
                            "up to " + most,
                            most < Service.MAX_BACKENDS ? "choose a larger ring.size" : "split the service");
        }
        return backends;
    }

    /** A backend's port says nothing where it is the VIPs' own, and cannot be had where it is another. */
    private static void backendPort(Section backend, List<Vip> vips) {
        Optional<Value> given = backend.value("port");
        Optional<Integer> port = given.flatMap(value -> value.integer(1, 65_535));
        if (port.isEmpty() || vips.isEmpty()) {
            return;
        }
        if (vips.stream().anyMatch(Vip::takesAnyPort)) {
            given.get()
                    .refuse(
                            "cannot be kept: the service takes any port, and a backend sees the port that the client chose",
                            "",
                            "leave port out");
        } else if (vips.stream().anyMatch(vip -> !port.get().equals(vip.port()))) {
            given.get()
                    .refuse(
                            "is not the VIP's port: packets are not rewritten, so a backend sees the VIP's port and answers from it",
                            "",
                            "leave port out and let the backend listen on the VIP's port");
        }
    }
}
