package dev.ballast.control.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RingTest {
    @Test
    void exactly_the_primes_of_the_range_are_sizes() {
        for (int size = -1; size <= 5_000; size++) {
            boolean isPrime = size > 1 && BigInteger.valueOf(size).isProbablePrime(50);
            assertThat(Ring.isSize(size)).as("%d", size).isEqualTo(isPrime && size >= 251);
        }
        assertThat(Ring.isSize(655_373)).isTrue();
        assertThat(Ring.isSize(655_379)).as("a prime above the range").isFalse();
    }

    @ParameterizedTest
    @CsvSource({"65536, 65537", "65537, 65537", "1000, 997", "252, 251", "254, 257", "-5, 251", "2147483647, 655373"})
    void the_nearest_size_is_a_prime_within_the_range(int wanted, int nearest) {
        assertThat(Ring.nearestSize(wanted)).isEqualTo(nearest);
    }
}
