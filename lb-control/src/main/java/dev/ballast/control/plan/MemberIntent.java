package dev.ballast.control.plan;

import dev.ballast.control.model.Address;
import dev.ballast.control.model.ServerId;
import java.util.Optional;

/**
 * One backend in one service, as it is wanted now.
 *
 * @param address of the backend
 * @param weight 0 to 10,000
 * @param standing whether it takes flows
 * @param hop how to reach it; empty while that is not known, and then it is not in the ring
 * @param serverId by which QUIC packets find back to it
 */
public record MemberIntent(
        Address address, int weight, Standing standing, Optional<Hop> hop, Optional<ServerId> serverId) {
    /** Whether a member takes flows. */
    public enum Standing {
        /** Takes new flows. */
        IN,
        /** Keeps the flows it has. */
        DRAIN,
        /** Takes none; its flows are given to others. */
        DOWN
    }

    /** Whether its slots are in the ring. */
    public boolean inRing() {
        return standing == Standing.IN && weight > 0 && hop.isPresent();
    }
}
