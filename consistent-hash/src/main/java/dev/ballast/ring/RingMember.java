package dev.ballast.ring;

import java.net.InetAddress;

/**
 * One member of a service as its ring sees it.
 *
 * @param index what is written into the slots: this balancer's own 16-bit name for the member, 0 to {@value #MAX_INDEX}; it has no
 *     influence on which slots the member gets
 * @param key the member's address: what decides which slots it gets
 * @param weight 0 to {@value #MAX_WEIGHT}; its share of the slots is the weight over the sum of all weights; 0 keeps it out of the ring
 */
public record RingMember(int index, RingKey key, int weight) {
    /** The highest index; one less than {@link Ring#NO_MEMBER}. */
    public static final int MAX_INDEX = 65_534;

    /** The highest weight. */
    public static final int MAX_WEIGHT = 10_000;

    /** Checks index and weight. */
    public RingMember {
        if (index < 0 || index > MAX_INDEX) {
            throw new IllegalArgumentException(
                    "ring member %s: index %d is out of range; use 0 to %d".formatted(key, index, MAX_INDEX));
        }
        if (weight < 0 || weight > MAX_WEIGHT) {
            throw new IllegalArgumentException(
                    "ring member %s: weight %d is out of range; use 0 to %d".formatted(key, weight, MAX_WEIGHT));
        }
    }

    /** A member at an address. */
    public static RingMember of(int index, InetAddress address, int weight) {
        return new RingMember(index, RingKey.of(address), weight);
    }
}
