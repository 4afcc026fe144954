package dev.ballast.datapath;

import static dev.ballast.datapath.Rig.PORT;
import static dev.ballast.datapath.Rig.VIP4;
import static dev.ballast.datapath.Rig.VIP6;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What leaves for a backend, byte by byte. */
final class EncapKernelTest {
    private static final int OUTER_TTL = 64;
    private static final int DONT_FRAGMENT = 0x4000;
    private static final int IPPROTO_IPIP = 4;
    private static final int IPPROTO_IPV6 = 41;

    private static final String SOURCE4 = "192.0.2.2";
    private static final String BACKEND4 = "10.0.1.11";
    private static final String SOURCE6 = "2001:db8::2";
    private static final String BACKEND6 = "2001:db8:2::12";

    private Rig rig;

    @BeforeEach
    void start() {
        rig = new Rig();
        rig.service(0);
        for (Protocol protocol : Protocol.values()) {
            rig.vip(VIP4, PORT, protocol, 0).vip(VIP6, PORT, protocol, 0);
        }
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    static Stream<Arguments> pairings() {
        Frame tcp4 = Frame.tcp("198.51.100.7", 40000, VIP4, PORT).data(333).trafficClass(0xb9);
        Frame udp4 = Frame.udp("198.51.100.7", 40000, VIP4, PORT).data(1);
        Frame tcp6 = Frame.tcp("2001:db8:9::7", 40000, VIP6, PORT).data(1400).trafficClass(0xb9);
        Frame udp6 = Frame.udp("2001:db8:9::7", 40000, VIP6, PORT).data(64);
        return Stream.of(
                Arguments.of("4in4, TCP", tcp4, SOURCE4, BACKEND4, IPPROTO_IPIP),
                Arguments.of("4in4, UDP", udp4, SOURCE4, BACKEND4, IPPROTO_IPIP),
                Arguments.of("6in6, TCP", tcp6, SOURCE6, BACKEND6, IPPROTO_IPV6),
                Arguments.of("6in6, UDP", udp6, SOURCE6, BACKEND6, IPPROTO_IPV6),
                Arguments.of("4in6, TCP", tcp4, SOURCE6, BACKEND6, IPPROTO_IPIP),
                Arguments.of("4in6, UDP", udp4, SOURCE6, BACKEND6, IPPROTO_IPIP),
                Arguments.of("6in4, TCP", tcp6, SOURCE4, BACKEND4, IPPROTO_IPV6),
                Arguments.of("6in4, UDP", udp6, SOURCE4, BACKEND4, IPPROTO_IPV6));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("pairings")
    void the_inner_packet_is_carried_unchanged_behind_the_right_outer_header(
            String name, Frame frame, String source, String backend, int protocol) {
        rig.member(0, source, backend).ring(0, 0);

        Rig.Outcome outcome = rig.send(frame);

        assertThat(outcome.reason()).isEqualTo(VerdictReason.FORWARDED_NEW_FLOW);
        assertThat(outcome.code()).isEqualTo(Rig.XdpCode.TX);
        assertThat(outcome.frame())
                .isEqualTo(Frame.ethernet(
                        Rig.NEXT_HOP,
                        Rig.OWN_MAC,
                        Frame.etherType(Frame.address(source)),
                        outer(frame, source, backend, protocol)));
    }

    private byte[] outer(Frame frame, String source, String backend, int protocol) {
        InetAddress from = Frame.address(source);
        return Frame.ip(
                protocol,
                from,
                Frame.address(backend),
                frame.ip(),
                frame.trafficClass(),
                OUTER_TTL,
                0,
                DONT_FRAGMENT,
                flowLabel(frame));
    }

    /** The low 20 bits of the flow's tag. */
    private int flowLabel(Frame frame) {
        int seed = rig.datapath().vips().flowSeed(frame.tuple());
        long hash = rig.datapath().hash().of(frame.source(), frame.tuple().ports(), seed);
        return FlowEntry.tagOfHash(hash) & 0xfffff;
    }

    @Test
    void the_outer_ipv4_checksum_is_right_for_every_traffic_class_and_length() {
        rig.member(0, SOURCE4, BACKEND4).ring(0, 0);

        for (int i = 0; i < 256; i++) {
            Frame frame = Frame.tcp("198.51.100.7", 40000 + i, VIP4, PORT)
                    .trafficClass(i)
                    .data(5 * i);
            byte[] out = rig.send(frame).frame();
            byte[] header = Arrays.copyOfRange(out, Frame.ETHERNET_BYTES, Frame.ETHERNET_BYTES + Frame.IPV4_BYTES);
            assertThat(Frame.sum(header)).as("class and length %d", i).isEqualTo(0xffff);
        }
    }

    @Test
    void a_next_hop_behind_a_vlan_gets_its_tag() {
        NextHop tagged = Rig.hop(Rig.SAME_INTERFACE, 0x6064, Rig.MTU);
        rig.member(0, SOURCE6, BACKEND6, MemberState.IN, Optional.of(tagged)).ring(0, 0);
        Frame frame = Frame.tcp("198.51.100.7", 40000, VIP4, PORT);

        byte[] out = rig.send(frame).frame();

        byte[] packet = outer(frame, SOURCE6, BACKEND6, IPPROTO_IPIP);
        byte[] tag = ByteBuffer.allocate(4 + packet.length)
                .putShort((short) 0x6064)
                .putShort((short) 0x86dd)
                .put(packet)
                .array();
        assertThat(out).isEqualTo(Frame.ethernet(Rig.NEXT_HOP, Rig.OWN_MAC, 0x8100, tag));
    }

    @Test
    void a_member_behind_another_interface_is_redirected_to() {
        NextHop elsewhere = Rig.hop(4711, 0, Rig.MTU);
        rig.member(0, SOURCE4, BACKEND4, MemberState.IN, Optional.of(elsewhere)).ring(0, 0);

        assertThat(rig.send(Frame.udp("198.51.100.7", 1, VIP4, PORT)).code()).isEqualTo(Rig.XdpCode.REDIRECT);
    }

    @Test
    void padding_behind_a_short_packet_is_no_part_of_the_outer_packet() {
        rig.member(0, SOURCE4, BACKEND4).ring(0, 0);
        Frame frame = Frame.tcp("198.51.100.7", 40000, VIP4, PORT);
        byte[] padded = Arrays.copyOf(frame.bytes(), 60);

        byte[] out = rig.send(padded).frame();

        byte[] expected =
                Frame.ethernet(Rig.NEXT_HOP, Rig.OWN_MAC, 0x0800, outer(frame, SOURCE4, BACKEND4, IPPROTO_IPIP));
        assertThat(out).isEqualTo(Arrays.copyOf(expected, 80));
    }

    @Test
    void what_just_fits_the_mtu_is_forwarded_and_one_byte_more_is_answered() {
        NextHop narrow = Rig.hop(Rig.SAME_INTERFACE, 0, 1500);
        rig.member(0, SOURCE4, BACKEND4, MemberState.IN, Optional.of(narrow)).ring(0, 0);
        Frame frame = Frame.tcp("198.51.100.7", 40000, VIP4, PORT);

        assertThat(rig.send(frame.data(1500 - 20 - 20 - 20)).reason()).isEqualTo(VerdictReason.FORWARDED_NEW_FLOW);
        assertThat(rig.send(frame.data(1500 - 20 - 20 - 20 + 1)).reason())
                .isEqualTo(VerdictReason.ANSWERED_TOO_BIG_DF_CLEAR);
    }

    @Test
    void a_member_without_a_next_hop_drops_its_packets_as_such() {
        rig.member(0, SOURCE4, BACKEND4, MemberState.IN, Optional.empty()).ring(0, 0);

        assertThat(rig.send(Frame.tcp("198.51.100.7", 40000, VIP4, PORT)).reason())
                .isEqualTo(VerdictReason.DROPPED_NEXT_HOP_UNRESOLVED);
    }
}
