package dev.ballast.datapath;

import java.net.InetAddress;
import java.util.Optional;

/**
 * One backend in one service.
 *
 * @param service index of its row in the {@link ServiceTable}
 * @param state what becomes of its flows
 * @param encap how packets are carried to it
 * @param guePort with {@link Encap#GUE}: the destination port; else 0
 * @param sourceBits with {@link Encap#IPIP} over IPv4: that many low bits of the outer source are the flow's, and 0 in
 *     {@code source}; else 0
 * @param source the balancer's own address in the outer header, of the backend's family
 * @param backend where the tunnel ends
 * @param nextHop empty while it is not resolved: its packets are dropped as such
 */
public record MemberRow(
        int service,
        MemberState state,
        Encap encap,
        int guePort,
        int sourceBits,
        InetAddress source,
        InetAddress backend,
        Optional<NextHop> nextHop) {
    /** A /8. */
    private static final int MAX_SOURCE_BITS = 24;

    public MemberRow {
        if (source.getClass() != backend.getClass()) {
            throw new IllegalArgumentException("the outer source " + source.getHostAddress() + " and the backend "
                    + backend.getHostAddress() + " are not of one family");
        }
        if ((encap == Encap.GUE) != (guePort != 0) || guePort >>> 16 != 0) {
            throw new IllegalArgumentException("GUE port " + guePort + " with encapsulation " + encap);
        }
        if (sourceBits < 0 || sourceBits > MAX_SOURCE_BITS) {
            throw new IllegalArgumentException(sourceBits + " source bits are not 0 to " + MAX_SOURCE_BITS);
        }
        if (sourceBits > 0 && (encap != Encap.IPIP || !Addresses.isIpv4(backend))) {
            throw new IllegalArgumentException(
                    "source bits are for IPIP over IPv4, not " + encap + " to " + backend.getHostAddress());
        }
        if (sourceBits > 0 && (Addresses.bits4(source) & (1 << sourceBits) - 1) != 0) {
            throw new IllegalArgumentException(
                    "the low " + sourceBits + " bits of the outer source " + source.getHostAddress() + " are not 0");
        }
    }

    /** In an IPIP tunnel from one source. */
    public MemberRow(
            int service,
            MemberState state,
            Encap encap,
            InetAddress source,
            InetAddress backend,
            Optional<NextHop> nextHop) {
        this(service, state, encap, 0, 0, source, backend, nextHop);
    }
}
