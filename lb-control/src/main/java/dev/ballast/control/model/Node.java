package dev.ballast.control.model;

import java.util.Comparator;
import java.util.List;

/**
 * This machine.
 *
 * @param name of this balancer
 * @param source where the shared sections come from
 * @param interfaces those that carry the datapath, at least one, each name once
 * @param limits the sizes of the kernel's tables; another value takes effect with the next load of the program
 * @param api who may change things
 * @param http where metrics are read
 * @param log what is written to stderr
 */
public record Node(String name, Source source, List<Interface> interfaces, Limits limits, Api api, Http http, Log log) {
    /** Copies the interfaces. */
    public Node {
        interfaces = List.copyOf(interfaces);
    }

    /** The same with its interfaces in the order of their names. */
    Node inOneOrder() {
        List<Interface> ordered = interfaces.stream()
                .sorted(Comparator.comparing(Interface::name))
                .toList();
        return new Node(name, source, ordered, limits, api, http, log);
    }

    /** Where the shared sections come from. */
    public enum Source {
        /** This machine's file, read at first start and on {@code apply}. */
        FILE
    }

    /**
     * A network interface that carries the datapath.
     *
     * @param name as the kernel knows it, 1 to 15 characters
     * @param generic what to do where the driver has no XDP of its own
     */
    public record Interface(String name, Generic generic) {}

    /** What to do where an interface's driver has no native XDP. */
    public enum Generic {
        /** Do not start: generic XDP costs several times as much. */
        REFUSE,
        /** Attach in generic mode. */
        ALLOW
    }

    /**
     * The sizes of the kernel's tables.
     *
     * @param flows entries of the flow table, a power of two
     * @param services rows of the service table
     * @param members rows of the member table, over all services
     * @param ringSlots slots that all rings share, 2 bytes each
     */
    public record Limits(long flows, int services, int members, long ringSlots) {
        /** The smallest flow table: 2^16 sets of 8 entries. */
        public static final long MIN_FLOWS = 8L << 16;

        /** The largest flow table: 2^24 sets of 8 entries. */
        public static final long MAX_FLOWS = 8L << 24;

        /** The most services. */
        public static final int MAX_SERVICES = 65_535;

        /** The most members: a flow entry names its member by 18 bits. */
        public static final int MAX_MEMBERS = 1 << 18;

        /** The fewest slots. */
        public static final long MIN_RING_SLOTS = 64L << 10;

        /** The most slots: a ring's place is a chunk number of 24 bits, a chunk has 32 slots. */
        public static final long MAX_RING_SLOTS = 32L << 24;

        /** The default: 4 Mi flows, 1,000 services, 20,000 members, 32 Mi ring slots. */
        public static final Limits DEFAULT = new Limits(4L << 20, 1_000, 20_000, 32L << 20);
    }

    /**
     * The control socket.
     *
     * @param group the Unix group whose members may open it, and so are administrators
     */
    public record Api(String group) {
        /** Whose members are administrators where the file says nothing. */
        public static final String DEFAULT_GROUP = "ballast";
    }

    /**
     * Metrics and readiness, read-only.
     *
     * @param listen where the daemon listens for HTTP
     */
    public record Http(Endpoint listen) {
        /** Only this machine may ask where the file says nothing. */
        public static final Http DEFAULT = new Http(new Endpoint(Address.parse("127.0.0.1"), 9590));
    }

    /**
     * The daemon's log.
     *
     * @param level the least severe event that is written
     */
    public record Log(Level level) {
        /** Severities, least first. */
        public enum Level {
            /** Every step. */
            DEBUG,
            /** What an operator would want to read later. */
            INFO,
            /** What needs an operator soon. */
            WARN,
            /** What failed. */
            ERROR
        }
    }
}
