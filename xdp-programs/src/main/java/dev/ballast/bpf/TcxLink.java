package dev.ballast.bpf;

import dev.ballast.bpf.CStructs.Struct;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/**
 * A tc program attached by a {@code bpf_link} (tcx, Linux 6.6): owned, pinnable, beside any number of others. Any number of
 * threads may use one handle at once.
 *
 * @see <a href="https://docs.ebpf.io/linux/program-type/BPF_PROG_TYPE_SCHED_CLS/#tcx">tcx</a>
 */
public final class TcxLink implements TcLink {
    private static final int BPF_TCX_INGRESS = 46;
    private static final int BPF_TCX_EGRESS = 47;
    private static final int BPF_LINK_TYPE_TCX = 11;

    private final KernelHandle handle;
    private final String what;

    private TcxLink(KernelHandle handle, String what) {
        this.handle = handle;
        this.what = what;
    }

    /**
     * Attaches {@code program} behind those that are attached already.
     *
     * @throws BpfException EINVAL: the kernel is older than 6.6; ENODEV: no such interface
     */
    public static TcxLink attach(BpfProgram program, int ifindex, Direction direction) {
        int attachType = direction == Direction.INGRESS ? BPF_TCX_INGRESS : BPF_TCX_EGRESS;
        String where = direction + " of interface " + ifindex;
        try (Arena arena = Arena.ofConfined()) {
            Struct options = CStructs.allocate(arena, CStructs.BPF_LINK_CREATE_OPTS);
            int fd = program.handle()
                    .use(programFd -> BpfCalls.bpf_link_create(programFd, ifindex, attachType, options.memory()));
            if (fd < 0) {
                throw new BpfException(
                        "attach",
                        "tc " + program.describe() + " to " + where + " (tcx)",
                        -fd,
                        attachCure(-fd, program));
            }
            return new TcxLink(new KernelHandle(fd, "tcx link of " + where), "of " + where);
        }
    }

    /**
     * The link pinned at {@code pin}.
     *
     * @throws BpfException if nothing, or something that is not a tcx link, is pinned there
     */
    public static TcxLink openPinned(Path pin) {
        return new TcxLink(XdpLink.openPinned(pin, BPF_LINK_TYPE_TCX, "tcx"), "pinned at " + pin);
    }

    /** Pins the link: the attachment then outlives this process. */
    public void pin(Path pin) {
        BpfFs.pin(handle, toString(), pin);
    }

    /** Removes a pin of it: the attachment then ends with the last handle. */
    public void unpin(Path pin) {
        handle.fd(); // a closed handle fails here too
        BpfFs.unpin(pin);
    }

    @Override
    public int ifindex() {
        return info("ifindex");
    }

    @Override
    public Direction direction() {
        return info("attach_type") == BPF_TCX_INGRESS ? Direction.INGRESS : Direction.EGRESS;
    }

    @Override
    public int programId() {
        return info("prog_id");
    }

    private int info(String field) {
        try (Arena arena = Arena.ofConfined()) {
            return handle.info(arena, CStructs.BPF_LINK_INFO).getInt(field);
        }
    }

    /**
     * Exchanges the program atomically.
     *
     * @param expectedOld the program that must be attached now; otherwise nothing changes and the errno is EPERM
     */
    @Override
    public void update(BpfProgram next, BpfProgram expectedOld) {
        XdpLink.update(handle, toString(), next, expectedOld);
    }

    @Override
    public void detach() {
        int result = handle.use(BpfCalls::bpf_link_detach);
        if (result < 0) {
            throw new BpfException("detach", toString(), -result, Capabilities.cureOr("the kernel refused it"));
        }
    }

    private static String attachCure(int errno, BpfProgram program) {
        return switch (errno) {
            case Errno.EINVAL ->
                program.type() == BpfProgramType.SCHED_CLS
                        ? "tcx needs Linux 6.6; attach a clsact filter instead"
                        : program.describe() + " is of type " + program.type() + "; attach one of section tc";
            case Errno.ENODEV -> "there is no such interface in this network namespace; see ip link";
            case Errno.EPERM -> Capabilities.cureOr("the kernel forbids it in this namespace");
            case Errno.ERANGE -> "64 programs are attached there already; detach some: bpftool net";
            case Errno.EBUSY, Errno.EEXIST -> "this program is attached there already; see bpftool net";
            default -> "see bpftool net";
        };
    }

    @Override
    public String toString() {
        return "tcx link " + what;
    }

    @Override
    public void close() {
        handle.close();
    }
}
