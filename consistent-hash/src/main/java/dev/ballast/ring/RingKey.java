package dev.ballast.ring;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * What identifies a member in the ring, on every balancer alike: its address. An IPv4 address hashes as its own four bytes and is a
 * different key from any IPv6 address.
 *
 * @param high the first 8 bytes of a 16-byte address in network order; 0 for a 4-byte one
 * @param low the last 8 bytes of a 16-byte address in network order; a 4-byte address as an unsigned 32-bit number
 * @param bytes length of the address, 4 or 16
 */
public record RingKey(long high, long low, int bytes) implements Comparable<RingKey> {
    static final int V4_BYTES = 4;

    private static final int V6_BYTES = 16;

    /** Checks that a 4-byte key has no bits above its 32. */
    public RingKey {
        boolean v4 = bytes == V4_BYTES && high == 0 && low == (low & 0xffff_ffffL);
        if (!v4 && bytes != V6_BYTES) {
            throw new IllegalArgumentException(
                    "ring key of %d bytes (%#x, %#x): an address has 4 or 16; make the key from an address"
                            .formatted(bytes, high, low));
        }
    }

    /**
     * The key of an address given as 4 or 16 bytes in network order.
     *
     * @throws IllegalArgumentException for any other length
     */
    public static RingKey of(byte[] addressBe) {
        ByteBuffer buffer = ByteBuffer.wrap(addressBe);
        return switch (addressBe.length) {
            case V4_BYTES -> new RingKey(0, buffer.getInt() & 0xffff_ffffL, V4_BYTES);
            case V6_BYTES -> new RingKey(buffer.getLong(), buffer.getLong(), V6_BYTES);
            default ->
                throw new IllegalArgumentException(
                        "ring key of %d bytes: an address has 4 or 16; make the key from an address"
                                .formatted(addressBe.length));
        };
    }

    /** The key of an address; a scope is ignored. */
    public static RingKey of(InetAddress address) {
        return of(address.getAddress());
    }

    /** The address, 4 or 16 bytes in network order; a fresh array. */
    public byte[] toBytes() {
        ByteBuffer buffer = ByteBuffer.allocate(bytes);
        if (bytes == V4_BYTES) {
            buffer.putInt((int) low);
        } else {
            buffer.putLong(high).putLong(low);
        }
        return buffer.array();
    }

    /** IPv4 before IPv6, then by the address as an unsigned number. */
    @Override
    public int compareTo(RingKey other) {
        int order = Integer.compare(bytes, other.bytes);
        if (order == 0) {
            order = Long.compareUnsigned(high, other.high);
        }
        return order == 0 ? Long.compareUnsigned(low, other.low) : order;
    }

    /** The address as text. */
    @Override
    public String toString() {
        try {
            return InetAddress.getByAddress(toBytes()).getHostAddress();
        } catch (UnknownHostException e) {
            throw new AssertionError("an address of %d bytes was refused".formatted(bytes), e);
        }
    }
}
