package dev.ballast.control.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads {@code node}. */
final class NodeReader {
    private NodeReader() {}

    /** The node, or empty when its name cannot be read; what else is wrong is reported and has its default. */
    static Optional<Node> read(Section section, ConfigRules rules) {
        Optional<String> name = section.value("name").flatMap(value -> value.as(Schema.NAME));
        Node.Source source = source(section.section("source"));
        List<Node.Interface> interfaces = interfaces(section);
        Node.Limits limits = limits(section.section("limits"));
        Node.Api api = api(section.section("api"));
        Node.Http http = http(section.section("http"));
        Node.Log log = log(section.section("log"));
        if (section.has("bgp")) {
            bgp(section.section("bgp"), rules);
        }
        section.close();
        return name.map(known -> new Node(known, source, interfaces, limits, api, http, log));
    }

    /** Of what comes later, but already now no VIP may be one of its neighbours. */
    private static void bgp(Section section, ConfigRules rules) {
        for (Section peer : section.sections("peers")) {
            peer.value("address")
                    .flatMap(value -> value.as(Schema.ADDRESS))
                    .ifPresent(address ->
                            rules.addPeer("the BGP neighbour", new Placed<>(address, peer.path(), peer.at())));
            peer.holdRest();
        }
        section.holdRest();
    }

    private static Node.Source source(Section section) {
        Optional<Value> given = section.value("kind");
        Optional<Node.Source> kind = given.flatMap(value -> value.word(Node.Source.class));
        if (given.isPresent() && kind.isEmpty()) {
            List.of("endpoints", "prefix").forEach(section::answered);
        }
        section.close();
        return kind.orElse(Node.Source.FILE);
    }

    private static List<Node.Interface> interfaces(Section node) {
        List<Section> sections = node.sections("interfaces");
        if (sections.isEmpty() && node.isEmptyList("interfaces")) {
            node.findings()
                    .add(
                            node.at("interfaces"),
                            node.path("interfaces"),
                            "",
                            "names no interface",
                            "",
                            "name the one that carries the traffic: [{name: eth0}]");
        }
        List<Node.Interface> interfaces = new ArrayList<>();
        Map<String, Position> seen = new LinkedHashMap<>();
        for (Section section : sections) {
            Optional<Value> name = section.value("name");
            Node.Generic generic = section.word("generic", Node.Generic.class, Node.Generic.REFUSE);
            section.close();
            name.filter(value -> isInterface(value, seen))
                    .ifPresent(value -> interfaces.add(new Node.Interface(value.text(), generic)));
        }
        return interfaces;
    }

    private static boolean isInterface(Value name, Map<String, Position> seen) {
        if (name.as(Schema.INTERFACE_NAME).isEmpty()) {
            return false;
        }
        Position first = seen.putIfAbsent(name.text(), name.at());
        if (first != null) {
            name.refuse("is already listed at " + first, "", "remove one of the two");
        }
        return first == null;
    }

    private static Node.Limits limits(Section section) {
        Node.Limits fallback = Node.Limits.DEFAULT;
        long flows = section.value("flows").map(NodeReader::flows).orElse(fallback.flows());
        int services = section.integer("services", fallback.services());
        int members = section.integer("members", fallback.members());
        long ringSlots = section.value("ringSlots").flatMap(Value::size).orElse(fallback.ringSlots());
        section.close();
        return new Node.Limits(flows, services, members, ringSlots);
    }

    private static long flows(Value value) {
        long flows = value.size().orElse(Node.Limits.DEFAULT.flows());
        if (Long.bitCount(flows) != 1) {
            long below = Long.highestOneBit(flows);
            value.refuse(
                    "is not a power of two",
                    Units.printSize(Node.Limits.MIN_FLOWS) + " to " + Units.printSize(Node.Limits.MAX_FLOWS),
                    "the nearest are " + Units.printSize(below) + " and " + Units.printSize(2 * below));
        }
        return flows;
    }

    private static Node.Api api(Section section) {
        String group = section.value("group")
                .flatMap(value -> value.as(Schema.GROUP_NAME))
                .orElse(Node.Api.DEFAULT_GROUP);
        section.close();
        return new Node.Api(group);
    }

    private static Node.Http http(Section section) {
        Node.Http http = section.value("listen")
                .flatMap(value -> value.as(Schema.ENDPOINT))
                .map(Node.Http::new)
                .orElse(Node.Http.DEFAULT);
        section.close();
        return http;
    }

    private static Node.Log log(Section section) {
        Node.Log.Level level = section.word("level", Node.Log.Level.class, Node.Log.Level.INFO);
        section.close();
        return new Node.Log(level);
    }
}
