package dev.ballast.bpf;

import dev.ballast.bpf.CStructs.Struct;
import java.lang.foreign.Arena;
import java.util.function.ToIntBiFunction;

/**
 * A tc program attached as a filter of the {@code clsact} queueing discipline: how it is done before Linux 6.6. Nobody owns a
 * filter: it stays until somebody detaches it, so {@link #close} does, unless it was {@linkplain #keep() kept} for the next process
 * to {@linkplain #find find}. The discipline itself stays: others may have filters in it.
 *
 * <p>Every call speaks to the network namespace of its thread. One thread at a time.
 *
 * @see <a href="https://man7.org/linux/man-pages/man8/tc-bpf.8.html">tc-bpf(8)</a>
 */
public final class ClsactFilter implements TcLink {
    private static final int BPF_TC_INGRESS = 1;
    private static final int BPF_TC_EGRESS = 2;
    private static final int BPF_TC_F_REPLACE = 1;

    private final int ifindex;
    private final Direction direction;
    private final int handle;
    private final int priority;
    private boolean keep;
    private boolean closed;

    private ClsactFilter(int ifindex, Direction direction, int handle, int priority) {
        this.ifindex = ifindex;
        this.direction = direction;
        this.handle = handle;
        this.priority = priority;
    }

    /**
     * Attaches {@code program} behind the filters there are, under a handle and priority that the kernel chooses.
     *
     * @throws BpfException with its cure
     */
    public static ClsactFilter attach(BpfProgram program, int ifindex, Direction direction) {
        String what = "tc " + program.describe() + " to " + where(ifindex, direction);
        try (Arena arena = Arena.ofConfined();
                LibBpfMessages messages = LibBpfMessages.collect()) {
            Struct hook = hook(arena, ifindex, direction);
            int created = LibBpf.bpf_tc_hook_create(hook.memory());
            if (created < 0 && created != -Errno.EEXIST) {
                throw new BpfException("add clsact for", what, -created, cure(-created, messages));
            }
            Struct options = CStructs.allocate(arena, CStructs.BPF_TC_OPTS);
            int result = program.handle()
                    .use(fd -> LibBpf.bpf_tc_attach(
                            hook.memory(), options.setInt("prog_fd", fd).memory()));
            if (result < 0) {
                throw new BpfException("attach", what, -result, cure(-result, messages));
            }
            return new ClsactFilter(ifindex, direction, options.getInt("handle"), options.getInt("priority"));
        }
    }

    /**
     * The filter that another process kept.
     *
     * @throws BpfException if there is none
     */
    public static ClsactFilter find(int ifindex, Direction direction, int handle, int priority) {
        ClsactFilter filter = new ClsactFilter(ifindex, direction, handle, priority);
        filter.programId();
        filter.keep = true; // it was, and finding it does not change that
        return filter;
    }

    /** Its number within the priority. */
    public int handle() {
        return handle;
    }

    /** Its place among the filters: the lower runs first. */
    public int priority() {
        return priority;
    }

    /** Lets it stay after {@link #close}. */
    public void keep() {
        requireOpen();
        keep = true;
    }

    @Override
    public int ifindex() {
        return ifindex;
    }

    @Override
    public Direction direction() {
        return direction;
    }

    @Override
    public int programId() {
        requireOpen();
        return call("query", (hook, options) -> LibBpf.bpf_tc_query(hook.memory(), options.memory()));
    }

    /**
     * Exchanges the program in place. tc has no compare-and-exchange: the check of {@code expectedOld} and the exchange are two
     * steps, between which another process could come.
     */
    @Override
    public void update(BpfProgram next, BpfProgram expectedOld) {
        requireOpen();
        int attached = programId();
        if (attached != expectedOld.id()) {
            throw new BpfException(
                    "update",
                    this + " from " + expectedOld.describe() + " to " + next.describe(),
                    Errno.EPERM,
                    "program id " + attached + " is attached, not " + expectedOld.id()
                            + ": somebody updated it; decide again");
        }
        int fd = next.handle().acquire();
        try {
            call(
                    "update",
                    (hook, options) -> LibBpf.bpf_tc_attach(
                            hook.memory(),
                            options.setInt("prog_fd", fd)
                                    .setInt("flags", BPF_TC_F_REPLACE)
                                    .memory()));
        } finally {
            next.handle().release();
        }
    }

    @Override
    public void detach() {
        requireOpen();
        call("detach", (hook, options) -> LibBpf.bpf_tc_detach(hook.memory(), options.memory()));
        closed = true;
    }

    @Override
    public void close() {
        if (!closed) {
            if (!keep) {
                detach();
            }
            closed = true;
        }
    }

    /** Calls libbpf for this very filter; returns the id of the program that is attached afterwards. */
    private int call(String operation, ToIntBiFunction<Struct, Struct> function) {
        try (Arena arena = Arena.ofConfined();
                LibBpfMessages messages = LibBpfMessages.collect()) {
            Struct options = CStructs.allocate(arena, CStructs.BPF_TC_OPTS)
                    .setInt("handle", handle)
                    .setInt("priority", priority);
            int result = function.applyAsInt(hook(arena, ifindex, direction), options);
            if (result < 0) {
                // EINVAL: "Cannot find specified filter chain", once the last filter of a direction is gone.
                throw new BpfException(
                        operation,
                        toString(),
                        -result,
                        cure(result == -Errno.EINVAL ? Errno.ENOENT : -result, messages));
            }
            return options.getInt("prog_id");
        }
    }

    private static Struct hook(Arena arena, int ifindex, Direction direction) {
        return CStructs.allocate(arena, CStructs.BPF_TC_HOOK)
                .setInt("ifindex", ifindex)
                .setInt("attach_point", direction == Direction.INGRESS ? BPF_TC_INGRESS : BPF_TC_EGRESS);
    }

    private static String cure(int errno, LibBpfMessages messages) {
        String said = messages.joined();
        String cure = switch (errno) {
            case Errno.ENODEV -> "there is no such interface in this network namespace; see ip link";
            case Errno.ENOENT -> "no such filter is there (any more); see tc filter show dev DEV ingress, egress";
            case Errno.EPERM -> Capabilities.cureOr("the kernel forbids it in this namespace");
            case Errno.EINVAL -> "the interface takes no such filter; the program has to be of section tc";
            default -> "see tc qdisc show";
        };
        return said.isEmpty() ? cure : cure + " (libbpf: " + said + ")";
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException(this + " is closed; find or attach it again");
        }
    }

    private static String where(int ifindex, Direction direction) {
        return direction + " of interface " + ifindex + " (clsact)";
    }

    @Override
    public String toString() {
        return "tc filter " + Integer.toHexString(handle) + " of priority " + priority + " at "
                + where(ifindex, direction);
    }
}
