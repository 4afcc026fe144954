package dev.ballast.control.model;

/**
 * The Maglev ring of a service.
 *
 * @param size its slots, a prime from {@link #MIN_SIZE} to {@link #MAX_SIZE}
 */
public record Ring(int size) {
    /** The smallest ring. */
    public static final int MIN_SIZE = 251;

    /** The largest ring; its size fits the 20 bits that the datapath has for it. */
    public static final int MAX_SIZE = 655_373;

    /** 65,537 slots: shares of 650 members come out within a few percent. */
    public static final Ring DEFAULT = new Ring(65_537);

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
