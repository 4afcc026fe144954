package dev.ballast.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RingKeyTest {
    private static final byte[] V6 = {0x20, 0x01, 0x0d, (byte) 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xff};

    @Test
    void anAddressSurvivesTheWayThroughItsKey() {
        byte[] v4 = {(byte) 192, 0, 2, (byte) 200};
        assertThat(RingKey.of(v4).toBytes()).isEqualTo(v4);
        assertThat(RingKey.of(V6).toBytes()).isEqualTo(V6);
        assertThat(RingKey.of(InetAddress.ofLiteral("192.0.2.200"))).isEqualTo(RingKey.of(v4));
    }

    @Test
    void anIpv4AddressIsAnotherKeyThanTheIpv6AddressWithItsBits() {
        byte[] compatible = new byte[16];
        compatible[15] = 1;
        assertThat(RingKey.of(new byte[] {0, 0, 0, 1})).isNotEqualTo(RingKey.of(compatible));
    }

    @Test
    void keysSortIpv4FirstAndThenAsUnsignedNumbers() {
        RingKey low = RingKey.of(InetAddress.ofLiteral("10.0.0.1"));
        RingKey high = RingKey.of(InetAddress.ofLiteral("203.0.113.1"));
        RingKey v6 = RingKey.of(InetAddress.ofLiteral("::1"));
        RingKey v6High = RingKey.of(InetAddress.ofLiteral("fc00::"));
        assertThat(new RingKey[] {v6High, high, v6, low}).satisfies(keys -> {
            Arrays.sort(keys);
            assertThat(keys).containsExactly(low, high, v6, v6High);
        });
    }

    @Test
    void aKeyPrintsAsItsAddress() {
        assertThat(RingKey.of(new byte[] {10, 0, 1, 11})).hasToString("10.0.1.11");
    }

    @Test
    void otherLengthsAreRefused() {
        assertThatThrownBy(() -> RingKey.of(new byte[6]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("6 bytes");
        assertThatThrownBy(() -> new RingKey(0, 1L << 32, 4)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RingKey(1, 0, 4)).isInstanceOf(IllegalArgumentException.class);
    }
}
