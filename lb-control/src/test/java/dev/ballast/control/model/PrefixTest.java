package dev.ballast.control.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class PrefixTest {
    @Test
    void an_address_is_in_the_prefixes_that_share_its_first_bits() {
        assertThat(prefix("203.0.113.64", 28).contains(Address.parse("203.0.113.79")))
                .isTrue();
        assertThat(prefix("203.0.113.64", 28).contains(Address.parse("203.0.113.80")))
                .isFalse();
        assertThat(prefix("2001:db8::", 64).contains(Address.parse("2001:db8::ffff:0:0:1")))
                .isTrue();
        assertThat(prefix("2001:db8::", 64).contains(Address.parse("2001:db8:0:1::")))
                .isFalse();
        assertThat(prefix("2001:db8::1:0:0:0", 80).contains(Address.parse("2001:db8::1:0:0:7")))
                .isTrue();
    }

    @Test
    void the_two_families_never_meet() {
        assertThat(prefix("::", 0).contains(Address.parse("192.0.2.1"))).isFalse();
        assertThat(prefix("0.0.0.0", 0).overlaps(prefix("::", 0))).isFalse();
    }

    @Test
    void bits_behind_the_length_are_refused() {
        assertThatThrownBy(() -> prefix("203.0.113.65", 28)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> prefix("203.0.113.64", 33)).isInstanceOf(IllegalArgumentException.class);
        assertThat(Prefix.around(Address.parse("203.0.113.65"), 28)).isEqualTo(prefix("203.0.113.64", 28));
        assertThat(Prefix.around(Address.parse("ffff::ffff"), 0)).isEqualTo(prefix("::", 0));
        assertThat(Prefix.around(Address.parse("255.255.255.255"), 0)).isEqualTo(prefix("0.0.0.0", 0));
    }

    @Test
    void a_prefix_stands_before_what_it_covers() {
        assertThat(List.of(
                        prefix("10.0.0.0", 8),
                        prefix("10.0.0.0", 16),
                        prefix("10.0.0.0", 32),
                        prefix("10.1.0.0", 16),
                        prefix("::", 0)))
                .isSorted();
    }

    @Property(tries = 500)
    void the_map_finds_a_prefix_that_meets_another_exactly_where_there_is_one(@ForAll long seed) {
        Random random = new Random(seed);
        List<Prefix> all = new ArrayList<>();
        PrefixMap<Prefix> map = new PrefixMap<>();
        for (int i = random.nextInt(6); i > 0; i--) {
            Prefix prefix = random(random);
            all.add(prefix);
            map.putIfAbsent(prefix, prefix);
        }
        for (int i = 0; i < 20; i++) {
            Prefix asked = random(random);
            var found = map.overlapping(asked);
            assertThat(found.isPresent()).isEqualTo(all.stream().anyMatch(asked::overlaps));
            found.ifPresent(prefix -> assertThat(prefix.overlaps(asked)).isTrue());
        }
    }

    /** In a small world, so that they meet. */
    private static Prefix random(Random random) {
        return random.nextBoolean()
                ? Prefix.around(new Address(Address.Family.IPV4, 0, random.nextInt(64)), random.nextInt(24, 33))
                : Prefix.around(new Address(Address.Family.IPV6, random.nextInt(8), 0), random.nextInt(58, 70));
    }

    private static Prefix prefix(String address, int length) {
        return new Prefix(Address.parse(address), length);
    }
}
