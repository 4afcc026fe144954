package dev.ballast.bpf;

/**
 * The input of one {@link BpfProgram#testRun(TestRun)}. Arrays are not copied.
 *
 * @param data the packet, from its Ethernet header; empty for a program that takes none
 * @param context the context struct ({@code xdp_md}, {@code __sk_buff}, a syscall program's own); empty: the kernel's default
 * @param repeat how many rounds; of live frames, how many frames
 * @param flags BPF_F_TEST_* flags
 * @param batchSize live frames handed over at a time, at most 256; 0: the kernel's default of 64
 */
@SuppressWarnings("ArrayRecordComponent") // a packet is bytes; nobody compares runs
public record TestRun(byte[] data, byte[] context, int repeat, int flags, int batchSize) {
    private static final byte[] NONE = {};

    /** One round on that packet. */
    public static TestRun packet(byte[] data) {
        return new TestRun(data, NONE, 1, 0, 0);
    }

    /** One round of a program of type syscall; the result's context holds what the program made of it. */
    public static TestRun argument(byte[] context) {
        return new TestRun(NONE, context, 1, 0, 0);
    }

    /** The same with that context. */
    public TestRun withContext(byte[] newContext) {
        return new TestRun(data, newContext, repeat, flags, batchSize);
    }

    /** The same, {@code rounds} times over; the result's duration is the mean of a round. */
    public TestRun repeated(int rounds) {
        return new TestRun(data, context, rounds, flags, batchSize);
    }

    /**
     * XDP only: the kernel carries out each verdict on real frames (XDP_TX and XDP_REDIRECT send, XDP_PASS enters the stack), as
     * if {@code frames} of them had come in on the context's interface. Pages are used again as the last user left them, so
     * the program has to write every header byte it relies on. There is no output.
     *
     * @param batch frames at a time, at most 256; 64 suits a veth ring
     */
    public TestRun liveFrames(int frames, int batch) {
        return new TestRun(data, context, frames, flags | 1 << 1, batch);
    }

    /**
     * What came of it. Arrays are not copied.
     *
     * @param returnValue the program's return value in the last round; 0 of live frames
     * @param durationNs nanoseconds of a round, on average; 0 where the kernel does not measure
     * @param data the packet as the program left it
     * @param context the context as the program left it; empty where none was given
     */
    @SuppressWarnings("ArrayRecordComponent") // a packet is bytes; nobody compares results
    public record Result(int returnValue, long durationNs, byte[] data, byte[] context) {}
}
