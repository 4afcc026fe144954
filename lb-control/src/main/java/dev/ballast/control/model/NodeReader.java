package dev.ballast.control.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads {@code node}. */
final class NodeReader {
    /** What the kernel takes as a device name (dev_valid_name in net/core/dev.c), in printable ASCII. */
    private static final Pattern INTERFACE_NAME = Pattern.compile("(?!\\.{1,2}$)[!-~&&[^/:]]{1,15}");

    /** What useradd(8) recommends and groupadd(8) takes. */
    private static final Pattern GROUP_NAME = Pattern.compile("[a-z_][a-z0-9_-]{0,31}");

    /** A table has 2^16 to 2^24 sets of 8 entries. */
    private static final long MIN_FLOWS = 8L << 16;

    private static final long MAX_FLOWS = 8L << 24;

    private static final int MAX_SERVICES = 65_535;

    /** A flow entry names its member by 18 bits. */
    private static final int MAX_MEMBERS = 1 << 18;

    private static final long MIN_RING_SLOTS = 64L << 10;

    /** A ring's place is a chunk number of 24 bits, a chunk has 32 slots. */
    private static final long MAX_RING_SLOTS = 32L << 24;

    private NodeReader() {}

    /** The node, or empty when its name cannot be read; what else is wrong is reported and has its default. */
    static Optional<Node> read(Section section) {
        Optional<String> name = section.required("name", "give this balancer a name, such as lb1")
                .filter(NodeReader::isName)
                .map(Value::text);
        Node.Source source = source(section.section("source"));
        List<Node.Interface> interfaces = interfaces(section);
        Node.Limits limits = limits(section.section("limits"));
        Node.Api api = api(section.section("api"));
        Node.Log log = log(section.section("log"));
        section.later("http", LaterKeys.HTTP);
        section.later("probes", LaterKeys.PROBES);
        section.later("bgp", LaterKeys.BGP);
        section.close();
        return name.map(known -> new Node(known, source, interfaces, limits, api, log));
    }

    private static boolean isName(Value name) {
        if (!Names.isName(name.text())) {
            name.refuse(Names.PROBLEM, Names.ALLOWED, "");
            return false;
        }
        return true;
    }

    private static Node.Source source(Section section) {
        Optional<Value> given = section.value("kind");
        Optional<Node.Source> kind = given.flatMap(value -> value.word(Node.Source.class, "etcd"));
        if (given.isPresent() && kind.isEmpty()) {
            section.laterUnanswered("endpoints", LaterKeys.VALUES);
            section.laterUnanswered("prefix", LaterKeys.VALUE);
        } else {
            section.later("endpoints", LaterKeys.VALUES);
            section.later("prefix", LaterKeys.VALUE);
        }
        section.close();
        return kind.orElse(Node.Source.FILE);
    }

    private static List<Node.Interface> interfaces(Section node) {
        if (!node.has("interfaces")) {
            node.missing("interfaces", "name the interface that carries the traffic: [{name: eth0}]");
        }
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
            Optional<Value> name = section.required("name", "write the interface's name as `ip link` shows it");
            Node.Generic generic = section.value("generic")
                    .flatMap(value -> value.word(Node.Generic.class))
                    .orElse(Node.Generic.REFUSE);
            section.close();
            name.filter(value -> isInterface(value, seen))
                    .ifPresent(value -> interfaces.add(new Node.Interface(value.text(), generic)));
        }
        return interfaces;
    }

    private static boolean isInterface(Value name, Map<String, Position> seen) {
        if (!INTERFACE_NAME.matcher(name.text()).matches()) {
            name.refuse("cannot name an interface", "1 to 15 printable characters without / and :", "");
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
        int services = section.integer("services", 1, MAX_SERVICES, fallback.services());
        int members = section.integer("members", 1, MAX_MEMBERS, fallback.members());
        long ringSlots = section.value("ringSlots")
                .flatMap(value -> value.size(MIN_RING_SLOTS, MAX_RING_SLOTS))
                .orElse(fallback.ringSlots());
        section.close();
        return new Node.Limits(flows, services, members, ringSlots);
    }

    private static long flows(Value value) {
        long flows = value.size(MIN_FLOWS, MAX_FLOWS).orElse(Node.Limits.DEFAULT.flows());
        if (Long.bitCount(flows) != 1) {
            long below = Long.highestOneBit(flows);
            value.refuse(
                    "is not a power of two",
                    Units.printSize(MIN_FLOWS) + " to " + Units.printSize(MAX_FLOWS),
                    "the nearest are " + Units.printSize(below) + " and " + Units.printSize(2 * below));
        }
        return flows;
    }

    private static Node.Api api(Section section) {
        String group = section.value("group")
                .filter(NodeReader::isGroup)
                .map(Value::text)
                .orElse(Node.Api.DEFAULT_GROUP);
        section.later("tcp", LaterKeys.API_TCP);
        section.close();
        return new Node.Api(group);
    }

    private static boolean isGroup(Value group) {
        if (!GROUP_NAME.matcher(group.text()).matches()) {
            group.refuse("cannot name a Unix group", "1 to 32 of a-z, 0-9, _ and -, a-z or _ first", "");
            return false;
        }
        return true;
    }

    private static Node.Log log(Section section) {
        Node.Log.Level level = section.value("level")
                .flatMap(value -> value.word(Node.Log.Level.class))
                .orElse(Node.Log.Level.INFO);
        section.close();
        return new Node.Log(level);
    }
}
