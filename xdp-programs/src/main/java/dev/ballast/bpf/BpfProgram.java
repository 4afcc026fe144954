package dev.ballast.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.ballast.bpf.CStructs.Struct;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * A program in the kernel. It lives until this handle, its pins, its attachments and the program arrays that name it are gone.
 * Any number of threads may use one handle at once.
 */
public final class BpfProgram implements AutoCloseable {
    private static final int BPF_F_TEST_XDP_LIVE_FRAMES = 1 << 1;

    /** What a packet program may add in front and behind without a "does not fit" from a test run. */
    private static final int OUTPUT_HEADROOM = 4096;

    private final KernelHandle handle;
    private final String name;
    private final BpfProgramType type;
    private final String tag;
    private final int id;

    private BpfProgram(KernelHandle handle, String name, Struct info) {
        this.handle = handle;
        this.name = name;
        this.type = BpfProgramType.ofCode(info.getInt("type"));
        this.tag = HexFormat.of().formatHex(info.getBytes("tag"));
        this.id = info.getInt("id");
    }

    /** Takes over {@code handle}, closes it if that fails; the name in the object is longer than the 15 characters that the kernel keeps. */
    static BpfProgram of(KernelHandle handle, String name) {
        try (Arena arena = Arena.ofConfined()) {
            return new BpfProgram(handle, name, handle.info(arena, CStructs.BPF_PROG_INFO));
        } catch (BpfException e) {
            handle.close();
            throw e;
        }
    }

    /**
     * The program pinned at {@code pin}; its name is the kernel's, cut to 15 characters.
     *
     * @throws BpfException if nothing, or something else, is pinned there
     */
    public static BpfProgram openPinned(Path pin) {
        KernelHandle handle = BpfFs.open(pin, BpfFs.Kind.PROGRAM);
        try (Arena arena = Arena.ofConfined()) {
            Struct info = handle.info(arena, CStructs.BPF_PROG_INFO);
            return new BpfProgram(handle, info.getString("name"), info);
        } catch (BpfException e) {
            handle.close();
            throw e;
        }
    }

    /** The function's name. */
    public String name() {
        return name;
    }

    /** The kind of program. */
    public BpfProgramType type() {
        return type;
    }

    /** The kernel's digest of the instructions, 16 hex digits: the same for the same code wherever it was loaded. */
    public String tag() {
        return tag;
    }

    /** The kernel's id, unique until the next boot, never used twice at the same time. */
    public int id() {
        return id;
    }

    /** The descriptor's number, valid while this handle is open. */
    public int fd() {
        return handle.fd();
    }

    KernelHandle handle() {
        return handle;
    }

    /** A handle of its own on the same program, for an owner that outlives this one. */
    public BpfProgram duplicate() {
        return of(handle.duplicate(), name);
    }

    /**
     * Pins it.
     *
     * @throws BpfException if the directory is not on a BPF file system or the name is taken
     */
    public void pin(Path pin) {
        BpfFs.pin(handle, describe(), pin);
    }

    /** Pins it in place of whatever is pinned there, atomically: no reader ever finds the name absent. */
    public void repin(Path pin) {
        BpfFs.repin(handle, describe(), pin);
    }

    /** Removes a pin of it. */
    public void unpin(Path pin) {
        handle.fd(); // a closed handle fails here too
        BpfFs.unpin(pin);
    }

    /** Runs the program once on a packet that begins with its Ethernet header. */
    public TestRun.Result testRun(byte[] packet) {
        return testRun(TestRun.packet(packet));
    }

    /**
     * Runs the program in the kernel on given input, on the calling thread's CPU and in its network namespace.
     *
     * <p>With {@link TestRun#repeated} the kernel does not restore the packet between rounds: a program that moves the packet's
     * head sees it moved again in each.
     *
     * @throws BpfException with the cure, if the kernel does not run this kind of program or refuses the input
     * @see <a href="https://docs.kernel.org/bpf/bpf_prog_run.html">running BPF programs from userspace</a>
     */
    public TestRun.Result testRun(TestRun run) {
        boolean live = (run.flags() & BPF_F_TEST_XDP_LIVE_FRAMES) != 0;
        boolean syscall = type == BpfProgramType.SYSCALL;
        try (Arena arena = Arena.ofConfined()) {
            Struct options = CStructs.allocate(arena, CStructs.BPF_TEST_RUN_OPTS);
            MemorySegment dataOut = MemorySegment.NULL;
            MemorySegment contextIn = MemorySegment.NULL;
            MemorySegment contextOut = MemorySegment.NULL;
            if (!syscall) {
                MemorySegment dataIn = copy(arena, run.data());
                options.setAddress("data_in", dataIn).setInt("data_size_in", run.data().length);
                options.setInt("repeat", run.repeat());
                if (!live) {
                    dataOut = arena.allocate(run.data().length + OUTPUT_HEADROOM);
                    options.setAddress("data_out", dataOut)
                            .setInt("data_size_out", Math.toIntExact(dataOut.byteSize()));
                }
            }
            if (run.context().length > 0) {
                contextIn = copy(arena, run.context());
                options.setAddress("ctx_in", contextIn).setInt("ctx_size_in", run.context().length);
                if (!live && !syscall) {
                    contextOut = arena.allocate(run.context().length, Long.BYTES);
                    options.setAddress("ctx_out", contextOut).setInt("ctx_size_out", run.context().length);
                }
            }
            options.setInt("flags", run.flags()).setInt("batch_size", run.batchSize());
            int result = handle.use(fd -> BpfCalls.bpf_prog_test_run_opts(fd, options.memory()));
            if (result < 0) {
                throw new BpfException("test run of", describe(), -result, testRunCure(-result, run));
            }
            // A program of type syscall writes into its argument, which the kernel copies back to where it came from.
            MemorySegment context = syscall
                    ? contextIn
                    : contextOut.asSlice(0, Math.min(contextOut.byteSize(), options.getInt("ctx_size_out")));
            return new TestRun.Result(
                    options.getInt("retval"),
                    Integer.toUnsignedLong(options.getInt("duration")),
                    dataOut.asSlice(0, Math.min(dataOut.byteSize(), options.getInt("data_size_out")))
                            .toArray(JAVA_BYTE),
                    context.toArray(JAVA_BYTE));
        }
    }

    private static MemorySegment copy(Arena arena, byte[] bytes) {
        // 8-aligned for a syscall program's argument; the kernel copies packets anyway.
        MemorySegment copy = arena.allocate(Math.max(bytes.length, 1), Long.BYTES);
        return copy.copyFrom(MemorySegment.ofArray(bytes));
    }

    private String testRunCure(int errno, TestRun run) {
        return switch (errno) {
            case Errno.EPERM -> Capabilities.cureOr("the kernel forbids it here");
            case Errno.ENOTSUPP, Errno.EOPNOTSUPP -> "the kernel has no test run for programs of type " + type;
            case Errno.EINVAL ->
                type == BpfProgramType.SYSCALL
                        ? "a syscall program takes a context of at most 64 KiB, no packet, no repeat and no flags"
                        : "the input does not fit a program of type " + type + ": " + run.data().length
                                + " bytes of packet (14 or more, headroom included at most a page unless the program is"
                                + " xdp.frags), " + run.context().length
                                + " of context (an xdp_md whose data_end is the packet's length), repeat "
                                + run.repeat()
                                + ", flags " + run.flags() + ", batch " + run.batchSize() + " (at most 256)";
            case Errno.ENOSPC -> "the program grew the packet by more than " + OUTPUT_HEADROOM + " bytes";
            case Errno.ENODEV ->
                "the context names an interface or queue that does not exist in this network namespace";
            case Errno.EINTR, Errno.EAGAIN -> "a signal ended it; try again";
            default -> "see the kernel's documentation of BPF_PROG_TEST_RUN";
        };
    }

    String describe() {
        return "program '" + name + "'";
    }

    @Override
    public String toString() {
        return describe() + " " + type + " id " + id + " tag " + tag;
    }

    /** Closes this handle; the program lives on while anything else holds it. A second close does nothing. */
    @Override
    public void close() {
        handle.close();
    }
}
