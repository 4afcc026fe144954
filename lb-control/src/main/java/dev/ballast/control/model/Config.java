package dev.ballast.control.model;

import java.util.List;
import java.util.Map;
import java.util.Set;
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
                && otherwiseIn(other).stream()
                        .allMatch(name -> saysTheSame(services.get(name), other.services.get(name)));
    }

    private static boolean saysTheSame(@Nullable Service one, @Nullable Service other) {
        return one != null
                && other != null
                && (one.equals(other) || one.inOneOrder().equals(other.inOneOrder()));
    }

    /**
     * The names of the services that {@code other} has as another object, or that only one of both has: most are the same object, and to
     * compare what they say would take long.
     */
    public Set<String> otherwiseIn(Config other) {
        return Services.copyOf(services).otherwiseIn(Services.copyOf(other.services));
    }

    /** The services in the order of their names. */
    public List<Service> serviceList() {
        return Services.copyOf(services).list();
    }

    /** Whether the same members are checked in the same way: nothing that is probed or looked up depends on what else there is. */
    public boolean checksTheSameMembersAs(Config other) {
        return otherwiseIn(other).stream()
                .allMatch(name -> checksTheSameMembers(services.get(name), other.services.get(name)));
    }

    private static boolean checksTheSameMembers(@Nullable Service one, @Nullable Service other) {
        return one != null
                && other != null
                && (one.equals(other)
                        || (one.checks().equals(other.checks())
                                && one.health().equals(other.health())
                                && one.places().equals(other.places())));
    }

    /** The same with these services in place of those of their names. */
    Config withServices(Map<String, Service> some) {
        return new Config(
                version, node, fleet, defaults, Services.copyOf(services).with(some));
    }

    /** The same without any service. */
    public Config withoutServices() {
        return new Config(version, node, fleet, defaults, Map.of());
    }

    /** Copies the services and puts them in order. */
    public Config {
        services = Services.copyOf(services);
    }
}
