package dev.ballast.datapath;

import static dev.ballast.datapath.Rig.PORT;
import static dev.ballast.datapath.Rig.VIP4;
import static dev.ballast.datapath.Rig.VIP6;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.bpf.TestRun;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is read of a frame, and what becomes of that which is not for a VIP, or damaged. */
final class PacketKernelTest {
    private static final String CLIENT4 = "198.51.100.7";
    private static final String CLIENT6 = "2001:db8:9::7";

    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = new Rig().usual();
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static Frame tcp4() {
        return Frame.tcp(CLIENT4, 40000, VIP4, PORT).data(40);
    }

    private static Frame tcp6() {
        return Frame.tcp(CLIENT6, 40000, VIP6, PORT).data(40);
    }

    private static Frame udp4() {
        return Frame.udp(CLIENT4, 40000, VIP4, PORT).data(40);
    }

    private static Frame udp6() {
        return Frame.udp(CLIENT6, 40000, VIP6, PORT).data(40);
    }

    /** The frame with one byte of it changed; offsets count from the IP header. */
    private static byte[] with(Frame frame, int offset, int value) {
        byte[] bytes = frame.bytes();
        bytes[Frame.ETHERNET_BYTES + offset] = (byte) value;
        return bytes;
    }

    private static byte[] with16(Frame frame, int offset, int value) {
        return ByteBuffer.wrap(frame.bytes())
                .putShort(Frame.ETHERNET_BYTES + offset, (short) value)
                .array();
    }

    private static byte[] cut(Frame frame, int ipBytes) {
        return Arrays.copyOf(frame.bytes(), Frame.ETHERNET_BYTES + ipBytes);
    }

    private static byte[] ethernet(int type, int bytes) {
        return Frame.ethernet(1, 2, type, new byte[bytes]);
    }

    private static byte[] threeTags() {
        return new byte[] {0, 1, (byte) 0x81, 0, 0, 2, (byte) 0x81, 0, 0, 3, 8, 0};
    }

    static Stream<Arguments> passed() {
        return Stream.of(
                Arguments.of("ARP", VerdictReason.PASSED_NOT_IP, ethernet(0x0806, 46)),
                Arguments.of("an Ethernet header alone", VerdictReason.PASSED_NOT_IP, ethernet(0x88cc, 0)),
                Arguments.of("an 802.3 length", VerdictReason.PASSED_NOT_IP, ethernet(0x0026, 46)),
                Arguments.of("three VLAN tags", VerdictReason.PASSED_VLAN, Frame.ethernet(1, 2, 0x8100, threeTags())),
                Arguments.of("no IPv4 header", VerdictReason.PASSED_MALFORMED, cut(tcp4(), 19)),
                Arguments.of("no IPv6 header", VerdictReason.PASSED_MALFORMED, cut(tcp6(), 39)),
                Arguments.of("IPv4 of version 5", VerdictReason.PASSED_MALFORMED, with(tcp4(), 0, 0x55)),
                Arguments.of("IPv4 with 4 words", VerdictReason.PASSED_MALFORMED, with(tcp4(), 0, 0x44)),
                Arguments.of("IPv6 of version 4", VerdictReason.PASSED_MALFORMED, with(tcp6(), 0, 0x45)),
                Arguments.of("IPv4 without ports", VerdictReason.PASSED_MALFORMED, cut(tcp4(), 27)),
                Arguments.of("IPv6 without ports", VerdictReason.PASSED_MALFORMED, cut(udp6(), 47)),
                Arguments.of("IPv4 that says it ends", VerdictReason.PASSED_MALFORMED, with16(tcp4(), 2, 27)),
                Arguments.of("IPv6 that says it ends", VerdictReason.PASSED_MALFORMED, with16(tcp6(), 4, 7)),
                Arguments.of("GRE", VerdictReason.PASSED_PROTOCOL, with(tcp4(), 9, 47)),
                Arguments.of("SCTP", VerdictReason.PASSED_PROTOCOL, with(tcp6(), 6, 132)),
                Arguments.of("ESP", VerdictReason.PASSED_PROTOCOL, with(tcp6(), 6, 50)),
                Arguments.of("another port", VerdictReason.PASSED_NOT_VIP, with16(tcp4(), 22, PORT + 1)),
                Arguments.of("another address", VerdictReason.PASSED_NOT_VIP, with(tcp4(), 19, 11)),
                Arguments.of("another IPv6 port", VerdictReason.PASSED_NOT_VIP, with16(tcp6(), 42, PORT + 1)),
                Arguments.of("another IPv6 address", VerdictReason.PASSED_NOT_VIP, with(tcp6(), 39, 0x11)),
                Arguments.of("another IPv6 prefix", VerdictReason.PASSED_NOT_VIP, with(tcp6(), 24, 0x21)),
                Arguments.of(
                        "damaged and not for a VIP",
                        VerdictReason.PASSED_NOT_VIP,
                        Arrays.copyOf(with(tcp4(), 19, 11), 14 + 20 + 19)));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("passed")
    void what_is_not_read_or_not_for_a_vip_is_passed_untouched(String what, VerdictReason reason, byte[] frame) {
        assertThat(rig.send(frame).reason()).isEqualTo(reason);
    }

    static Stream<Arguments> malformed() {
        return Stream.of(
                Arguments.of("TCP header cut", cut(tcp4(), 20 + 19)),
                Arguments.of("TCP header cut in IPv6", cut(tcp6(), 40 + 19)),
                Arguments.of("IPv4 length past the frame", with16(tcp4(), 2, 20 + 20 + 41)),
                Arguments.of("IPv6 length past the frame", with16(tcp6(), 4, 20 + 41)),
                Arguments.of("IPv4 length past the frame, UDP", with16(udp4(), 2, 20 + 8 + 41)),
                Arguments.of("IPv4 length short of the TCP header", with16(tcp4(), 2, 20 + 19)),
                Arguments.of("IPv6 length short of the TCP header", with16(tcp6(), 4, 19)),
                Arguments.of("TCP data offset of 4 words", with(tcp4(), 20 + 12, 0x40)),
                Arguments.of("TCP data offset past the end", with(tcp4().data(4), 20 + 12, 0xf0)),
                Arguments.of("UDP length under its header", with16(udp4(), 20 + 4, 7)),
                Arguments.of("UDP length past the packet", with16(udp6(), 40 + 4, 49)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformed")
    void what_is_damaged_and_for_a_vip_is_dropped(String what, byte[] frame) {
        assertThat(rig.send(frame).reason()).isEqualTo(VerdictReason.DROPPED_MALFORMED);
    }

    @Test
    void ecn_and_dont_fragment_are_no_fragment() {
        assertThat(rig.send(with16(tcp4(), 6, 0x4000)).reason().verdictClass()).isEqualTo(VerdictClass.FORWARDED);
    }

    @Test
    void without_ipv6_every_ipv6_packet_is_passed() {
        try (Rig ipv4Only = new Rig(Rig.options()).usual()) {
            assertThat(ipv4Only.send(tcp6()).reason()).isEqualTo(VerdictReason.PASSED_IPV6_OFF);
            assertThat(ipv4Only.send(tcp4()).reason().verdictClass()).isEqualTo(VerdictClass.FORWARDED);
        }
    }

    /** 10^5 frames of noise, and of nearly right packets: each gets a counted verdict, and none that is not for a VIP is touched. */
    @Test
    void garbage_is_counted_and_what_is_not_for_a_vip_passes_untouched() {
        long seed = 20261122;
        Random random = new Random(seed);
        byte[][] models = {tcp4().bytes(), tcp6().bytes(), udp4().bytes(), udp6().bytes()};
        Verdicts before = rig.datapath().counters().verdicts();
        int rounds = 100_000;
        long bytes = 0;
        for (int round = 0; round < rounds; round++) {
            byte[] frame = round % 2 == 0 ? noise(random) : mutated(random, models[random.nextInt(models.length)]);
            bytes += frame.length;
            TestRun.Result result = rig.datapath().program().testRun(frame);
            if (!isForVip(frame)) {
                assertThat(result.returnValue())
                        .as("seed %d, round %d", seed, round)
                        .isEqualTo(Rig.XdpCode.PASS);
            }
            if (result.returnValue() == Rig.XdpCode.PASS) {
                assertThat(result.data()).as("seed %d, round %d", seed, round).isEqualTo(frame);
            } else {
                assertThat(result.returnValue())
                        .as("seed %d, round %d", seed, round)
                        .isIn(Rig.XdpCode.DROP, Rig.XdpCode.TX);
            }
        }
        Verdicts after = rig.datapath().counters().verdicts();
        assertThat(Rig.minus(after.received(), before.received())).isEqualTo(new Traffic(rounds, bytes));
        assertThat(after.of(VerdictReason.DROPPED_BROKEN_TABLE)).isEqualTo(Traffic.NONE);
    }

    private static byte[] noise(Random random) {
        byte[] frame = new byte[Frame.ETHERNET_BYTES + random.nextInt(120)];
        random.nextBytes(frame);
        frame[12] = random.nextBoolean() ? (byte) 0x08 : (byte) 0x86;
        frame[13] = frame[12] == 0x08 ? 0 : (byte) 0xdd;
        return frame;
    }

    private static byte[] mutated(Random random, byte[] model) {
        byte[] frame = Arrays.copyOf(
                model, random.nextInt(4) == 0 ? Frame.ETHERNET_BYTES + random.nextInt(model.length) : model.length);
        for (int i = random.nextInt(4); i > 0; i--) {
            frame[random.nextInt(Math.min(frame.length, 74))] = (byte) random.nextInt();
        }
        return frame;
    }

    private static boolean isForVip(byte[] frame) {
        return holds(frame, 30, VIP4, 0x0800) || holds(frame, 38, VIP6, 0x86dd);
    }

    private static boolean holds(byte[] frame, int offset, String address, int type) {
        byte[] vip = Frame.address(address).getAddress();
        return frame.length >= offset + vip.length
                && ByteBuffer.wrap(frame).getShort(12) == (short) type
                && Arrays.equals(Arrays.copyOfRange(frame, offset, offset + vip.length), vip);
    }
}
