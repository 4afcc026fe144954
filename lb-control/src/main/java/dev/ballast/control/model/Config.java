package dev.ballast.control.model;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * A whole configuration, valid in itself, with every default filled in.
 *
 * <p>Two files that mean the same give equal values, whatever the order of their keys. The order of VIPs, checks and
 * backends within a service is kept as written.
 *
 * @param version of the schema, {@link #VERSION}
 * @param node this machine
 * @param fleet what all balancers share
 * @param defaults what a service has when it says nothing; already applied to {@code services}
 * @param services by name, in the order of their names
 */
public record Config(int version, Node node, Fleet fleet, Defaults defaults, Map<String, Service> services) {
    /** The schema that this build reads and writes. */
    public static final int VERSION = 1;

    /**
     * Whether both say the same, so that the one makes no new revision of the other. The order of interfaces, VIPs, checks and
     * backends is kept as written, and means nothing.
     */
    public boolean saysTheSameAs(Config other) {
        return equals(other) || inOneOrder().equals(other.inOneOrder());
    }

    private Config inOneOrder() {
        Map<String, Service> ordered = new TreeMap<>();
        services.forEach((name, service) -> ordered.put(name, service.inOneOrder()));
        return new Config(version, node.inOneOrder(), fleet, defaults, ordered);
    }

    /** The same without any service. */
    public Config withoutServices() {
        return new Config(version, node, fleet, defaults, Map.of());
    }

    /** Copies the services and puts them in order. */
    public Config {
        services = Collections.unmodifiableMap(new TreeMap<>(services));
    }
}
