package dev.ballast.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SubnetTest {
    @Test
    void numbersHostsFromItsNetwork() {
        assertThat(Subnet.text(Subnet.of("10.2.0.0/24").host(101))).isEqualTo("10.2.0.101");
        assertThat(Subnet.text(Subnet.of("10.1.0.0/16").host(300))).isEqualTo("10.1.1.44");
        assertThat(Subnet.text(Subnet.of("fd00:2::/64").host(0x101))).isEqualTo("fd00:2::101");
    }

    @Test
    void refusesAHostBeyondItsEnd() {
        assertThatThrownBy(() -> Subnet.of("10.2.0.0/28").host(16))
                .hasMessage("10.2.0.0/28 has no host 16: choose a larger subnet");
        assertThatThrownBy(() -> Subnet.of("255.255.255.0/24").host(256)).hasMessageContaining("has no host 256");
    }

    @Test
    void refusesHostBitsAndImpossibleLengths() {
        assertThatThrownBy(() -> Subnet.of("10.2.0.1/24"))
                .hasMessage("10.2.0.1/24 has host bits set: write the network's own address");
        assertThatThrownBy(() -> Subnet.of("10.2.0.0/33")).hasMessageContaining("must be 0 to 32");
        assertThatThrownBy(() -> Subnet.of("fd00::")).hasMessageContaining("ADDRESS/LENGTH");
    }

    @Test
    void containsWhatIsUnderItsPrefixOnly() {
        Subnet subnet = Subnet.of("fd00:2::/64");
        assertThat(subnet.contains(InetAddress.ofLiteral("fd00:2::ffff"))).isTrue();
        assertThat(subnet.contains(InetAddress.ofLiteral("fd00:2:0:1::"))).isFalse();
        assertThat(subnet.contains(InetAddress.ofLiteral("10.2.0.1"))).isFalse();
    }

    /** The cases of RFC 5952, section 4. */
    @ParameterizedTest
    @CsvSource({
        "2001:0db8:0:0:0:0:2:1, 2001:db8::2:1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "0:0:0:0:0:0:0:0, ::",
        "0:0:0:0:0:0:0:1, ::1",
        "2001:DB8:1:0:0:0:0:0, 2001:db8:1::",
        "203.0.113.10, 203.0.113.10",
    })
    void writesAddressesAsRfc5952Does(String given, String written) {
        assertThat(Subnet.text(InetAddress.ofLiteral(given))).isEqualTo(written);
    }

    @Property
    void whatItWritesIsReadBackAsTheSameAddress(@ForAll @Size(16) byte[] bytes) throws UnknownHostException {
        InetAddress address = InetAddress.getByAddress(bytes);
        assertThat(InetAddress.ofLiteral(Subnet.text(address))).isEqualTo(address);
    }
}
