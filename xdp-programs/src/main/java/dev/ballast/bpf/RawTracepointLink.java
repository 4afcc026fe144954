package dev.ballast.bpf;

import java.lang.foreign.Arena;
import java.nio.file.Path;

/**
 * A program on one of the kernel's raw tracepoints, attached by a {@code bpf_link}: it runs at every pass of that point on the
 * whole machine, in all network namespaces, while this handle or a pin lives. Any number of threads may use one handle at once.
 *
 * @see <a href="https://docs.ebpf.io/linux/program-type/BPF_PROG_TYPE_RAW_TRACEPOINT/">raw tracepoints</a>
 */
public final class RawTracepointLink implements AutoCloseable {
    private static final int BPF_LINK_TYPE_RAW_TRACEPOINT = 1;

    private final KernelHandle handle;
    private final String what;

    private RawTracepointLink(KernelHandle handle, String what) {
        this.handle = handle;
        this.what = what;
    }

    /**
     * Attaches {@code program} beside those that are there.
     *
     * @param tracepoint the name in the kernel's TRACE_EVENT, such as {@code xdp_exception}
     * @throws BpfException ENOENT: this kernel has no such tracepoint
     */
    public static RawTracepointLink attach(BpfProgram program, String tracepoint) {
        String what = "tracepoint " + tracepoint;
        try (Arena arena = Arena.ofConfined()) {
            var name = arena.allocateFrom(tracepoint);
            int fd = program.handle().use(programFd -> BpfCalls.bpf_raw_tracepoint_open(name, programFd));
            if (fd < 0) {
                throw new BpfException(
                        "attach",
                        program.describe() + " to " + what,
                        -fd,
                        fd == -Errno.ENOENT
                                ? "this kernel has no such tracepoint"
                                : Capabilities.cureOr("attach a program of section raw_tp"));
            }
            return new RawTracepointLink(new KernelHandle(fd, "link of " + what), "of " + what);
        }
    }

    /**
     * The link pinned at {@code pin}.
     *
     * @throws BpfException if nothing, or something that is not such a link, is pinned there
     */
    public static RawTracepointLink openPinned(Path pin) {
        return new RawTracepointLink(
                XdpLink.openPinned(pin, BPF_LINK_TYPE_RAW_TRACEPOINT, "raw tracepoint"), "pinned at " + pin);
    }

    /** Pins the link: the attachment then outlives this process. */
    public void pin(Path pin) {
        BpfFs.pin(handle, toString(), pin);
    }

    @Override
    public String toString() {
        return "raw tracepoint link " + what;
    }

    /** Closes this handle. Unless a pin or another handle holds the link, that detaches the program. */
    @Override
    public void close() {
        handle.close();
    }
}
