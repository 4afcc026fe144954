package dev.ballast.datapath;

import java.net.InetAddress;

/**
 * What a packet's destination must be.
 *
 * @param address IPv4 or IPv6
 * @param port 1 to 65535, or {@link #ANY_PORT}
 * @param protocol of the packet
 */
public record VipKey(InetAddress address, int port, Protocol protocol) {
    /** Every port that no other VIP of this address and protocol names. */
    public static final int ANY_PORT = 0;

    public VipKey {
        if (port < 0 || port > 0xffff) {
            throw new IllegalArgumentException("port " + port + " is not 1 to 65535, nor 0 for any");
        }
    }
}
