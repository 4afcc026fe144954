package dev.ballast.control.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A configuration as maps, lists, strings, integers and booleans, in the order of the schema.
 *
 * <p>{@code node} and {@code defaults} are complete, so that every value that is in force can be read; {@code fleet} is there if
 * it says something; a service says
 * what differs from {@code defaults}, so that a later change of a default still reaches it.
 */
public final class ConfigTree {
    private ConfigTree() {}

    /** The tree of a configuration: equal ones give equal trees. */
    public static Map<String, Object> of(Config config) {
        Map<String, Object> services = new LinkedHashMap<>();
        config.services().forEach((name, service) -> services.put(name, service(service, config.defaults())));
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("version", config.version());
        tree.put("node", node(config.node()));
        config.fleet().maxDisruption().ifPresent(max -> tree.put("fleet", Map.of("maxDisruption", max.toString())));
        tree.put("defaults", defaults(config.defaults()));
        tree.put("services", services);
        return tree;
    }

    private static Map<String, Object> node(Node node) {
        Map<String, Object> limits = new LinkedHashMap<>();
        limits.put("flows", Units.printSize(node.limits().flows()));
        limits.put("services", node.limits().services());
        limits.put("members", node.limits().members());
        limits.put("ringSlots", Units.printSize(node.limits().ringSlots()));
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("name", node.name());
        tree.put("source", Map.of("kind", Words.of(node.source())));
        tree.put("interfaces", list(node.interfaces(), ConfigTree::networkInterface));
        tree.put("limits", limits);
        tree.put("api", Map.of("group", node.api().group()));
        tree.put("http", Map.of("listen", node.http().listen().toString()));
        tree.put("log", Map.of("level", Words.of(node.log().level())));
        return tree;
    }

    private static Map<String, Object> networkInterface(Node.Interface networkInterface) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("name", networkInterface.name());
        tree.put("generic", Words.of(networkInterface.generic()));
        return tree;
    }

    private static Map<String, Object> defaults(Defaults defaults) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("encap", encap(defaults.encap()));
        tree.put("ring", ring(defaults.ring()));
        tree.put("flows", flows(defaults.flows()));
        tree.put("check", check(defaults.check()));
        return tree;
    }

    private static Map<String, Object> encap(Encap encap) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("type", Words.of(encap.type()));
        switch (encap) {
            case Encap.Ipip ipip ->
                tree.put(
                        "sourcePrefix",
                        ipip.sourcePrefix().map(Prefix::toString).orElse(TrafficReader.NO_PREFIX));
            case Encap.Gue gue -> tree.put("port", gue.port());
            case Encap.L2 _ -> {}
        }
        return tree;
    }

    private static Map<String, Object> ring(Ring ring) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("size", ring.size());
        tree.put("algorithm", Words.of(ring.algorithm()));
        tree.put("keepPrevious", Units.printDuration(ring.keepPrevious()));
        return tree;
    }

    private static Map<String, Object> flows(Flows flows) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("track", flows.track());
        tree.put("tcpIdle", Units.printDuration(flows.tcpIdle()));
        tree.put("udpIdle", Units.printDuration(flows.udpIdle()));
        return tree;
    }

    private static Map<String, Object> check(Check check) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("type", Words.of(check.type()));
        tree.put("path", Words.of(check.path()));
        if (check.port() != Check.PORT_OF_VIP) {
            tree.put("port", check.port());
        }
        tree.put("interval", Units.printDuration(check.interval()));
        tree.put("timeout", Units.printDuration(check.timeout()));
        tree.put("rise", check.rise());
        tree.put("fall", check.fall());
        tree.put("jitter", check.jitter().toString());
        return tree;
    }

    /** What a check says beyond its fallback; always its type, so that the line explains itself. */
    private static Map<String, Object> namedCheck(Check check, Check fallback) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("type", Words.of(check.type()));
        tree.putAll(difference(check(check), check(fallback)));
        return tree;
    }

    /** The tree of one service. */
    public static Map<String, Object> service(Service service, Defaults defaults) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("vips", list(service.vips(), ConfigTree::vip));
        putDifference(tree, "encap", encap(service.encap()), encap(defaults.encap()));
        putDifference(tree, "ring", ring(service.ring()), ring(defaults.ring()));
        putDifference(tree, "flows", flows(service.flows()), flows(defaults.flows()));
        tree.put("hash", Words.of(service.hash()));
        tree.put("whenEmpty", Words.of(service.whenEmpty()));
        Optional<Check> implied = CheckReader.withPort(defaults.check(), service.vips());
        if (!implied.map(List::of).equals(Optional.of(service.checks()))) {
            Check fallback = implied.orElse(defaults.check());
            tree.put("checks", list(service.checks(), check -> namedCheck(check, fallback)));
        }
        tree.put("combine", Words.of(service.combine()));
        tree.put("health", Map.of("initial", Words.of(service.health().initial())));
        if (!service.sources().isEverybody()) {
            tree.put("sources", sources(service.sources()));
        }
        tree.put("backends", list(service.backends(), ConfigTree::backend));
        return tree;
    }

    private static Map<String, Object> sources(Sources sources) {
        return Map.of(
                Words.of(sources.rule()),
                sources.prefixes().stream().map(Prefix::toString).toList());
    }

    private static Map<String, Object> vip(Vip vip) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("address", vip.host());
        tree.put("port", vip.takesAnyPort() ? "any" : (Object) vip.port());
        tree.put("protocol", Words.of(vip.protocol()));
        return tree;
    }

    private static Map<String, Object> backend(Backend backend) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("address", backend.address().toString());
        tree.put("weight", backend.weight());
        if (backend.drain()) {
            tree.put("drain", true);
        }
        backend.checkPort().ifPresent(port -> tree.put("checkPort", port));
        backend.serverId().ifPresent(id -> tree.put("serverId", id.toString()));
        return tree;
    }

    private static <T> List<Object> list(List<T> items, Function<T, Map<String, Object>> tree) {
        return new ArrayList<>(items.stream().map(tree).toList());
    }

    private static void putDifference(
            Map<String, Object> tree, String key, Map<String, Object> effective, Map<String, Object> fallback) {
        Map<String, Object> difference = difference(effective, fallback);
        if (!difference.isEmpty()) {
            tree.put(key, difference);
        }
    }

    private static Map<String, Object> difference(Map<String, Object> effective, Map<String, Object> fallback) {
        Map<String, Object> difference = new LinkedHashMap<>(effective);
        difference.entrySet().removeAll(fallback.entrySet());
        return difference;
    }
}
