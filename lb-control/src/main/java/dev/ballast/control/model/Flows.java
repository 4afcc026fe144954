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
    /** The shortest idle time: some ticks of the flow tables' clock. */
    public static final Duration MIN_IDLE = Duration.ofSeconds(10);

    /**
     * A flow's expiry is 12 bits of ticks, of which half can lie ahead; with the shortest tick that a kernel's HZ
     * gives (300: 3.4 s) that is 116 minutes.
     */
    public static final Duration MAX_IDLE = Duration.ofMinutes(110);

    /** Tracked; 15 minutes for TCP, 60 seconds for UDP. */
    public static final Flows DEFAULT = new Flows(true, Duration.ofMinutes(15), Duration.ofSeconds(60));
}
