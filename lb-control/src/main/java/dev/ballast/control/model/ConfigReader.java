package dev.ballast.control.model;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a configuration.
 *
 * <p>All errors that do not follow from one another are found in one go; where the document's own structure is broken
 * (not YAML, not UTF-8, an unknown version) that is the one error. Pure: the same bytes give the same answer on every
 * machine, and whether they fit this one is asked of {@link MachineRules}.
 */
public final class ConfigReader {
    private ConfigReader() {}

    /**
     * The configuration in a file's content.
     *
     * @param fileName for messages only
     * @param yaml UTF-8, below 16 MiB
     * @throws ConfigException with the first 20 errors, in the order of the file
     */
    public static Config read(String fileName, byte[] yaml) throws ConfigException {
        Findings findings = new Findings();
        Optional<YamlNode> root = YamlParser.parse(yaml, findings);
        Optional<Config> config = root.flatMap(node -> config(findings, node));
        findings.throwIfAny(fileName);
        return config.orElseThrow(() -> new AssertionError("neither a configuration nor an error"));
    }

    /**
     * The configuration in a tree that is not from a file: its errors have no lines.
     *
     * @throws ConfigException with the first 20 errors
     */
    static Config read(String name, YamlNode root) throws ConfigException {
        Findings findings = new Findings();
        Optional<Config> config = config(findings, root);
        findings.throwIfAny(name);
        return config.orElseThrow(() -> new AssertionError("neither a configuration nor an error"));
    }

    private static Optional<Config> config(Findings findings, YamlNode node) {
        Section root = Section.of(findings, "", node.at(), node, Schema.FILE);
        if (root.value("version").map(ConfigReader::isUnknownVersion).orElse(false)) {
            return Optional.empty(); // its keys mean nothing to this build
        }
        ConfigRules rules = new ConfigRules(findings);
        Optional<Node> thisNode = NodeReader.read(root.section("node"), rules);
        Fleet fleet = fleet(root.section("fleet"), rules);
        Defaults defaults = defaults(root.section("defaults"), rules);
        Map<String, Service> services = services(root.section("services"), defaults, rules);
        root.close();
        thisNode.ifPresent(known -> rules.checkLimits(known.limits(), services.values(), root.at("services")));
        rules.checkAddresses();
        return thisNode.map(known -> new Config(Config.VERSION, known, fleet, defaults, services));
    }

    private static boolean isUnknownVersion(Value version) {
        if (version.text().equals(String.valueOf(Config.VERSION))
                && version.scalar().plain()) {
            return false;
        }
        version.refuse("is an unknown version", String.valueOf(Config.VERSION), "");
        return true;
    }

    private static Fleet fleet(Section section, ConfigRules rules) {
        Optional<Percent> maxDisruption = section.value("maxDisruption").flatMap(Value::percent);
        for (Section balancer : section.sections("balancers")) {
            balancer.value("address")
                    .flatMap(value -> value.as(Schema.ENDPOINT))
                    .ifPresent(endpoint -> rules.addPeer(
                            "the balancer", new Placed<>(endpoint.address(), balancer.path(), balancer.at())));
            balancer.holdRest();
        }
        section.close();
        return new Fleet(maxDisruption);
    }

    private static Defaults defaults(Section section, ConfigRules rules) {
        Defaults builtIn = Defaults.BUILT_IN;
        Defaults defaults = new Defaults(
                TrafficReader.encap(section.section("encap"), builtIn.encap(), rules),
                TrafficReader.ring(section.section("ring"), builtIn.ring()),
                TrafficReader.flows(section.section("flows"), builtIn.flows()),
                CheckReader.read(section.section("check"), builtIn.check()));
        section.close();
        return defaults;
    }

    private static Map<String, Service> services(Section section, Defaults defaults, ConfigRules rules) {
        Map<String, Service> services = new LinkedHashMap<>();
        section.named().forEach((name, entry) -> {
            if (!Names.isName(name)) {
                section.findings().add(entry.keyAt(), section.path(name), "", Names.PROBLEM, Names.ALLOWED, "");
            }
            services.put(name, ServiceReader.read(name, section.named(name), defaults, rules));
        });
        return services;
    }
}
