package dev.ballast.control.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.List;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {
    /** The examples of RFC 5952, sections 2 and 4, and RFC 4291, 2.2. */
    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.1",
        "0.0.0.0, 0.0.0.0",
        "255.255.255.255, 255.255.255.255",
        "2001:0db8:0000:0000:0001:0000:0000:0001, 2001:db8::1:0:0:1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:DB8:AAAA:BBBB:CCCC:DDDD:EEEE:AAAA, 2001:db8:aaaa:bbbb:cccc:dddd:eeee:aaaa",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "0:0:0:0:0:0:0:0, ::",
        "0:0:0:0:0:0:0:1, ::1",
        "1:0:0:0:0:0:0:0, 1::",
        "64:ff9b::192.0.2.33, 64:ff9b::c000:221",
        "::ffff:c000:201, ::ffff:192.0.2.1",
        "1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:0",
        "::2:3:4:5:6:7:8, 0:2:3:4:5:6:7:8",
    })
    void an_address_prints_in_its_canonical_form(String written, String canonical) {
        assertThat(Address.parse(written)).hasToString(canonical);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "10.1",
                "1.2.3",
                "1.2.3.4.5",
                "1.2.3.",
                ".1.2.3",
                "1..2.3",
                "1.2.3.4 ",
                " 1.2.3.4",
                "+1.2.3.4",
                "0x7f.0.0.1",
                "1.2.3.four",
                "localhost",
                "www.example.net",
                "٣.1.1.1",
                ":",
                ":::",
                "1::2::3",
                "::1::",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1:2:3:4:5:6:7:8::",
                "::1:2:3:4:5:6:7:8",
                "12345::",
                "g::",
                "::1.2.3",
                "1.2.3.4::",
                "::1.2.3.4:5",
                "[::1]",
                "::1/128",
                "1:2:3:4:5:6:7:1.2.3.4",
                ":1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:"
            })
    void what_is_not_exactly_one_literal_is_refused(String text) {
        assertThatThrownBy(() -> Address.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("is not an address");
    }

    @ParameterizedTest
    @CsvSource({
        "'010.0.0.1', 'has a leading zero, which some programs read as octal'",
        "'10.0.0.00', 'has a leading zero, which some programs read as octal'",
        "'10.0.0.256', 'has a part above 255'",
        "'fe80::1%eth0', 'has a zone, which means something on one machine only'",
    })
    void a_literal_that_others_misread_is_refused_with_its_reason(String text, String reason) {
        assertThatThrownBy(() -> Address.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(reason);
    }

    @Property
    void every_ipv6_address_prints_to_what_reads_back(@ForAll long high, @ForAll long low) {
        Address address = new Address(Address.Family.IPV6, high, low);
        assertThat(Address.parse(address.toString())).isEqualTo(address);
    }

    @Property
    void every_ipv4_address_prints_to_what_reads_back(@ForAll int bits) {
        Address address = new Address(Address.Family.IPV4, 0, Integer.toUnsignedLong(bits));
        assertThat(Address.parse(address.toString())).isEqualTo(address);
    }

    @Property
    void bytes_are_those_of_the_jdk(@ForAll @Size(16) byte[] bytes) throws Exception {
        Address address = Address.of(bytes);
        assertThat(address.bytes()).isEqualTo(bytes);
        assertThat(address.toInetAddress()).isEqualTo(InetAddress.getByAddress(bytes));
    }

    @Test
    void a_mapped_address_is_not_the_ipv4_one() {
        assertThat(Address.parse("::ffff:192.0.2.1")).isNotEqualTo(Address.parse("192.0.2.1"));
    }

    @Test
    void addresses_order_by_family_and_then_as_unsigned_numbers() {
        var sorted = new TreeSet<Address>();
        for (String text : List.of("ffff::", "8000::", "::8000:0:0:0", "::1", "255.0.0.1", "10.0.0.1", "9.0.0.1")) {
            sorted.add(Address.parse(text));
        }
        assertThat(sorted)
                .extracting(Address::toString)
                .containsExactly("9.0.0.1", "10.0.0.1", "255.0.0.1", "::1", "::8000:0:0:0", "8000::", "ffff::");
    }

    @Test
    void the_special_ranges_end_where_their_rfcs_say() {
        assertThat(List.of("127.0.0.0", "127.255.255.255", "::1"))
                .allMatch(text -> Address.parse(text).isLoopback());
        assertThat(List.of("126.255.255.255", "128.0.0.0", "::2", "1::1"))
                .noneMatch(text -> Address.parse(text).isLoopback());
        assertThat(List.of("169.254.0.0", "169.254.255.255", "fe80::", "febf:ffff::"))
                .allMatch(text -> Address.parse(text).isLinkLocal());
        assertThat(List.of("169.253.255.255", "169.255.0.0", "fe7f::", "fec0::"))
                .noneMatch(text -> Address.parse(text).isLinkLocal());
        assertThat(List.of("224.0.0.0", "239.255.255.255", "ff00::", "ffff::"))
                .allMatch(text -> Address.parse(text).isMulticast());
        assertThat(List.of("223.255.255.255", "240.0.0.0", "feff::"))
                .noneMatch(text -> Address.parse(text).isMulticast());
    }
}
