package dev.ballast.control.model;

import java.time.Duration;

/**
 * One health check of a service; every member gets its own probes of it.
 *
 * @param type what a probe does
 * @param path the way that a probe takes
 * @param port where a probe connects, 1 to 65535; {@link #PORT_OF_VIP} in {@link Defaults} only, never in a service
 * @param interval from the start of one probe to the start of the next, before jitter
 * @param timeout a probe without an answer for this long has failed; at most {@code interval}
 * @param rise successes in a row that make a member up
 * @param fall failures in a row that make a member down
 * @param jitter the share of {@code interval} by which a probe is moved at random, either way
 */
public record Check(
        Type type, Path path, int port, Duration interval, Duration timeout, int rise, int fall, Percent jitter) {
    /** In {@link Defaults}: the one port that the TCP VIPs of the service have. */
    public static final int PORT_OF_VIP = 0;

    /** The shortest interval. */
    public static final Duration MIN_INTERVAL = Duration.ofMillis(100);

    /** The longest interval, and so the longest timeout. */
    public static final Duration MAX_INTERVAL = Duration.ofHours(1);

    /** The shortest timeout. */
    public static final Duration MIN_TIMEOUT = Duration.ofMillis(10);

    /** The most that {@code rise} and {@code fall} can be. */
    public static final int MAX_IN_A_ROW = 100;

    /** The largest jitter: half of the interval. */
    public static final Percent MAX_JITTER = new Percent(5_000);

    /** TCP, direct, on the VIP's port; each 2 s within 1 s, rise 2, fall 3, jitter 10 %. */
    public static final Check DEFAULT = new Check(
            Type.TCP, Path.DIRECT, PORT_OF_VIP, Duration.ofSeconds(2), Duration.ofSeconds(1), 2, 3, new Percent(1_000));

    /** What a probe does. */
    public enum Type {
        /** Connects; an accepted connection is a success. */
        TCP
    }

    /** The way that a probe takes. */
    public enum Path {
        /** To the backend's own address, without encapsulation. */
        DIRECT
    }

    /** The same check on another port. */
    public Check withPort(int newPort) {
        return new Check(type, path, newPort, interval, timeout, rise, fall, jitter);
    }
}
