package dev.ballast.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MacAddressTest {
    @Test
    void text_number_and_octets_are_one_address() {
        MacAddress address = MacAddress.parse("02:00:5E:10:00:ff");

        assertThat(address.bits()).isEqualTo(0x02005e1000ffL);
        assertThat(address.octets()).containsExactly(0x02, 0x00, 0x5e, 0x10, 0x00, 0xff);
        assertThat(address).hasToString("02:00:5e:10:00:ff").isEqualTo(MacAddress.of(address.octets()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "02:00:00:00:00", "02:00:00:00:00:01:02", "02-00-00-00-00-01", "zz:00:00:00:00:01"})
    void what_is_no_address_is_refused_with_the_form_that_is(String text) {
        assertThatThrownBy(() -> MacAddress.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("not an Ethernet address: \"" + text + "\"; write it as 02:00:00:00:00:01");
    }

    @Test
    void more_than_48_bits_are_refused() {
        assertThatThrownBy(() -> new MacAddress(1L << 48)).isInstanceOf(IllegalArgumentException.class);
    }
}
