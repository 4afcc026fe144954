package dev.ballast.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.ballast.bpf.BpfObject;
import dev.ballast.bpf.BpfProgram;
import dev.ballast.bpf.TestNamespace;
import dev.ballast.bpf.TestRun;
import dev.ballast.bpf.XdpLink;
import dev.ballast.bpf.XdpMode;
import dev.ballast.netlink.Netlink;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Set;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Frames that veth devices really lose, beside the frames that arrive and what the devices count themselves. */
class TransmitLossesKernelTest {
    private static final int BATCH = 64;

    /** As many as a veth's ring holds. */
    private static final int RING = 256;

    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    @AutoClose
    private TestNamespace namespace;

    @AutoClose
    private Netlink netlink;

    private BpfObject xdp;

    @AutoClose
    private TransmitLosses losses;

    @BeforeEach
    void setUp() throws IOException {
        namespace = new TestNamespace();
        namespace.shell("""
                ip link add one type veth peer name one-peer
                ip link add two type veth peer name two-peer
                for link in one one-peer two two-peer; do ip link set $link addrgenmode none up; done
                """);
        netlink = namespace.call(Netlink::open);
        xdp = object("xdp");
        xdp.load();
        losses = counting();
    }

    @AfterEach
    void closeOthers() throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    private BpfObject object(String name) throws IOException {
        try (InputStream elf = getClass().getResourceAsStream("/bpf/" + name + ".bpf.o")) {
            BpfObject object = BpfObject.open(name, elf.readAllBytes());
            open.push(object);
            return object;
        }
    }

    private BpfProgram redirectTo(int index) throws IOException {
        BpfObject object = object("redirect");
        object.setGlobal("target", index);
        object.load();
        return object.program("redirect");
    }

    private TransmitLosses counting() {
        return namespace.call(() -> TransmitLosses.open(namespace.bpfFs().resolve("losses"), netlink));
    }

    private int index(String name) {
        return netlink.link(name).orElseThrow().index();
    }

    private void attach(String name, BpfProgram program) {
        open.push(namespace.call(() -> XdpLink.attach(program, index(name), XdpMode.NATIVE)));
    }

    /** As if these frames had come in by that interface. */
    private void receive(String name, BpfProgram program, int bytes, int frames, int batch) {
        ByteBuffer context = ByteBuffer.allocate(24).order(ByteOrder.nativeOrder());
        context.putInt(4, bytes).putInt(12, index(name)); // struct xdp_md: data_end, ingress_ifindex
        namespace.call(() -> program.testRun(
                TestRun.packet(new byte[bytes]).withContext(context.array()).liveFrames(frames, batch)));
    }

    /** What a driver counts under that name, over all its queues. */
    private long counted(String name, String statistic) {
        return netlink.ethtool().statistics(name).entrySet().stream()
                .filter(each -> each.getKey().endsWith(statistic))
                .mapToLong(each -> each.getValue())
                .sum();
    }

    private long frames(LossCause cause) {
        return losses.read().stream()
                .filter(loss -> loss.cause() == cause)
                .mapToLong(TransmitLoss::frames)
                .sum();
    }

    /** What the {@code pass} programs have seen; everything else in the object counts elsewhere. */
    private long arrived() {
        return Arrays.stream(xdp.map(".bss").mmap(Arena.ofAuto(), false).toArray(ValueLayout.JAVA_LONG))
                .sum();
    }

    /** Softirqs work on after the call that gave them the frames has returned. */
    private static void awaitTotal(long expected, LongSupplier total) throws InterruptedException {
        for (int i = 0; i < 500 && total.getAsLong() < expected; i++) {
            Thread.sleep(10);
        }
        assertThat(total.getAsLong()).isEqualTo(expected);
    }

    @Test
    void every_tracepoint_is_there_and_nothing_is_lost_at_first() {
        losses.watch(Set.of(index("one")));

        assertThat(losses.absentTracepoints()).isEmpty();
        assertThat(losses.read()).isEmpty();
    }

    @Test
    void frames_sent_back_to_a_veth_peer_without_a_program_are_lost_as_the_veth_itself_counts() throws Exception {
        attach("one", xdp.program("send"));
        losses.watch(Set.of(index("one")));

        receive("one-peer", xdp.program("send"), 64, 1000, BATCH);

        awaitTotal(1000, () -> counted("one", "xdp_packets"));
        assertThat(losses.read())
                .extracting(TransmitLoss::interfaceIndex, TransmitLoss::cause, TransmitLoss::frames)
                .containsExactly(tuple(index("one"), LossCause.NO_QUEUE, 1000L));
        assertThat(counted("one", "xdp_tx_errors")).isEqualTo(1000);
    }

    @Test
    void frames_sent_back_arrive_and_none_is_lost_once_the_peer_has_a_program() throws Exception {
        attach("one", xdp.program("send"));
        attach("one-peer", xdp.program("pass"));
        losses.watch(Set.of(index("one")));

        receive("one-peer", xdp.program("send"), 64, 1000, BATCH);

        awaitTotal(1000, () -> arrived() + frames(LossCause.QUEUE_FULL));
        assertThat(counted("one", "xdp_packets")).isEqualTo(1000);
        assertThat(counted("one", "xdp_tx_errors")).isEqualTo(frames(LossCause.QUEUE_FULL));
    }

    @Test
    void what_a_full_ring_loses_and_what_arrives_is_what_was_forwarded() throws Exception {
        attach("two", xdp.program("pass"));
        attach("two-peer", xdp.program("pass"));
        // By a thread of its own, the ring is not emptied between two batches.
        namespace.shell("echo 1 > /sys/class/net/two-peer/threaded");
        losses.watch(Set.of(index("one")));

        receive("one", redirectTo(index("two")), 64, 100_000, RING);

        awaitTotal(100_000, () -> arrived() + frames(LossCause.QUEUE_FULL));
        assertThat(frames(LossCause.QUEUE_FULL)).isPositive();
        assertThat(counted("two", "xdp_xmit_errors")).isEqualTo(frames(LossCause.QUEUE_FULL));
        assertThat(losses.read()).allMatch(loss -> loss.interfaceIndex() == index("two"));
    }

    @Test
    void each_cause_has_its_name() throws Exception {
        losses.watch(Set.of(index("one")));
        receive("one", redirectTo(index("two")), 64, 1, 1);
        assertThat(frames(LossCause.NO_XDP_TRANSMIT)).isEqualTo(1);

        attach("two-peer", xdp.program("pass"));
        namespace.shell("ip link set two mtu 1000");
        receive("one", redirectTo(index("two")), 1200, 2, 2);
        assertThat(frames(LossCause.TOO_BIG)).isEqualTo(2);

        namespace.shell("ip link set two down");
        receive("one", redirectTo(index("two")), 64, 3, 3);
        assertThat(frames(LossCause.INTERFACE_DOWN)).isEqualTo(3);

        receive("one", redirectTo(4711), 64, 4, 4);
        assertThat(losses.read())
                .extracting(TransmitLoss::interfaceIndex, TransmitLoss::cause, TransmitLoss::frames)
                .contains(tuple(4711, LossCause.INTERFACE_GONE, 4L));
    }

    @Test
    void losses_of_other_interfaces_and_of_other_namespaces_are_not_ours() throws Exception {
        losses.watch(Set.of(index("two")));
        receive("one", redirectTo(4711), 64, 5, 5);
        assertThat(losses.read()).isEmpty();

        try (TestNamespace other = new TestNamespace();
                Netlink there = other.call(Netlink::open);
                TransmitLosses theirs =
                        other.call(() -> TransmitLosses.open(namespace.bpfFs().resolve("theirs"), there))) {
            theirs.watch(Set.of(index("one")));
            receive("one", redirectTo(4711), 64, 5, 5);
            assertThat(theirs.read()).isEmpty();
        }
    }

    @Test
    void counting_goes_on_while_no_process_reads_and_ends_with_the_removal() throws Exception {
        losses.watch(Set.of(index("one")));
        losses.close();
        receive("one", redirectTo(4711), 64, 6, 6);

        losses = counting();
        losses.watch(Set.of(index("one")));
        receive("one", redirectTo(4711), 64, 1, 1);
        assertThat(frames(LossCause.INTERFACE_GONE)).isEqualTo(7);

        losses.close();
        TransmitLosses.remove(namespace.bpfFs().resolve("losses"));
        assertThat(namespace.bpfFs().resolve("losses")).doesNotExist();
        losses = counting();
        assertThat(losses.read()).isEmpty();
    }
}
