package dev.ballast.datapath;

import java.net.InetAddress;

/**
 * What a packet's destination must be.
 *
 * @param address IPv4 or IPv6; of a prefix the first one
 * @param prefixLength bits of the address that count; all of them unless the VIP is a prefix
 * @param port 1 to 65535, or {@link #ANY_PORT}
 * @param protocol of the packet
 */
public record VipKey(InetAddress address, int prefixLength, int port, Protocol protocol) {
    /** Every port that no other VIP of this address and protocol names. */
    public static final int ANY_PORT = 0;

    public VipKey {
        if (port < 0 || port > 0xffff) {
            throw new IllegalArgumentException("port " + port + " is not 1 to 65535, nor 0 for any");
        }
        if (prefixLength < 1 || prefixLength > bits(address)) {
            throw new IllegalArgumentException("prefix length " + prefixLength + " is not 1 to " + bits(address));
        }
        if (!Addresses.masked(address, prefixLength).equals(address)) {
            throw new IllegalArgumentException(
                    address.getHostAddress() + "/" + prefixLength + " has bits set behind its prefix");
        }
    }

    /** A VIP of one address. */
    public VipKey(InetAddress address, int port, Protocol protocol) {
        this(address, bits(address), port, protocol);
    }

    /** Whether it is more than one address. */
    public boolean isPrefix() {
        return prefixLength < bits(address);
    }

    private static int bits(InetAddress address) {
        return address.getAddress().length * Byte.SIZE;
    }
}
