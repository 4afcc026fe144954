package dev.ballast.attach;

/**
 * Why the kernel lost a frame that a program wanted sent: what its tracepoints tell by place and error
 * (__xdp_enqueue in kernel/bpf/devmap.c, xdp_ok_fwd_dev in include/linux/filter.h, and the drivers).
 */
public enum LossCause {
    QUEUE_FULL(
            "the transmit queue was full: give the interface more or longer queues (ethtool -L, -G), or less traffic"),
    NO_QUEUE(
            "the interface has no queue for frames from XDP: attach a program to it as well (node.interfaces); of a veth, to its peer"),
    NO_XDP_TRANSMIT(
            "the driver sends no frames for programs on other interfaces: attach a program to it as well (node.interfaces), or to a veth's peer; where that does not help, route the backends by another interface"),
    INTERFACE_DOWN("the interface is set down: `ip link set dev DEV up`"),
    INTERFACE_GONE("the interface is gone: look at the routes to the backends"),
    TOO_BIG("the frame was larger than the interface's MTU: raise it (`ip link set dev DEV mtu BYTES`)"),
    NO_MEMORY("the kernel had no memory for the frame: look at `free` and `dmesg`"),
    REFUSED("the driver did not take the frame: `ethtool -S DEV` and `dmesg` may say why"),
    /** Only its own statistics show it: the driver does not report every loss at a tracepoint. */
    COUNTED_BY_DRIVER(
            "the driver's own statistics count it (`ethtool -S DEV`, xdp and tx): the queue was full, most likely");

    private static final int ENXIO = 6;
    private static final int ENOMEM = 12;
    private static final int ENODEV = 19;
    private static final int EINVAL = 22;
    private static final int ENOSPC = 28;
    private static final int EMSGSIZE = 90;
    private static final int EOPNOTSUPP = 95;
    private static final int ENETDOWN = 100;
    private static final int ENOBUFS = 105;

    private final String words;

    LossCause(String words) {
        this.words = words;
    }

    /** For people: what happened, and what to do. */
    public String words() {
        return words;
    }

    /**
     * @param queued whether it had got as far as the driver
     * @param errno positive, or 0 if the kernel gave none
     */
    static LossCause of(boolean queued, int errno) {
        return switch (errno) {
            case 0 -> queued ? QUEUE_FULL : REFUSED;
            case ENOSPC, ENOBUFS -> QUEUE_FULL;
            case ENXIO -> NO_QUEUE;
            case EOPNOTSUPP -> NO_XDP_TRANSMIT;
            case ENETDOWN -> INTERFACE_DOWN;
            case EMSGSIZE -> TOO_BIG;
            case ENOMEM -> NO_MEMORY;
            case EINVAL, ENODEV -> queued ? REFUSED : INTERFACE_GONE;
            default -> REFUSED;
        };
    }
}
