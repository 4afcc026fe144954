package dev.ballast.bpf;

/**
 * Where on its way a frame meets an XDP program.
 *
 * @see <a href="https://docs.ebpf.io/linux/program-type/BPF_PROG_TYPE_XDP/">XDP</a>
 */
public enum XdpMode {
    /** In the driver, before a socket buffer exists: XDP_FLAGS_DRV_MODE. */
    NATIVE(1 << 2),
    /** In the network stack, after the socket buffer: every device has it, none is fast: XDP_FLAGS_SKB_MODE. */
    GENERIC(1 << 1),
    /** On the device itself: XDP_FLAGS_HW_MODE; the object must have been bound to it before its load. */
    OFFLOAD(1 << 3);

    private final int flag;

    XdpMode(int flag) {
        this.flag = flag;
    }

    int flag() {
        return flag;
    }
}
