package dev.ballast.datapath;

import java.lang.foreign.ValueLayout;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** IP addresses as the words that tables and hash are made of. Pure; any thread. */
final class Addresses {
    /** A number in network order, wherever it stands. */
    static final ValueLayout.OfInt INT_BE = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private Addresses() {}

    /** With all bits behind the first {@code prefixLength} 0. */
    static InetAddress masked(InetAddress address, int prefixLength) {
        byte[] bytes = address.getAddress();
        for (int i = 0; i < bytes.length; i++) {
            int kept = Math.clamp(prefixLength - (long) i * Byte.SIZE, 0, Byte.SIZE);
            bytes[i] &= (byte) (0xff00 >> kept);
        }
        return of(bytes);
    }

    static boolean isIpv4(InetAddress address) {
        return address instanceof Inet4Address;
    }

    /** An IPv4 address as a number. */
    static int bits4(InetAddress address) {
        return ByteBuffer.wrap(address.getAddress()).getInt();
    }

    /** The first 64 bits of an IPv6 address as a number. */
    static long high6(InetAddress address) {
        return ByteBuffer.wrap(address.getAddress()).getLong();
    }

    /** The last 64 bits of an IPv6 address as a number. */
    static long low6(InetAddress address) {
        return ByteBuffer.wrap(address.getAddress()).getLong(Long.BYTES);
    }

    static InetAddress of4(int bits) {
        return of(ByteBuffer.allocate(Integer.BYTES).putInt(bits).array());
    }

    static InetAddress of6(long high, long low) {
        return of(ByteBuffer.allocate(2 * Long.BYTES).putLong(high).putLong(low).array());
    }

    /** From 4 or 16 bytes in network order. */
    static InetAddress of(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(bytes.length + " bytes are no address", e);
        }
    }
}
