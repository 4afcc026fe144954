package dev.ballast.control.model;

import java.time.Duration;

/**
 * The ring of a service.
 *
 * @param size its slots, a prime from {@link #MIN_SIZE} to {@link #MAX_SIZE}
 * @param algorithm who gets which slot
 * @param keepPrevious for how long after a change the ring before it has the say on packets from the middle of TCP connections that
 *     this balancer does not know; zero: never
 */
public record Ring(int size, Algorithm algorithm, Duration keepPrevious) {
    /** Who gets which slot. */
    public enum Algorithm {
        /** The paper's turns: built in a millisecond. */
        MAGLEV,
        /** Calibrated rendezvous: a change moves about half of what Maglev moves too much, and a build takes tens of milliseconds. */
        RENDEZVOUS
    }

    /** Rendezvous rings of more slots, or of fewer for each backend, would keep the daemon busy for seconds. */
    public static final int MAX_RENDEZVOUS_SIZE = 131_071;

    /** See {@link #MAX_RENDEZVOUS_SIZE}. */
    public static final int MIN_RENDEZVOUS_SHARE = 65;

    /** The smallest ring. */
    public static final int MIN_SIZE = 251;

    /** The largest ring; its size fits the 20 bits that the datapath has for it. */
    public static final int MAX_SIZE = 655_373;

    /** 65,537 slots: shares of 650 members come out within a few percent. */
    public static final Ring DEFAULT = new Ring(65_537, Algorithm.MAGLEV, Duration.ofMinutes(5));

    /** As long as a ring before can be kept: connections that were then as old are few by now. */
    public static final Duration MAX_KEEP_PREVIOUS = Duration.ofHours(1);

    /** Whether a ring can have this many slots: Maglev needs a prime, so that every stride visits every slot. */
    public static boolean isSize(int size) {
        return size >= MIN_SIZE && size <= MAX_SIZE && isPrime(size);
    }

    /** The possible size nearest to {@code size}; of two, the larger. */
    public static int nearestSize(int size) {
        int within = Math.clamp(size, MIN_SIZE, MAX_SIZE);
        for (int distance = 0; ; distance++) {
            if (isSize(within + distance)) {
                return within + distance;
            }
            if (isSize(within - distance)) {
                return within - distance;
            }
        }
    }

    private static boolean isPrime(int number) {
        for (int divisor = 2; divisor * divisor <= number; divisor++) {
            if (number % divisor == 0) {
                return false;
            }
        }
        return number > 1;
    }
}
