package dev.ballast.perf.kernels;

import dev.ballast.datapath.Encap;
import java.util.Locale;

/**
 * A way to a backend: how packets are encapsulated, and the device of Linux that takes them apart, by the family of what is inside.
 *
 * @see <a href="https://docs.kernel.org/networking/fou.html">fou and GUE</a>
 */
enum Tunnel {
    IPIP_OVER_IPV4(Encap.IPIP, false, "tunl0", "sit0"),
    IPIP_OVER_IPV6(Encap.IPIP, true, "ip6tnl0", "ip6tnl0"),
    // GUE ends in the kernel's UDP socket; what was inside goes on as if it had come without it.
    GUE_OVER_IPV4(Encap.GUE, false, "tunl0", "sit0"),
    GUE_OVER_IPV6(Encap.GUE, true, "ip6tnl0", "ip6tnl0");

    /** IANA's. */
    static final int GUE_PORT = 6080;

    private final Encap encap;
    private final boolean overIpv6;
    private final String deviceOfIpv4;
    private final String deviceOfIpv6;

    Tunnel(Encap encap, boolean overIpv6, String deviceOfIpv4, String deviceOfIpv6) {
        this.encap = encap;
        this.overIpv6 = overIpv6;
        this.deviceOfIpv4 = deviceOfIpv4;
        this.deviceOfIpv6 = deviceOfIpv6;
    }

    Encap encap() {
        return encap;
    }

    /** Whether it ends at the backend's IPv6 address. */
    boolean overIpv6() {
        return overIpv6;
    }

    /** The port of {@link Encap#GUE}, else 0. */
    int guePort() {
        return encap == Encap.GUE ? GUE_PORT : 0;
    }

    /** Where a packet of that family shows up when it is taken apart. */
    String device(boolean ipv6) {
        return ipv6 ? deviceOfIpv6 : deviceOfIpv4;
    }

    /** For people: {@code gue over ipv4}. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
