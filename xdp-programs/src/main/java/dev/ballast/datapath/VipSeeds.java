package dev.ballast.datapath;

import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * The seed that a VIP puts into the flow hash: a keyed hash of its address or prefix and protocol. The port is not part of it, since
 * the flow hash takes the port itself, and nothing local is: a seed is the same on every balancer of a fleet. Immutable; any thread.
 */
final class VipSeeds {
    static final int KEY_BYTES = 32;

    private final byte[] key;

    VipSeeds(byte[] key) {
        this.key = key.clone();
    }

    static VipSeeds of(byte[] secret) {
        return new VipSeeds(Secrets.derive(secret, "ballast vip seed 1"));
    }

    /** {@code protocol} 0: of an address row. A prefix has its length in the message, too. */
    int seed(InetAddress address, int prefixLength, int protocol) {
        byte[] bytes = address.getAddress();
        boolean prefix = prefixLength < bytes.length * Byte.SIZE;
        ByteBuffer message = ByteBuffer.allocate((prefix ? 2 : 1) + bytes.length)
                .put((byte) protocol)
                .put(bytes);
        if (prefix) {
            message.put((byte) prefixLength);
        }
        return ByteBuffer.wrap(Secrets.hmac(key, message.array())).getInt();
    }

    byte[] key() {
        return key.clone();
    }
}
