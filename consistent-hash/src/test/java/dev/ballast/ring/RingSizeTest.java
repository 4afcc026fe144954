package dev.ballast.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RingSizeTest {
    @ParameterizedTest
    @ValueSource(ints = {251, 257, 4_093, 65_537, 655_373})
    void primesInRangeAreSizes(int prime) {
        assertThat(new RingSize(prime).slots()).isEqualTo(prime);
    }

    @Test
    void theDefaultIsThePapersSmallerSize() {
        assertThat(RingSize.DEFAULT.slots()).isEqualTo(65_537);
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -7, 0, 2, 241, 655_379, Integer.MAX_VALUE})
    void sizesOutOfRangeAreRefused(int size) {
        assertThatThrownBy(() -> new RingSize(size))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("out of range")
                .hasMessageContaining("251 to 655373");
    }

    @ParameterizedTest
    @ValueSource(ints = {252, 65_536, 66_049 /* 257 squared */, 655_372})
    void otherNumbersAreRefused(int size) {
        assertThatThrownBy(() -> new RingSize(size)).hasMessageContaining("not a prime");
    }

    @Test
    void theRefusalNamesTheNearestSizes() {
        assertThatThrownBy(() -> new RingSize(65_536)).hasMessageContaining("65521 and 65537");
    }
}
