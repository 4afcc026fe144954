package dev.ballast.lab;

import static dev.ballast.lab.Packets.ETHERNET_BYTES;
import static dev.ballast.lab.Packets.GUE_PORT;
import static dev.ballast.lab.Packets.IP4_BYTES;
import static dev.ballast.lab.Packets.IP6_BYTES;
import static dev.ballast.lab.Packets.IPIP;
import static dev.ballast.lab.Packets.IPV6;
import static dev.ballast.lab.Packets.UDP;
import static dev.ballast.lab.Packets.UDP_BYTES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.bpf.BpfObject;
import dev.ballast.bpf.TestRun;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code decap.bpf.c} in the kernel, packet by packet. */
class DecapKernelTest {
    private static final int XDP_DROP = 1;
    private static final int XDP_PASS = 2;
    private static final int ETH_P_8021Q = 0x8100;
    private static final int IP4_PROTOCOL_AT = ETHERNET_BYTES + 9;
    private static final int UDP_LENGTH_AT = ETHERNET_BYTES + IP4_BYTES + 4;

    private static final InetAddress CLIENT4 = InetAddress.ofLiteral("10.1.0.11");
    private static final InetAddress CLIENT6 = InetAddress.ofLiteral("fd00:1::11");
    private static final InetAddress VIP4 = InetAddress.ofLiteral("203.0.113.10");
    private static final InetAddress VIP6 = InetAddress.ofLiteral("2001:db8:1::10");
    private static final InetAddress BALANCER4 = InetAddress.ofLiteral("10.2.0.11");
    private static final InetAddress BALANCER6 = InetAddress.ofLiteral("fd00:2::11");
    private static final InetAddress BACKEND4 = InetAddress.ofLiteral("10.2.0.101");
    private static final InetAddress BACKEND6 = InetAddress.ofLiteral("fd00:2::101");

    private static final byte[] INNER4 = datagram(CLIENT4, VIP4);
    private static final byte[] INNER6 = datagram(CLIENT6, VIP6);

    private BpfObject object;

    @BeforeEach
    void load() {
        object = BpfObject.open("decap", XdpAttachment.bytes(DecapOutcome.RESOURCE));
        object.load();
    }

    @AfterEach
    void unload() {
        object.close();
    }

    /** The four ways in which families meet, without and with UDP in between. */
    enum Pairing {
        IP4_IN_IP4(INNER4, DecapOutcome.IP4_IN_IP4),
        IP6_IN_IP4(INNER6, DecapOutcome.IP6_IN_IP4),
        IP4_IN_IP6(INNER4, DecapOutcome.IP4_IN_IP6),
        IP6_IN_IP6(INNER6, DecapOutcome.IP6_IN_IP6),
        IP4_IN_GUE4(INNER4, DecapOutcome.IP4_IN_GUE4),
        IP6_IN_GUE4(INNER6, DecapOutcome.IP6_IN_GUE4),
        IP4_IN_GUE6(INNER4, DecapOutcome.IP4_IN_GUE6),
        IP6_IN_GUE6(INNER6, DecapOutcome.IP6_IN_GUE6);

        private final byte[] inner;
        private final DecapOutcome outcome;

        Pairing(byte[] inner, DecapOutcome outcome) {
            this.inner = inner;
            this.outcome = outcome;
        }

        byte[] frame() {
            return tunnelled(inner);
        }

        byte[] tunnelled(byte[] payload) {
            InetAddress source = isOverIp4() ? BALANCER4 : BALANCER6;
            InetAddress backend = isOverIp4() ? BACKEND4 : BACKEND6;
            if (isGue()) {
                return gueFrame(source, backend, GUE_PORT, payload);
            }
            return Packets.ethernet(Packets.ip(inner == INNER4 ? IPIP : IPV6, source, backend, payload));
        }

        boolean isGue() {
            return name().contains("GUE");
        }

        boolean isOverIp4() {
            return name().endsWith("4");
        }

        int outerEnd() {
            return ETHERNET_BYTES + (isOverIp4() ? IP4_BYTES : IP6_BYTES) + (isGue() ? UDP_BYTES : 0);
        }
    }

    @Test
    void theOutcomesAreThoseOfTheProgramInItsOrder() {
        for (DecapOutcome outcome : DecapOutcome.values()) {
            assertThat(object.btf().enumerator("DECAP_" + outcome)).contains((long) outcome.ordinal());
        }
        assertThat(object.btf().enumerator("DECAP_OUTCOMES")).contains((long) DecapOutcome.values().length);
    }

    @ParameterizedTest
    @EnumSource
    void takesTheOuterHeaderOff(Pairing pairing) {
        TestRun.Result result = run(pairing.frame());
        assertThat(result.returnValue()).isEqualTo(XDP_PASS);
        assertThat(result.data()).isEqualTo(Packets.ethernet(pairing.inner));
        assertCounted(pairing.outcome);
    }

    @Test
    void takesOuterOptionsOffToo() {
        byte[] plain = Pairing.IP4_IN_IP4.frame();
        byte[] noOperations = {1, 1, 1, 1, 1, 1, 1, 0};
        byte[] frame = ByteBuffer.allocate(plain.length + noOperations.length)
                .put(plain, 0, ETHERNET_BYTES + IP4_BYTES)
                .put(noOperations)
                .put(INNER4)
                .put(ETHERNET_BYTES, (byte) 0x47)
                .array();
        assertThat(run(frame).data()).isEqualTo(Packets.ethernet(INNER4));
        assertCounted(DecapOutcome.IP4_IN_IP4);
    }

    static Stream<byte[]> packetsThatAreNoTunnels() {
        byte[] tagged = Packets.ethernet(
                ETH_P_8021Q,
                ByteBuffer.allocate(4 + 2 * IP4_BYTES + 100)
                        .putShort((short) 100)
                        .putShort((short) 0x0800)
                        .put(Packets.ip(IPIP, BALANCER4, BACKEND4, INNER4))
                        .array());
        return Stream.of(
                Packets.ethernet(INNER4),
                Packets.ethernet(INNER6),
                Packets.ethernet(Packets.ip(6, CLIENT4, VIP4, new byte[40])),
                Packets.ethernet(Packets.ip(47, BALANCER4, BACKEND4, INNER4)),
                // UDP elsewhere; GUE of variant 0, whose own header comes first; anything else at its port.
                gueFrame(BALANCER4, BACKEND4, GUE_PORT + 1, INNER4),
                gueFrame(BALANCER6, BACKEND6, GUE_PORT - 1, INNER6),
                gueFrame(BALANCER4, BACKEND4, GUE_PORT, new byte[] {0, IPIP, 0, 0, 0x45, 0}),
                gueFrame(BALANCER6, BACKEND6, GUE_PORT, new byte[] {(byte) 0x80, 0, 0, 0}),
                // A destination options header before the inner packet, as RFC 2473 tunnels may have.
                Packets.ethernet(Packets.ip(60, BALANCER6, BACKEND6, new byte[48])),
                Packets.ethernet(0x0806, new byte[46]),
                tagged);
    }

    @ParameterizedTest
    @MethodSource("packetsThatAreNoTunnels")
    void leavesOtherPacketsUntouched(byte[] frame) {
        TestRun.Result result = run(frame);
        assertThat(result.returnValue()).isEqualTo(XDP_PASS);
        assertThat(result.data()).isEqualTo(frame);
        assertCounted(DecapOutcome.NOT_TUNNEL);
    }

    @ParameterizedTest
    @MethodSource("fragments")
    void leavesFragmentsToTheStack(short flagsAndOffset) {
        for (Pairing pairing : List.of(Pairing.IP4_IN_IP4, Pairing.IP6_IN_IP4, Pairing.IP4_IN_GUE4)) {
            byte[] frame = pairing.frame();
            ByteBuffer.wrap(frame).putShort(ETHERNET_BYTES + 6, flagsAndOffset);
            long before = counters().get(DecapOutcome.FRAGMENT);
            TestRun.Result result = run(frame);
            assertThat(result.returnValue()).isEqualTo(XDP_PASS);
            assertThat(result.data()).isEqualTo(frame);
            assertThat(counters().get(DecapOutcome.FRAGMENT)).as(pairing.name()).isEqualTo(before + 1);
        }
    }

    static Stream<Short> fragments() {
        return Stream.of((short) 0x2000, (short) 0x2001, (short) 0x0001, (short) 0x1fff);
    }

    /** Every length a frame can be cut to, the shortest that the kernel runs a program on being an Ethernet header. */
    @ParameterizedTest
    @EnumSource
    void dropsWhatEndsInsideTheInnerHeaderAndNothingElse(Pairing pairing) {
        byte[] frame = pairing.frame();
        int innerHeaderEnd = pairing.outerEnd() + (pairing.inner == INNER4 ? IP4_BYTES : IP6_BYTES);
        for (int length = ETHERNET_BYTES; length <= frame.length; length++) {
            byte[] cut = Arrays.copyOf(frame, length);
            Map<DecapOutcome, Long> before = counters();
            TestRun.Result result = run(cut);
            DecapOutcome outcome;
            if (length < pairing.outerEnd()) {
                // The outer header itself is cut: not recognisable as a tunnel, the stack will drop it.
                outcome = DecapOutcome.NOT_TUNNEL;
                assertThat(result.data()).isEqualTo(cut);
            } else if (length < innerHeaderEnd) {
                outcome = DecapOutcome.TRUNCATED;
            } else {
                outcome = pairing.outcome;
            }
            assertThat(result.returnValue())
                    .as("frame of %d bytes", length)
                    .isEqualTo(outcome == DecapOutcome.TRUNCATED ? XDP_DROP : XDP_PASS);
            assertThat(counters().get(outcome)).as("frame of %d bytes", length).isEqualTo(before.get(outcome) + 1);
        }
    }

    @Test
    void dropsAnInnerPacketThatIsNotWhatTheOuterProtocolSays() {
        assertDropped(Pairing.IP4_IN_IP4.tunnelled(INNER6), DecapOutcome.MALFORMED);
        assertDropped(Pairing.IP6_IN_IP4.tunnelled(INNER4), DecapOutcome.TRUNCATED);
        assertDropped(Pairing.IP6_IN_IP6.tunnelled(Arrays.copyOf(INNER4, 100)), DecapOutcome.MALFORMED);
        assertDropped(Pairing.IP4_IN_IP6.tunnelled(INNER6), DecapOutcome.MALFORMED);
    }

    @Test
    void dropsHeadersThatContradictThemselves() {
        // Header lengths below the header itself, outside and inside.
        assertDropped(with(Pairing.IP4_IN_IP4.frame(), frame -> frame[ETHERNET_BYTES] = 0x44), DecapOutcome.MALFORMED);
        assertDropped(
                with(Pairing.IP4_IN_IP4.frame(), frame -> frame[ETHERNET_BYTES + IP4_BYTES] = 0x41),
                DecapOutcome.MALFORMED);
        // IPv4's header in a frame that says IPv6 and the reverse.
        assertDropped(with(Pairing.IP4_IN_IP4.frame(), frame -> frame[ETHERNET_BYTES] = 0x65), DecapOutcome.MALFORMED);
        assertDropped(with(Pairing.IP6_IN_IP6.frame(), frame -> frame[ETHERNET_BYTES] = 0x45), DecapOutcome.MALFORMED);
        // A datagram shorter than its own header.
        assertDropped(
                with(
                        Pairing.IP4_IN_GUE4.frame(),
                        frame -> ByteBuffer.wrap(frame).putShort(UDP_LENGTH_AT, (short) 7)),
                DecapOutcome.MALFORMED);
        // Options that reach beyond the frame.
        assertDropped(
                with(
                        Arrays.copyOf(Pairing.IP4_IN_IP4.frame(), ETHERNET_BYTES + IP4_BYTES + 20),
                        frame -> frame[ETHERNET_BYTES] = 0x4f),
                DecapOutcome.TRUNCATED);
    }

    @Test
    void acceptsAnyChecksumOfTheOuterDatagram() {
        byte[] datagram = Packets.udp(BALANCER6, 50000, BACKEND6, GUE_PORT, INNER4);
        for (int checksum : new int[] {0, 1, 0xffff}) {
            ByteBuffer.wrap(datagram).putShort(6, (short) checksum);
            byte[] frame = Packets.ethernet(Packets.ip(UDP, BALANCER6, BACKEND6, datagram));
            assertThat(run(frame).data()).isEqualTo(Packets.ethernet(INNER4));
        }
    }

    @Test
    void thePortOfGueIsSetBeforeTheLoad() {
        byte[] elsewhere = gueFrame(BALANCER4, BACKEND4, 5555, INNER4);
        try (BpfObject moved = BpfObject.open("decap", XdpAttachment.bytes(DecapOutcome.RESOURCE))) {
            moved.setGlobal("gue_port", 5555);
            moved.load();
            assertThat(moved.program("decap").testRun(elsewhere).data()).isEqualTo(Packets.ethernet(INNER4));
            byte[] usual = Pairing.IP4_IN_GUE4.frame();
            assertThat(moved.program("decap").testRun(usual).data()).isEqualTo(usual);
        }
        assertThat(run(elsewhere).data()).isEqualTo(elsewhere);
    }

    @Test
    void takesOneHeaderOffOnly() {
        byte[] twice = Packets.ip(IPIP, BALANCER4, BACKEND4, Packets.ip(IPIP, BALANCER4, BACKEND4, INNER4));
        assertThat(run(Packets.ethernet(twice)).data())
                .isEqualTo(Packets.ethernet(Packets.ip(IPIP, BALANCER4, BACKEND4, INNER4)));
    }

    @Test
    void looksAtTheProtocolFieldOnly() {
        byte[] frame = with(Pairing.IP4_IN_IP4.frame(), bytes -> bytes[IP4_PROTOCOL_AT] = 50);
        assertThat(run(frame).data()).isEqualTo(frame);
        assertCounted(DecapOutcome.NOT_TUNNEL);
    }

    private TestRun.Result run(byte[] frame) {
        return object.program("decap").testRun(frame);
    }

    private void assertDropped(byte[] frame, DecapOutcome reason) {
        long before = counters().get(reason);
        assertThat(run(frame).returnValue()).isEqualTo(XDP_DROP);
        assertThat(counters().get(reason)).isEqualTo(before + 1);
    }

    /** One packet, with this outcome. */
    private void assertCounted(DecapOutcome outcome) {
        assertThat(counters())
                .allSatisfy(
                        (each, packets) -> assertThat(packets).as(each.name()).isEqualTo(each == outcome ? 1 : 0));
    }

    private Map<DecapOutcome, Long> counters() {
        return DecapCounters.read(object.map(DecapOutcome.COUNTERS));
    }

    private static byte[] with(byte[] frame, Consumer<byte[]> damage) {
        damage.accept(frame);
        return frame;
    }

    private static byte[] gueFrame(InetAddress source, InetAddress backend, int port, byte[] payload) {
        return Packets.ethernet(Packets.ip(UDP, source, backend, Packets.gue(port, payload)));
    }

    private static byte[] datagram(InetAddress source, InetAddress destination) {
        byte[] payload = "payload".getBytes(StandardCharsets.US_ASCII);
        return Packets.ip(UDP, source, destination, Packets.udp(source, 40000, destination, 443, payload));
    }
}
