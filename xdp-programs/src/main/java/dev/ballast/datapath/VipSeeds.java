package dev.ballast.datapath;

import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * The seed that a VIP puts into the flow hash: a keyed hash of its address and protocol. The port is not part of it, since
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

    int seed(InetAddress address, Protocol protocol) {
        byte[] bytes = address.getAddress();
        byte[] message = ByteBuffer.allocate(1 + bytes.length)
                .put((byte) protocol.number())
                .put(bytes)
                .array();
        return ByteBuffer.wrap(Secrets.hmac(key, message)).getInt();
    }

    byte[] key() {
        return key.clone();
    }
}
