package dev.ballast.control.model;

/**
 * What a service has when it says nothing.
 *
 * @param encap how packets travel to a backend
 * @param ring the size of its ring
 * @param flows whether and how long flows are remembered
 * @param check the check of a service that names none, and the values that a named one leaves out; its port may be
 *     {@link Check#PORT_OF_VIP}
 */
public record Defaults(Encap encap, Ring ring, Flows flows, Check check) {
    /** What the sections of {@code defaults} are when the file says nothing. */
    public static final Defaults BUILT_IN = new Defaults(Encap.IPIP, Ring.DEFAULT, Flows.DEFAULT, Check.DEFAULT);
}
