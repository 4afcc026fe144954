package dev.ballast.datapath;

import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * The flow hash, bit for bit the one of {@code lb/hash.h}, where its construction is explained. Immutable; any thread.
 *
 * <p>Keys derive from the cluster's secret, so that every balancer of a fleet hashes alike.
 */
public final class FlowHash {
    static final int KEYS = 6;

    private static final long MULTIPLIER = 0xd6e8feb86659fd93L;

    /** The last word of NH's message for IPv4, whose three words need a fourth. */
    private static final int PADDING_4 = 4;

    private final int[] key;
    private final long multiplier;

    FlowHash(int[] key, long multiplier) {
        this.key = key.clone();
        this.multiplier = multiplier;
    }

    /** The hash of the fleet with that secret. */
    public static FlowHash of(byte[] secret) {
        ByteBuffer derived = ByteBuffer.wrap(Secrets.derive(secret, "ballast flow hash 1"));
        int[] key = new int[KEYS];
        for (int i = 0; i < KEYS; i++) {
            key[i] = derived.getInt();
        }
        return new FlowHash(key, derived.getLong() | 1); // odd, so that the finaliser is a bijection
    }

    /**
     * Of a client's packet.
     *
     * @param source its address
     * @param ports source port in the upper, destination port in the lower half
     * @param seed of the VIP, see {@link VipSeeds}
     */
    public long of(InetAddress source, int ports, int seed) {
        if (Addresses.isIpv4(source)) {
            return of4(Addresses.bits4(source), ports, seed);
        }
        return of6(Addresses.high6(source), Addresses.low6(source), ports, seed);
    }

    long of4(int source, int ports, int seed) {
        return finalise(nh(source, ports, 0) + nh(seed, PADDING_4, 1));
    }

    long of6(long high, long low, int ports, int seed) {
        return finalise(
                nh((int) (high >>> 32), (int) high, 0) + nh((int) (low >>> 32), (int) low, 1) + nh(ports, seed, 2));
    }

    /** The seed of one address of a VIP that is a prefix with that seed; C: hash_fold(). */
    int fold(InetAddress address, int seed) {
        return (int) (of(address, 0, seed) >>> 32);
    }

    /** From what the slot derives with that mode, for all but 5-tuple and QUIC; C: slot_hash(). */
    long slot(InetAddress source, int port, HashMode mode) {
        int word = mode == HashMode.SOURCE ? 0 : port;
        if (mode == HashMode.DESTINATION_PORT) {
            return Addresses.isIpv4(source) ? of4(0, word, mode.code()) : of6(0, 0, word, mode.code());
        }
        return of(source, word, mode.code());
    }

    private long nh(int first, int second, int pair) {
        return Integer.toUnsignedLong(first + key[2 * pair]) * Integer.toUnsignedLong(second + key[2 * pair + 1]);
    }

    private long finalise(long hash) {
        hash ^= hash >>> 32;
        hash *= multiplier;
        hash ^= hash >>> 29;
        hash *= MULTIPLIER;
        return hash ^ hash >>> 32;
    }

    int key(int index) {
        return key[index];
    }

    long multiplier() {
        return multiplier;
    }
}
