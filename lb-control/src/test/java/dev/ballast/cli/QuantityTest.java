package dev.ballast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class QuantityTest {
    @Test
    void counts_are_exact_as_long_as_they_are_short() {
        assertThat(Quantity.count(0)).isEqualTo("0");
        assertThat(Quantity.count(99_999)).isEqualTo("99999");
        assertThat(Quantity.count(100_000)).isEqualTo("100k");
        assertThat(Quantity.count(1_239_999)).isEqualTo("1.23M");
        assertThat(Quantity.count(999_999_999)).isEqualTo("999M");
        assertThat(Quantity.count(-1)).isEqualTo("18.4E");
    }

    @Test
    void bytes_have_three_digits() {
        assertThat(Quantity.bytes(999)).isEqualTo("999");
        assertThat(Quantity.bytes(1_000)).isEqualTo("1.00k");
        assertThat(Quantity.bytes(12_345_678)).isEqualTo("12.3M");
    }

    @Property
    void no_count_is_longer_than_five_characters(@ForAll long value) {
        assertThat(Quantity.count(value)).hasSizeLessThanOrEqualTo(5);
    }

    @Test
    void ages_have_two_units() {
        assertThat(Quantity.age(-5)).isEqualTo("0s");
        assertThat(Quantity.age(59_999)).isEqualTo("59s");
        assertThat(Quantity.age(185_000)).isEqualTo("3m05s");
        assertThat(Quantity.age(11_520_000)).isEqualTo("3h12m");
        assertThat(Quantity.age(443_000_000)).isEqualTo("5d03h");
    }

    @Test
    void a_little_is_not_shown_as_nothing() {
        assertThat(Quantity.percent(0)).isEqualTo("0.0%");
        assertThat(Quantity.percent(0.000_1)).isEqualTo("<0.1%");
        assertThat(Quantity.percent(0.666_66)).isEqualTo("66.7%");
    }
}
