package dev.ballast.control.model;

/**
 * How packets travel from the balancer to a backend.
 *
 * @param type the outer header
 */
public record Encap(Type type) {
    /** IP in IP. */
    public static final Encap IPIP = new Encap(Type.IPIP);

    /** Kinds of outer header. */
    public enum Type {
        /** An IP header alone: 4in4, 6in6, 4in6 or 6in4, by the families of packet and backend (RFC 2003, 2473, 4213). */
        IPIP
    }
}
