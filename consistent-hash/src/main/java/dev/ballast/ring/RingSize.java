package dev.ballast.ring;

/**
 * The number of slots of a ring. A prime, because a member walks the slots in steps of its own and only a prime lets every step reach
 * every slot; at least a hundred times the number of members keeps equal shares within one percent of each other.
 *
 * @param slots a prime from {@value #MIN} to {@value #MAX}
 */
public record RingSize(int slots) {
    /** The smallest ring; a prime. */
    public static final int MIN = 251;

    /** The largest ring, the larger one of the Maglev paper's table; a prime. */
    public static final int MAX = 655_373;

    /** 65,537 slots, 128 KiB in the kernel: even shares for up to some 650 members. */
    public static final RingSize DEFAULT = new RingSize(65_537);

    /** Checks that the size is a prime in range; the error names the nearest sizes that are. */
    public RingSize {
        if (slots < MIN || slots > MAX) {
            throw new IllegalArgumentException(
                    "ring size %d is out of range; use a prime from %d to %d, as 65537".formatted(slots, MIN, MAX));
        }
        if (!isPrime(slots)) {
            throw new IllegalArgumentException("ring size %d is not a prime; the nearest ones are %d and %d"
                    .formatted(slots, nearestPrime(slots, -1), nearestPrime(slots, 1)));
        }
    }

    /** Both ends of the range are primes, so that the walk ends inside it. */
    private static int nearestPrime(int from, int step) {
        int candidate = from;
        while (!isPrime(candidate)) {
            candidate += step;
        }
        return candidate;
    }

    private static boolean isPrime(int number) {
        if (number % 2 == 0) {
            return number == 2;
        }
        for (int divisor = 3; divisor * divisor <= number; divisor += 2) {
            if (number % divisor == 0) {
                return false;
            }
        }
        return number > 1;
    }
}
