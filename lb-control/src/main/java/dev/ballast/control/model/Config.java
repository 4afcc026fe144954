package dev.ballast.control.model;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

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
        return version == other.version
                && node.inOneOrder().equals(other.node.inOneOrder())
                && fleet.equals(other.fleet)
                && defaults.equals(other.defaults)
                && services.keySet().equals(other.services.keySet())
                && services.values().stream()
                        .allMatch(service -> saysTheSame(service, other.services.get(service.name())));
    }

    /** Most services of two configurations are the same object, or are written alike. */
    private static boolean saysTheSame(Service one, @Nullable Service other) {
        return other != null && (one.equals(other) || one.inOneOrder().equals(other.inOneOrder()));
    }

    /** Whether the same members are checked in the same way: nothing that is probed or looked up depends on what else there is. */
    public boolean checksTheSameMembersAs(Config other) {
        return services.keySet().equals(other.services.keySet())
                && services.values().stream()
                        .allMatch(service -> checksTheSameMembers(service, other.services.get(service.name())));
    }

    private static boolean checksTheSameMembers(Service one, @Nullable Service other) {
        return other != null
                && (one.equals(other)
                        || (one.checks().equals(other.checks())
                                && one.health().equals(other.health())
                                && one.places().equals(other.places())));
    }

    /** The same with these services in place of those of their names. */
    Config withServices(Map<String, Service> some) {
        Map<String, Service> all = new TreeMap<>(services);
        all.putAll(some);
        return new Config(version, node, fleet, defaults, all);
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
