package dev.ballast.datapath;

import java.net.InetAddress;

/**
 * A prefix of sources.
 *
 * @param address the first one
 * @param prefixLength bits of it that count; 0: all of the family
 */
public record SourcePrefix(InetAddress address, int prefixLength) {
    public SourcePrefix {
        if (prefixLength < 0 || prefixLength > address.getAddress().length * Byte.SIZE) {
            throw new IllegalArgumentException("prefix length " + prefixLength + " of " + address.getHostAddress());
        }
        if (!Addresses.masked(address, prefixLength).equals(address)) {
            throw new IllegalArgumentException(
                    address.getHostAddress() + "/" + prefixLength + " has bits set behind its prefix");
        }
    }
}
