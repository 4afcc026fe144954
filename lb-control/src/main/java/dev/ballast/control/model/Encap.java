package dev.ballast.control.model;

import java.util.Optional;

/** How packets travel from the balancer to a backend. Its text, such as {@code gue port 6080}, is for people. */
public sealed interface Encap {
    /** IP in IP, from the balancer's own address. */
    Encap IPIP = new Ipip(Optional.empty());

    /** Which kind it is. */
    Type type();

    /** The kinds. */
    enum Type {
        /** An IP header alone: 4in4, 6in6, 4in6 or 6in4, by the families of packet and backend (RFC 2003, 2473, 4213). */
        IPIP,
        /** IP, UDP and GUE headers, over the backend's family (draft-ietf-intarea-gue, variant 1: the inner packet follows directly). */
        GUE,
        /** No outer header: the frame is given the backend's MAC address. */
        L2
    }

    /**
     * IP in IP.
     *
     * @param sourcePrefix where IPv4 outer headers have their source address from, another for each flow, so that the
     *     backends' network cards spread them; IPv4, /8 to /31. Empty: it is the balancer's own address.
     */
    record Ipip(Optional<Prefix> sourcePrefix) implements Encap {
        @Override
        public Type type() {
            return Type.IPIP;
        }

        @Override
        public String toString() {
            return "ipip" + sourcePrefix.map(prefix -> " from " + prefix).orElse("");
        }
    }

    /**
     * Generic UDP encapsulation.
     *
     * @param port the UDP destination port, 1 to 65535
     */
    record Gue(int port) implements Encap {
        /** What Linux' examples and IANA have for GUE. */
        public static final int DEFAULT_PORT = 6080;

        @Override
        public Type type() {
            return Type.GUE;
        }

        @Override
        public String toString() {
            return "gue port " + port;
        }
    }

    /** To a neighbour on the same segment, of the VIP's family, the packet untouched. */
    record L2() implements Encap {
        @Override
        public Type type() {
            return Type.L2;
        }

        @Override
        public String toString() {
            return "l2";
        }
    }
}
