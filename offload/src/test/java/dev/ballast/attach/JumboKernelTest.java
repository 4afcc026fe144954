package dev.ballast.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.bpf.BpfObject;
import dev.ballast.bpf.TestNamespace;
import dev.ballast.bpf.XdpMode;
import dev.ballast.datapath.Datapath;
import dev.ballast.datapath.DatapathObjects;
import dev.ballast.datapath.DatapathOptions;
import dev.ballast.datapath.Encap;
import dev.ballast.datapath.Feature;
import dev.ballast.datapath.MemberRow;
import dev.ballast.datapath.MemberState;
import dev.ballast.datapath.NextHop;
import dev.ballast.datapath.Protocol;
import dev.ballast.datapath.PublishedRing;
import dev.ballast.datapath.RingRange;
import dev.ballast.datapath.ServiceRow;
import dev.ballast.datapath.Traffic;
import dev.ballast.datapath.Variant;
import dev.ballast.datapath.VerdictReason;
import dev.ballast.datapath.VipKey;
import dev.ballast.netlink.Link;
import dev.ballast.netlink.Netlink;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The datapath on a veth pair with an MTU of 9000: a datagram that spans several buffers goes in, and comes out encapsulated. */
class JumboKernelTest {
    private static final InterfaceSpec ONE = new InterfaceSpec("one", GenericPolicy.REFUSE);
    private static final InterfaceSpec PEER = new InterfaceSpec("one-peer", GenericPolicy.REFUSE);
    private static final InetAddress VIP = InetAddress.ofLiteral("203.0.113.10");
    private static final int PORT = 5000;
    private static final int DATA_BYTES = 8000;
    private static final int FRAME_BYTES = 14 + 20 + 8 + DATA_BYTES;
    private static final int RING_SLOTS = 251;

    @AutoClose
    private TestNamespace namespace;

    @AutoClose
    private Netlink netlink;

    @AutoClose
    private XdpInterfaces interfaces;

    @BeforeEach
    void open() throws IOException {
        namespace = new TestNamespace();
        namespace.shell("""
                ip link add one mtu 9000 address 02:00:00:00:00:01 type veth peer name one-peer mtu 9000
                ip link set one addrgenmode none up
                ip link set one-peer addrgenmode none up
                ip address add 198.51.100.7/24 dev one-peer
                ip neighbour add 198.51.100.1 lladdr 02:00:00:00:00:01 dev one-peer nud permanent
                ip route add 203.0.113.10 via 198.51.100.1
                """);
        netlink = namespace.call(Netlink::open);
        interfaces = XdpInterfaces.open(namespace.bpfFs().resolve("default").resolve("links"), netlink);
    }

    private Datapath datapath(Feature... features) {
        return Datapath.create(
                namespace.bpfFs().resolve("default"),
                DatapathObjects.balancer(),
                new DatapathOptions(1 << 19, 8, 128, 1 << 14, new byte[32], Variant.of(Set.of(features))));
    }

    /** One service with one member, behind the interface that its packets come in on. */
    private void serve(Datapath datapath) {
        Link one = netlink.link("one").orElseThrow();
        Link peer = netlink.link("one-peer").orElseThrow();
        int idle = datapath.clock().ticks(Duration.ofMinutes(1));
        datapath.members()
                .write(
                        0,
                        new MemberRow(
                                0,
                                MemberState.IN,
                                Encap.IPIP,
                                InetAddress.ofLiteral("198.51.100.1"),
                                InetAddress.ofLiteral("10.0.1.11"),
                                Optional.of(new NextHop(
                                        one.index(),
                                        peer.mac().bits(),
                                        one.mac().bits(),
                                        0,
                                        one.mtu()))));
        datapath.services().write(0, new ServiceRow(1, 0, 8, true, idle, idle));
        RingRange range = datapath.rings().allocate(RING_SLOTS);
        datapath.services().publishRing(0, new PublishedRing(Optional.of(range), 1));
        datapath.vips().put(new VipKey(VIP, PORT, Protocol.UDP), 0);
    }

    private void sendDatagram() {
        namespace.call(() -> {
            try (DatagramSocket socket = new DatagramSocket()) {
                socket.send(new DatagramPacket(new byte[DATA_BYTES], DATA_BYTES, VIP, PORT));
            }
            return null;
        });
    }

    @Test
    void a_frame_of_several_buffers_is_balanced_and_arrives() throws Exception {
        try (Datapath datapath = datapath(Feature.JUMBO);
                InputStream elf = getClass().getResourceAsStream("/bpf/xdp.bpf.o");
                BpfObject receiver = BpfObject.open("xdp", elf.readAllBytes())) {
            receiver.multiBuffer("pass");
            receiver.load();
            serve(datapath);
            assertThat(interfaces.needsMultiBuffer(Set.of(ONE))).isTrue();
            assertThat(namespace
                            .call(() -> interfaces.attach(ONE, datapath.program()))
                            .mode())
                    .isEqualTo(XdpMode.NATIVE);
            namespace.call(() -> interfaces.attach(PEER, receiver.program("pass")));

            sendDatagram();

            long[] counted;
            int tries = 0;
            do {
                Thread.sleep(10);
                counted = receiver.map(".bss").mmap(Arena.ofAuto(), false).toArray(ValueLayout.JAVA_LONG);
            } while (Arrays.stream(counted).sum() == 0 && tries++ < 500);
            assertThat(datapath.counters().verdicts().byReason())
                    .containsEntry(VerdictReason.FORWARDED_NEW_FLOW, new Traffic(1, FRAME_BYTES));
            assertThat(Arrays.stream(counted).sum()).isEqualTo(1);
            assertThat(netlink.ethtool().statistics("one-peer")).containsEntry("rx_queue_0_xdp_packets", 1L);
            interfaces.teardown();
            datapath.destroy();
        }
    }

    @Test
    void without_frames_of_several_buffers_the_driver_refuses_the_program_and_the_refusal_says_what_to_do() {
        try (Datapath datapath = datapath()) {
            assertThatThrownBy(() -> namespace.call(() -> interfaces.attach(ONE, datapath.program())))
                    .isInstanceOf(AttachException.class)
                    .hasMessageContaining("MTU");
            datapath.destroy();
        }
    }
}
