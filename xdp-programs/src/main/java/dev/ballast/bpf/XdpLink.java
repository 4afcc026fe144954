package dev.ballast.bpf;

import dev.ballast.bpf.CStructs.Struct;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/**
 * An XDP program attached to an interface by a {@code bpf_link}: the attachment lives while this handle or a pin does, nobody
 * else can replace or remove it by accident, and the program can be exchanged between two frames.
 *
 * <p>Any number of threads may use one handle at once. Interface indices are those of the calling thread's network namespace.
 *
 * @see <a href="https://docs.ebpf.io/linux/syscall/BPF_LINK_CREATE/">BPF_LINK_CREATE</a>
 */
public final class XdpLink implements AutoCloseable {
    private static final int BPF_XDP = 37;
    private static final int BPF_LINK_TYPE_XDP = 6;
    private static final int BPF_F_REPLACE = 1 << 2;

    private final KernelHandle handle;
    private final String what;

    private XdpLink(KernelHandle handle, String what) {
        this.handle = handle;
        this.what = what;
    }

    /**
     * Attaches {@code program} to an interface that carries no XDP program.
     *
     * @param ifindex the interface, in the calling thread's network namespace
     * @throws BpfException EBUSY: another program is there; EEXIST: one is there in another mode; EOPNOTSUPP: the driver lacks
     *     this mode; ENODEV: no such interface. Each with its cure
     */
    public static XdpLink attach(BpfProgram program, int ifindex, XdpMode mode) {
        String what = "XDP " + program.describe() + " to interface " + ifindex + " in " + mode + " mode";
        try (Arena arena = Arena.ofConfined()) {
            Struct options =
                    CStructs.allocate(arena, CStructs.BPF_LINK_CREATE_OPTS).setInt("flags", mode.flag());
            int fd = program.handle()
                    .use(programFd -> BpfCalls.bpf_link_create(programFd, ifindex, BPF_XDP, options.memory()));
            if (fd < 0) {
                // The kernel says EINVAL also of an interface that is not there.
                int errno = fd == -Errno.EINVAL && LibC.if_indextoname(ifindex).isEmpty() ? Errno.ENODEV : -fd;
                throw new BpfException("attach", what, errno, attachCure(errno, program, mode));
            }
            return new XdpLink(new KernelHandle(fd, "XDP link of interface " + ifindex), "of interface " + ifindex);
        }
    }

    /**
     * The link pinned at {@code pin}.
     *
     * @throws BpfException if nothing, or something that is not an XDP link, is pinned there
     */
    public static XdpLink openPinned(Path pin) {
        return new XdpLink(openPinned(pin, BPF_LINK_TYPE_XDP, "XDP"), "pinned at " + pin);
    }

    /** A handle on a pinned link, which must be of that type of enum bpf_link_type. */
    static KernelHandle openPinned(Path pin, int linkType, String word) {
        KernelHandle handle = BpfFs.open(pin, BpfFs.Kind.LINK);
        try (Arena arena = Arena.ofConfined()) {
            int type = handle.info(arena, CStructs.BPF_LINK_INFO).getInt("type");
            if (type != linkType) {
                throw new BpfException(
                        "open pinned " + word + " link",
                        pin.toString(),
                        0,
                        "it is a link of type " + type + ", not " + linkType + "; choose another pin");
            }
            return handle;
        } catch (BpfException e) {
            handle.close();
            throw e;
        }
    }

    /**
     * Exchanges the program atomically: each frame meets the old one or the new one. Takes 4 to 10 ms.
     *
     * @param expectedOld the program that must be attached now; otherwise nothing changes and the errno is EPERM
     */
    public void update(BpfProgram next, BpfProgram expectedOld) {
        update(handle, "XDP link " + what, next, expectedOld);
    }

    /** Exchanges the program atomically, whichever is attached now: for an owner that knows the link alone. */
    public void replace(BpfProgram next) {
        try (Arena arena = Arena.ofConfined()) {
            Struct options = CStructs.allocate(arena, CStructs.BPF_LINK_UPDATE_OPTS);
            int result = handle.use(
                    linkFd -> next.handle().use(nextFd -> BpfCalls.bpf_link_update(linkFd, nextFd, options.memory())));
            if (result < 0) {
                throw new BpfException(
                        "update", "XDP link " + what + " to " + next.describe(), -result, updateCure(-result, next));
            }
        }
    }

    static void update(KernelHandle link, String what, BpfProgram next, BpfProgram expectedOld) {
        int oldFd = expectedOld.handle().acquire();
        try (Arena arena = Arena.ofConfined()) {
            Struct options = CStructs.allocate(arena, CStructs.BPF_LINK_UPDATE_OPTS)
                    .setInt("flags", BPF_F_REPLACE)
                    .setInt("old_prog_fd", oldFd);
            int result = link.use(
                    linkFd -> next.handle().use(nextFd -> BpfCalls.bpf_link_update(linkFd, nextFd, options.memory())));
            if (result < 0) {
                throw new BpfException(
                        "update",
                        what + " from " + expectedOld.describe() + " to " + next.describe(),
                        -result,
                        updateCure(-result, expectedOld));
            }
        } finally {
            expectedOld.handle().release();
        }
    }

    /** Pins the link: the attachment then outlives this process. */
    public void pin(Path pin) {
        BpfFs.pin(handle, "XDP link " + what, pin);
    }

    /** Removes a pin of it: the attachment then ends with the last handle. */
    public void unpin(Path pin) {
        handle.fd(); // a closed handle fails here too
        BpfFs.unpin(pin);
    }

    /** The interface, in its own network namespace; 0 once the interface is gone or the link is detached. */
    public int ifindex() {
        return info("ifindex");
    }

    /** The kernel's id of the attached program. */
    public int programId() {
        return info("prog_id");
    }

    /** The kernel's id of the link. */
    public int id() {
        return info("id");
    }

    /** Detaches at once, whoever else holds the link or a pin of it; those then hold an empty link. */
    public void detach() {
        int result = handle.use(BpfCalls::bpf_link_detach);
        if (result < 0) {
            throw new BpfException("detach", "XDP link " + what, -result, Capabilities.cureOr("the kernel refused it"));
        }
    }

    /** The descriptor's number, valid while this handle is open. */
    public int fd() {
        return handle.fd();
    }

    private int info(String field) {
        try (Arena arena = Arena.ofConfined()) {
            return handle.info(arena, CStructs.BPF_LINK_INFO).getInt(field);
        }
    }

    private static String attachCure(int errno, BpfProgram program, XdpMode mode) {
        return switch (errno) {
            case Errno.EBUSY ->
                "an XDP program is attached there already; see who with bpftool net and bpftool link,"
                        + " detach it (ip link set dev DEV xdp off) or choose another interface";
            case Errno.EEXIST ->
                "the interface carries an XDP program in another mode; detach that one first"
                        + " (ip link set dev DEV xdpgeneric off, xdpdrv off) or attach in its mode";
            case Errno.EOPNOTSUPP ->
                mode == XdpMode.GENERIC
                        ? "the device takes no XDP program at all"
                        : "the driver does not have this mode (or not with the present MTU and offloads: lower the MTU, ethtool"
                                + " -K DEV lro off); use generic mode or another interface";
            case Errno.ENODEV -> "there is no such interface in this network namespace; see ip link";
            case Errno.EINVAL ->
                program.type() == BpfProgramType.XDP
                        ? "the driver or kernel refused the combination: a program that was bound to a device attaches to that"
                                + " device in OFFLOAD mode only, any other in NATIVE or GENERIC only; a MTU over a page"
                                + " needs a program of section xdp.frags"
                        : program.describe() + " is of type " + program.type() + "; attach one of section xdp";
            case Errno.EPERM -> Capabilities.cureOr("the kernel forbids it in this namespace");
            case Errno.ERANGE, Errno.E2BIG ->
                "the interface's MTU is too big for the driver's XDP; lower it, or use xdp.frags";
            case Errno.ENOMEM, Errno.ENOSPC ->
                "the driver has no queues or memory left for XDP; lower its queue count: ethtool -L DEV";
            default -> "see the driver's messages: dmesg";
        };
    }

    private static String updateCure(int errno, BpfProgram expectedOld) {
        return switch (errno) {
            case Errno.EPERM ->
                Capabilities.cureOr("the link holds another program than " + expectedOld
                        + ": somebody updated it; read its programId and decide again");
            case Errno.ENOLINK -> "its interface is gone; attach anew";
            case Errno.EINVAL ->
                "the new program does not fit the link: same type and attach type, same device binding as the old one";
            case Errno.EBUSY -> "the interface is being removed or changed; try again";
            default -> "the driver refused the new program; the old one stays attached; see dmesg";
        };
    }

    @Override
    public String toString() {
        return "XDP link " + what;
    }

    /** Closes this handle. Unless a pin or another handle holds the link, that detaches the program. */
    @Override
    public void close() {
        handle.close();
    }
}
