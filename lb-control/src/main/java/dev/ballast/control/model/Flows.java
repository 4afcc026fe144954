package dev.ballast.control.model;

import java.time.Duration;

/**
 * Whether and how long the datapath remembers which member serves a flow.
 *
 * @param track false: every packet follows the ring
 * @param tcpIdle how long a TCP flow without packets is remembered
 * @param udpIdle how long a UDP flow without packets is remembered
 */
public record Flows(boolean track, Duration tcpIdle, Duration udpIdle) {
    /** Tracked; 15 minutes for TCP, 60 seconds for UDP. */
    public static final Flows DEFAULT = new Flows(true, Duration.ofMinutes(15), Duration.ofSeconds(60));
}
