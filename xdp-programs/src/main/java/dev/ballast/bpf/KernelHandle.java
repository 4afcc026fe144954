package dev.ballast.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.ballast.bpf.CStructs.Struct;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.IntUnaryOperator;

/**
 * A file descriptor of the kernel, closed exactly once and only after the last call that uses it has returned.
 *
 * <p>Without that, a close on one thread lets the kernel hand the number to somebody else's open while another thread is about
 * to use it: a map update would land in a foreign map. The state word counts the calls in flight; its top bit says closed.
 * Whoever brings a closed word to zero calls close(2). An uncontended acquire and release cost a few nanoseconds.
 */
final class KernelHandle implements AutoCloseable {
    private static final int CLOSED = 1 << 31;

    private static final VarHandle STATE = stateHandle();

    private final int fd;
    private final String what;

    @SuppressWarnings("UnusedVariable") // through STATE
    private volatile int state;

    /**
     * Takes ownership of {@code fd}.
     *
     * @param what names it in the exception of a use after close: {@code map 'flows'}
     */
    KernelHandle(int fd, String what) {
        this.fd = fd;
        this.what = what;
    }

    /** A handle of its own on what {@code fd} refers to; {@code fd} stays the caller's. */
    static KernelHandle duplicateOf(int fd, String what) {
        int copy = LibC.fcntl(fd, LibC.F_DUPFD_CLOEXEC, 0);
        if (copy < 0) {
            throw new BpfException(
                    "duplicate descriptor of", what, -copy, "raise the limit of open files: ulimit -n, LimitNOFILE=");
        }
        return new KernelHandle(copy, what);
    }

    /** Another handle on the same thing, which may outlive this one. */
    KernelHandle duplicate() {
        int held = acquire();
        try {
            return duplicateOf(held, what);
        } finally {
            release();
        }
    }

    /** The number, unguarded: the caller keeps this handle open while it uses it. */
    int fd() {
        if (state < 0) {
            throw closed();
        }
        return fd;
    }

    /** The number, kept open until {@link #release}. */
    int acquire() {
        if ((int) STATE.getAndAdd(this, 1) < 0) {
            release();
            throw closed();
        }
        return fd;
    }

    void release() {
        if ((int) STATE.getAndAdd(this, -1) - 1 == CLOSED) {
            closeDescriptor();
        }
    }

    /** What {@code call} returns for the number, which stays open meanwhile. */
    int use(IntUnaryOperator call) {
        int held = acquire();
        try {
            return call.applyAsInt(held);
        } finally {
            release();
        }
    }

    /**
     * What the kernel tells of a map, program, link or BTF to whoever holds its descriptor, without any capability.
     *
     * @see <a href="https://docs.ebpf.io/linux/syscall/BPF_OBJ_GET_INFO_BY_FD/">BPF_OBJ_GET_INFO_BY_FD</a>
     */
    Struct info(Arena arena, StructLayout layout) {
        return info(CStructs.allocate(arena, layout), arena);
    }

    /** The same into a struct that has fields set for the kernel to read. */
    Struct info(Struct info, Arena arena) {
        MemorySegment length =
                arena.allocateFrom(JAVA_INT, Math.toIntExact(info.layout().byteSize()));
        int result = use(held -> BpfCalls.bpf_obj_get_info_by_fd(held, info.memory(), length));
        if (result < 0) {
            throw new BpfException(
                    "describe",
                    what,
                    -result,
                    Capabilities.cureOr("the kernel refused to describe it; 6.1 or newer is needed"));
        }
        return info;
    }

    /** Closes after the calls in flight; a second close does nothing. */
    @Override
    public void close() {
        if ((int) STATE.getAndBitwiseOr(this, CLOSED) == 0) {
            closeDescriptor();
        }
    }

    private void closeDescriptor() {
        // Past zero, so that a late acquire and release cannot bring the word here a second time.
        if (STATE.compareAndSet(this, CLOSED, CLOSED | 1 << 30)) {
            LibC.close(fd);
        }
    }

    private IllegalStateException closed() {
        return new IllegalStateException(what + " is closed; open it again");
    }

    private static VarHandle stateHandle() {
        try {
            return MethodHandles.lookup().findVarHandle(KernelHandle.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
