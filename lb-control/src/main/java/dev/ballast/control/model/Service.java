package dev.ballast.control.model;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * One service: the VIPs that clients see, and the backends that serve them.
 *
 * @param name matches {@link Names#PATTERN}
 * @param vips at least one; no key (prefix, port, protocol) is in two services
 * @param encap how packets travel to its backends
 * @param ring the size of its ring
 * @param flows whether and how long its flows are remembered
 * @param hash what of a packet chooses the slot
 * @param whenEmpty what happens to packets while no member is usable
 * @param checks each with its port; empty: members are never probed and count as up
 * @param combine how several checks make one health
 * @param health how the results of its checks become health
 * @param sources whose packets it takes
 * @param backends each address once; may be empty, and then {@code whenEmpty} applies
 */
public record Service(
        String name,
        List<Vip> vips,
        Encap encap,
        Ring ring,
        Flows flows,
        Hash hash,
        WhenEmpty whenEmpty,
        List<Check> checks,
        Combine combine,
        Health health,
        Sources sources,
        List<Backend> backends) {
    /** How many backends one service can have: a ring slot names one of them in 16 bits. */
    public static final int MAX_BACKENDS = 65_535;

    /** Copies the lists. */
    public Service {
        vips = List.copyOf(vips);
        checks = List.copyOf(checks);
        backends = List.copyOf(backends);
    }

    /** The same with its VIPs, checks and backends in an order of their own. */
    Service inOneOrder() {
        return new Service(
                name,
                vips.stream().sorted(Comparator.comparing(Vip::toString)).toList(),
                encap,
                ring,
                flows,
                hash,
                whenEmpty,
                checks.stream().sorted(Comparator.comparing(Check::toString)).toList(),
                combine,
                health,
                sources,
                backends.stream().sorted(Comparator.comparing(Backend::address)).toList());
    }

    /** Where its members are checked, by their addresses. */
    Map<Address, Optional<Integer>> places() {
        return backends.stream().collect(Collectors.toMap(Backend::address, Backend::checkPort));
    }

    /** What of a packet chooses the slot of the ring. Flows are tracked by all five in every mode. */
    public enum Hash {
        /** Addresses, ports and protocol. */
        FIVE_TUPLE,
        /** The source address: a client's connections go to one member. */
        SOURCE,
        /** The destination port: for services that take any port. */
        DESTINATION_PORT,
        /** Source address and destination port. */
        SOURCE_DESTINATION,
        /** The server id in the connection id of a QUIC short header; without a known one as {@link #FIVE_TUPLE}. */
        QUIC
    }

    /** What happens to packets of a service without a usable member. */
    public enum WhenEmpty {
        /** They are dropped and counted. */
        DROP
    }

    /** How several checks make one health. */
    public enum Combine {
        /** Up when every check is up. */
        ALL
    }

    /**
     * How the results of checks become health.
     *
     * @param initial a member's health until its checks have decided
     */
    public record Health(Initial initial) {
        /** A new member serves when its checks have succeeded. */
        public static final Health DEFAULT = new Health(Initial.DOWN);

        /** A member's health until its checks have decided. */
        public enum Initial {
            /** Serves at once, and leaves if its checks fail. */
            UP,
            /** Serves when its checks have succeeded. */
            DOWN
        }
    }
}
