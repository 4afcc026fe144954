package dev.ballast.control.model;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * An IPv4 or IPv6 address, without zone, port or prefix length.
 *
 * <p>Ordered by family (IPv4 first), then by number. An IPv4-mapped IPv6 address ({@code ::ffff:192.0.2.1}) is an IPv6
 * address here and never equal to the IPv4 one.
 *
 * @param family which of the two the other components are read as
 * @param high the first 64 bits of an IPv6 address as a number (host order); 0 for IPv4
 * @param low the last 64 bits of an IPv6 address as a number (host order); for IPv4 its 32 bits, unsigned
 */
public record Address(Family family, long high, long low) implements Comparable<Address> {
    /** The two versions of the Internet protocol. */
    public enum Family {
        /** 32-bit addresses. */
        IPV4,
        /** 128-bit addresses. */
        IPV6
    }

    /** Refuses bits that an IPv4 address does not have. */
    public Address {
        if (family == Family.IPV4 && (high != 0 || low >>> 32 != 0)) {
            throw new IllegalArgumentException("an IPv4 address has 32 bits");
        }
    }

    /**
     * Reads a literal; never a name, never DNS.
     *
     * @param text such as {@code 192.0.2.1} or {@code 2001:db8::1}
     * @throws IllegalArgumentException with the reason, when it is not exactly one address
     */
    public static Address parse(String text) {
        return AddressText.parse(text);
    }

    /**
     * The address with these bytes.
     *
     * @param bytes 4 or 16 of them, in network order
     */
    public static Address of(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return switch (bytes.length) {
            case 4 -> new Address(Family.IPV4, 0, Integer.toUnsignedLong(buffer.getInt()));
            case 16 -> new Address(Family.IPV6, buffer.getLong(), buffer.getLong());
            default -> throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + bytes.length);
        };
    }

    /** The same address as the JDK knows it. An IPv4-mapped one comes back as IPv4. */
    public static Address of(InetAddress address) {
        return of(address.getAddress());
    }

    /** 4 or 16 bytes in network order, a new array each time. */
    public byte[] bytes() {
        return isIpv4()
                ? ByteBuffer.allocate(4).putInt((int) low).array()
                : ByteBuffer.allocate(16).putLong(high).putLong(low).array();
    }

    /** For the JDK's and Netty's sockets; resolves nothing. */
    public InetAddress toInetAddress() {
        try {
            return InetAddress.getByAddress(bytes());
        } catch (UnknownHostException e) {
            throw new AssertionError("4 or 16 bytes are always an address", e);
        }
    }

    /** Whether it is an IPv4 address. */
    public boolean isIpv4() {
        return family == Family.IPV4;
    }

    /** 0.0.0.0 or ::. */
    public boolean isUnspecified() {
        return high == 0 && low == 0;
    }

    /** 127.0.0.0/8 or ::1. */
    public boolean isLoopback() {
        return isIpv4() ? low >>> 24 == 127 : high == 0 && low == 1;
    }

    /** 169.254.0.0/16 or fe80::/10. */
    public boolean isLinkLocal() {
        return isIpv4() ? low >>> 16 == 0xa9fe : high >>> 54 == 0xfe80 >>> 6;
    }

    /** 224.0.0.0/4 or ff00::/8. */
    public boolean isMulticast() {
        return isIpv4() ? low >>> 28 == 0xe : high >>> 56 == 0xff;
    }

    /** 255.255.255.255. */
    public boolean isBroadcast() {
        return isIpv4() && low == 0xffff_ffffL;
    }

    /** ::ffff:0:0/96, an IPv4 address in the shape of an IPv6 one (RFC 4291, 2.5.5.2). */
    public boolean isMapped() {
        return !isIpv4() && high == 0 && low >>> 32 == 0xffff;
    }

    /** The canonical text of RFC 5952, which {@link #parse} reads back. */
    @Override
    public String toString() {
        return AddressText.print(this);
    }

    @Override
    public int compareTo(Address other) {
        int byFamily = family.compareTo(other.family);
        int byHigh = Long.compareUnsigned(high, other.high);
        return byFamily != 0 ? byFamily : byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
    }
}
