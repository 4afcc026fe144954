package dev.ballast.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BpfProgramKernelTest {
    private static final int XDP_TX = 3;
    private static final int XDP_MD_INGRESS_IFINDEX = 3;

    private BpfObject object;
    private TestNetwork network;

    @BeforeEach
    void setUp() {
        network = new TestNetwork();
        object = TestObjects.load("xdp");
    }

    @AfterEach
    void tearDown() {
        if (object != null) {
            object.close();
        }
        network.close();
    }

    /** A frame to everyone, of a protocol that nobody speaks. */
    private static byte[] frame(int length) {
        byte[] frame = new byte[length];
        Arrays.fill(frame, 0, 6, (byte) 0xff);
        frame[12] = (byte) 0x88;
        frame[13] = (byte) 0xb5;
        return frame;
    }

    /** struct xdp_md: data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex. */
    private static byte[] context(int dataEnd, int ingressIfindex) {
        ByteBuffer context = ByteBuffer.allocate(24).order(ByteOrder.nativeOrder());
        context.putInt(4, dataEnd).putInt(XDP_MD_INGRESS_IFINDEX * 4, ingressIfindex);
        return context.array();
    }

    @Test
    void a_test_run_returns_verdict_and_packet() {
        TestRun.Result result = object.program("grow").testRun(frame(60));

        assertThat(result.returnValue()).isEqualTo(XDP_TX);
        assertThat(result.data()).hasSize(68);
        assertThat(result.data()[0]).isEqualTo((byte) 0xba);
        assertThat(Arrays.copyOfRange(result.data(), 8, 68)).isEqualTo(frame(60));
    }

    @Test
    void repeats_are_counted_and_timed() {
        TestRun.Result result =
                object.program("pass").testRun(TestRun.packet(frame(60)).repeated(100_000));

        assertThat(result.durationNs()).isBetween(0L, 1_000_000L);
        assertThat(counter("passed")).isEqualTo(100_000);
    }

    private long counter(String name) {
        BtfType.DataSection bss = object.btf().section(".bss").orElseThrow();
        for (BtfType.SectionVariable variable : bss.variables()) {
            if (object.btf().type(variable.variableId()).name().equals(name)) {
                return object.map(".bss").mmap(Arena.ofAuto(), false).get(JAVA_LONG, variable.offsetBytes());
            }
        }
        throw new AssertionError("no counter " + name);
    }

    @Test
    void the_context_goes_in_and_comes_out() throws Exception {
        int left = network.ifindex("left");
        TestRun.Result result = network.namespace.call(() ->
                object.program("ingress").testRun(TestRun.packet(frame(60)).withContext(context(60, left))));

        assertThat(result.returnValue()).isEqualTo(left);
        assertThat(MemorySegment.ofArray(result.context()).get(JAVA_INT.withByteAlignment(1), 12))
                .isEqualTo(left);
    }

    @Test
    void live_frames_are_really_sent() throws Exception {
        int left = network.ifindex("left");
        int right = network.ifindex("right");
        try (BpfObject receiver = TestObjects.load("pass");
                BpfObject sender = TestObjects.load("xdp")) {
            network.namespace.run(() -> {
                try (XdpLink _ = XdpLink.attach(object.program("drop"), right, XdpMode.NATIVE);
                        XdpLink _ = XdpLink.attach(receiver.program("pass"), left, XdpMode.NATIVE)) {
                    sender.program("send")
                            .testRun(TestRun.packet(frame(60))
                                    .withContext(context(60, left))
                                    .liveFrames(1_000, 64));
                    awaitCounter("dropped", 1_000);
                }
            });
        }
        assertThat(counter("dropped")).isEqualTo(1_000);
    }

    /** Frames cross a veth in a softirq, which may come after the call that sent them. */
    private void awaitCounter(String name, long wanted) {
        for (int i = 0; i < 500 && counter(name) < wanted; i++) {
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Test
    void input_that_the_kernel_refuses_is_explained() {
        assertThatThrownBy(() -> object.program("pass").testRun(new byte[10]))
                .isInstanceOf(BpfException.class)
                .hasMessageStartingWith("test run of program 'pass': EINVAL")
                .hasMessageContaining("10 bytes of packet (14 or more");
        assertThatThrownBy(() -> object.program("ingress")
                        .testRun(TestRun.packet(frame(60)).withContext(context(60, 99_999))))
                .hasMessageContaining("does not exist in this network namespace");
    }

    @Test
    void a_pinned_program_is_found_again_after_everything_is_closed() {
        BpfProgram pass = object.program("pass");
        pass.pin(network.pin("pass"));
        String tag = pass.tag();
        int id = pass.id();
        object.close();

        try (BpfProgram found = BpfProgram.openPinned(network.pin("pass"))) {
            assertThat(found.name()).isEqualTo("pass");
            assertThat(found.id()).isEqualTo(id);
            assertThat(found.tag()).isEqualTo(tag);
            assertThat(found.type()).isEqualTo(BpfProgramType.XDP);
            found.testRun(frame(60));
            found.unpin(network.pin("pass"));
        }
        assertThatThrownBy(() -> BpfProgram.openPinned(network.pin("pass")))
                .hasMessageContaining("nothing is pinned there");
    }

    @Test
    void repin_replaces_a_pin_and_leaves_nothing_else_behind() {
        object.program("pass").repin(network.pin("current"));
        object.program("drop").repin(network.pin("current"));
        object.program("drop").repin(network.pin("current"));

        try (BpfProgram current = BpfProgram.openPinned(network.pin("current"))) {
            assertThat(current.id()).isEqualTo(object.program("drop").id());
        }
        assertThat(network.bpfFs().toFile().list()).contains("current").doesNotContain("current-next");
    }

    @Test
    void repin_survives_a_death_between_its_two_steps() {
        object.program("pass").pin(network.pin("current"));
        object.program("pass").pin(network.pin("current-next"));
        object.program("drop").repin(network.pin("current"));

        assertThat(network.bpfFs().toFile().list()).contains("current").doesNotContain("current-next");
    }
}
