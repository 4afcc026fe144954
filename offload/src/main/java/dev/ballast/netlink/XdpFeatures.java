package dev.ballast.netlink;

/**
 * What a driver can do with XDP, in its present configuration, as the kernel's netdev family says it (enum netdev_xdp_act in
 * linux/netdev.h).
 *
 * @param bits the kernel's
 */
public record XdpFeatures(long bits) {
    private static final int BASIC = 1;
    private static final int REDIRECT = 1 << 1;
    private static final int NDO_XMIT = 1 << 2;
    private static final int RX_SG = 1 << 5;
    private static final int NDO_XMIT_SG = 1 << 6;

    /** Whether a program can run in the driver: pass, drop and send back. */
    public boolean nativeMode() {
        return has(BASIC);
    }

    /** Whether a program on it can send frames to other interfaces. */
    public boolean redirects() {
        return has(REDIRECT);
    }

    /** Whether it takes frames that a program on another interface sends to it. */
    public boolean transmits() {
        return has(NDO_XMIT);
    }

    /** Whether a program on it can be given frames that span several buffers ({@code xdp.frags}). */
    public boolean multiBuffer() {
        return has(RX_SG);
    }

    /** Whether it takes such frames from another interface. */
    public boolean transmitsMultiBuffer() {
        return has(NDO_XMIT_SG);
    }

    private boolean has(int bit) {
        return (bits & bit) != 0;
    }
}
