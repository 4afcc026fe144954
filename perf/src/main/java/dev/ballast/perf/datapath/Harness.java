package dev.ballast.perf.datapath;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.ballast.bpf.BpfMap;
import dev.ballast.bpf.BpfObject;
import dev.ballast.bpf.BpfProgram;
import dev.ballast.bpf.BtfLayout;
import dev.ballast.bpf.TestRun;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/**
 * harness.bpf.c in the kernel: runs a target again and again on one frame, and says what CPU time that took. One thread.
 *
 * <p>Time is that of the thread (CLOCK_THREAD_CPUTIME_ID), so that being preempted costs nothing; the kernel's own figure has whole
 * nanoseconds only.
 */
final class Harness implements AutoCloseable {
    private static final String OBJECT = "harness.bpf.o";
    private static final int ETHERNET_BYTES = 14;
    private static final int ETHERTYPE = 12;
    private static final byte IPV6_HIGH = (byte) 0x86;

    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final BpfObject object;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment plan;
    private final BtfLayout layout;

    private byte[] frame = {};

    /** Loads the programs; nothing runs yet. */
    Harness() {
        object = BpfObject.open("harness", bytes());
        try {
            object.load();
            BpfMap map = object.map("plan");
            plan = map.mmap(arena, true);
            layout = map.valueLayout().orElseThrow();
        } catch (RuntimeException | Error e) {
            arena.close();
            object.close();
            throw e;
        }
    }

    private static byte[] bytes() {
        try (InputStream in = Harness.class.getResourceAsStream(OBJECT)) {
            if (in == null) {
                throw new BenchException(OBJECT + " is not beside " + Harness.class.getName()
                        + ": the build is incomplete; build again: mvn -q package -DskipTests");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Answers XDP_TX and does nothing. */
    BpfProgram empty() {
        return object.program("empty");
    }

    /** Answers XDP_TX after growing the frame by an IPv4 header. */
    BpfProgram encapOnly() {
        return object.program("encap_only");
    }

    /** What the following rounds call. */
    void target(BpfProgram program) {
        try (Arena confined = Arena.ofConfined()) {
            object.map("target").put(confined.allocateFrom(JAVA_INT, 0), confined.allocateFrom(JAVA_INT, program.fd()));
        }
    }

    /** The frame of the following rounds, and how many flows take turns in it; the first of them is next. */
    void send(byte[] newFrame, long flows) {
        send(newFrame, flows, 0);
    }

    /** Likewise, beginning with another of the flows. */
    void send(byte[] newFrame, long flows, int first) {
        frame = newFrame.clone();
        set("length", frame.length);
        set("ipv6", frame[ETHERTYPE] == IPV6_HIGH ? 1 : 0);
        set("flow_mask", flows - 1);
        set("next", first);
        MemorySegment bytes = MemorySegment.ofArray(frame);
        layout.field("ethernet").slice(plan).copyFrom(bytes.asSlice(0, ETHERNET_BYTES));
        MemorySegment header = layout.field("header").slice(plan);
        header.copyFrom(bytes.asSlice(ETHERNET_BYTES, header.byteSize()));
    }

    private void set(String field, long value) {
        layout.field(field).set(plan, value);
    }

    /** Nanoseconds of CPU time a round, everything included. */
    double run(int packets) {
        return time(object.program("harness"), packets);
    }

    /** The same of a program without the harness around it. */
    double runBare(BpfProgram program, int packets) {
        return time(program, packets);
    }

    private double time(BpfProgram program, int packets) {
        TestRun run = TestRun.packet(frame).repeated(packets);
        long beforeNs = threads.getCurrentThreadCpuTime();
        program.testRun(run);
        return (double) (threads.getCurrentThreadCpuTime() - beforeNs) / packets;
    }

    /** What is left of the frame after so many rounds. */
    TestRun.Result look(int rounds) {
        return object.program("harness").testRun(TestRun.packet(frame).repeated(rounds));
    }

    @Override
    public void close() {
        arena.close();
        object.close();
    }
}
