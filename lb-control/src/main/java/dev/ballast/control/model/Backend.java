package dev.ballast.control.model;

import java.util.Optional;

/**
 * An address that serves. It has no port: packets keep the VIP's, and the backend answers the client itself.
 *
 * @param address where packets are sent
 * @param weight its share beside the other backends, 1 to 10,000; 0 drains it
 * @param drain takes no new flows, keeps those it has
 * @param checkPort where checks probe it, 1 to 65535; empty: on their own port
 * @param serverId by which QUIC packets find back to it, where the service's hash is {@code quic}
 */
public record Backend(
        Address address, int weight, boolean drain, Optional<Integer> checkPort, Optional<ServerId> serverId) {
    /** The largest weight. */
    public static final int MAX_WEIGHT = 10_000;

    /** The weight of a backend that names none. */
    public static final int DEFAULT_WEIGHT = 100;

    /** Whether it takes no new flows, by either way of saying so. */
    public boolean drains() {
        return drain || weight == 0;
    }
}
