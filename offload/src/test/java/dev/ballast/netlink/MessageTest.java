package dev.ballast.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes that are no message are refused with where and why, and never with anything but {@link MalformedMessageException}. */
class MessageTest {
    private static final List<String> FIXTURES = List.of(
            "addresses-all",
            "link-absent",
            "link-bond-active-backup",
            "link-bond-balance-tlb",
            "link-bond-port",
            "link-bond-vlan-srcmac",
            "link-tun-without-ethernet",
            "link-veth-in-bridge",
            "link-veth-with-xdp",
            "link-vlan",
            "link-vlan-on-bond",
            "links-all",
            "neighbour-on-absent-link",
            "neighbours-all",
            "nexthop-gateway",
            "nexthop-group",
            "route-ipv4-gateway-mtu",
            "route-ipv4-multipath",
            "route-ipv4-nexthop-id",
            "route-ipv4-via-ipv6",
            "route-ipv6-gateway",
            "route-ipv6-multipath");

    private static ByteBuffer bytes(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
    }

    @Test
    void an_empty_datagram_holds_no_message() {
        assertThat(Message.parseAll(bytes(0))).isEmpty();
    }

    @Test
    void a_header_that_is_cut_off_is_refused() {
        assertThatThrownBy(() -> Message.parseAll(bytes(15)))
                .isInstanceOf(MalformedMessageException.class)
                .hasMessage("message header at byte 0 needs 16 bytes, 15 are left");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 15, 21, Integer.MAX_VALUE, -1})
    void a_message_that_claims_another_length_than_there_is_is_refused(int claimed) {
        ByteBuffer datagram = bytes(20).putInt(0, claimed);

        assertThatThrownBy(() -> Message.parseAll(datagram))
                .isInstanceOf(MalformedMessageException.class)
                .hasMessage("message at byte 0 claims %d bytes, 20 are left", Integer.toUnsignedLong(claimed));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 9, 0xffff})
    void an_attribute_that_claims_another_length_than_there_is_is_refused(int claimed) {
        ByteBuffer payload = bytes(8).putShort(0, (short) claimed).putShort(2, (short) 42);

        assertThatThrownBy(() -> Attributes.parse(payload, 0))
                .isInstanceOf(MalformedMessageException.class)
                .hasMessage("attribute 42 at byte 0 claims %d bytes, 8 are left", claimed);
    }

    @Test
    void an_attribute_of_the_wrong_size_is_refused_when_it_is_read() {
        Attributes attributes = Attributes.parse(bytes(8).putShort(0, (short) 8).putShort(2, (short) 4), 0);

        assertThatThrownBy(() -> attributes.u16(4, 0))
                .isInstanceOf(MalformedMessageException.class)
                .hasMessage("attribute 4 has 4 bytes, expected 2");
        assertThat(attributes.i32(4, -1)).isZero();
    }

    @Test
    void an_address_of_five_bytes_is_refused() {
        Attributes attributes =
                Attributes.parse(bytes(12).putShort(0, (short) 9).putShort(2, (short) 1), 0);

        assertThatThrownBy(() -> attributes.address(1))
                .isInstanceOf(MalformedMessageException.class)
                .hasMessage("attribute 1: an address has 4 or 16 bytes, given 5");
    }

    @Test
    void the_flags_in_a_type_do_not_count_as_the_type() {
        Attributes attributes = Attributes.parse(bytes(8).putShort(0, (short) 8).putShort(2, (short) (0x8000 | 18)), 0);

        assertThat(attributes.has(18)).isTrue();
    }

    @Test
    void a_last_message_may_lack_its_padding() {
        ByteBuffer datagram = bytes(17).putInt(0, 17);

        assertThat(Message.parseAll(datagram)).hasSize(1);
    }

    @Test
    void an_ack_with_an_impossible_code_is_refused() {
        ByteBuffer datagram =
                bytes(36).putInt(0, 36).putShort(4, (short) Message.ERROR).putInt(16, 17);

        assertThatThrownBy(() -> Message.parseAll(datagram).getFirst().ack())
                .isInstanceOf(MalformedMessageException.class)
                .hasMessage("ack carries 17, no error number");
    }

    @Test
    void every_fixture_cut_off_anywhere_is_decoded_or_refused_and_nothing_else() {
        int cuts = 0;
        for (String fixture : FIXTURES) {
            for (byte[] datagram : Fixture.datagrams(fixture)) {
                for (int length = 0; length < datagram.length; length++) {
                    byte[] cut = Arrays.copyOf(datagram, length);
                    if (length >= 4) {
                        // The outermost length agrees, so that the cut reaches the attributes.
                        ByteBuffer.wrap(cut).order(ByteOrder.nativeOrder()).putInt(0, length);
                    }
                    decodeOrRefuse(cut);
                    cuts++;
                }
            }
        }
        assertThat(cuts).isGreaterThan(10_000);
    }

    @Test
    void every_fixture_with_flipped_bits_is_decoded_or_refused_and_nothing_else() {
        long seed = 0xba11a57L;
        Random random = new Random(seed);
        List<byte[]> intact = FIXTURES.stream()
                .map(fixture -> Fixture.datagrams(fixture).getFirst())
                .toList();
        for (int round = 0; round < 20_000; round++) {
            int fixture = random.nextInt(FIXTURES.size());
            byte[] datagram = intact.get(fixture).clone();
            int flips = 1 + random.nextInt(4);
            for (int flip = 0; flip < flips; flip++) {
                datagram[random.nextInt(datagram.length)] ^= (byte) (1 << random.nextInt(8));
            }
            try {
                decodeOrRefuse(datagram);
            } catch (RuntimeException e) {
                throw new AssertionError(
                        "seed %d, round %d, fixture %s".formatted(seed, round, FIXTURES.get(fixture)), e);
            }
        }
    }

    private static void decodeOrRefuse(byte[] datagram) {
        try {
            for (Message message : Message.parseAll(ByteBuffer.wrap(datagram))) {
                switch (message.type()) {
                    case Message.ERROR, Message.DONE -> message.ack();
                    case Rtnetlink.NEWROUTE -> {
                        Rtnetlink.event(message);
                        Rtnetlink.route(message, InetAddress.ofLiteral("192.0.2.1"));
                        Rtnetlink.routeWays(message);
                    }
                    default -> Rtnetlink.event(message);
                }
            }
        } catch (MalformedMessageException expected) {
            assertThat(expected).hasMessageMatching("(?s).+");
        }
    }
}
