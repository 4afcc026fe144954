package dev.ballast.ring;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * SipHash-2-4 with a 64-bit result: a keyed hash for short inputs that stays unpredictable to whoever does not know the key.
 *
 * <p>Source: J.-P. Aumasson and D. J. Bernstein, "SipHash: a fast short-input PRF", INDOCRYPT 2012, section 2. Pure; any thread.
 */
public final class SipHash {
    private static final VarHandle LONG_LE =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int COMPRESSION_ROUNDS = 2;
    private static final int FINALIZATION_ROUNDS = 4;

    /** "somepseudorandomlygeneratedbytes", the paper's nothing-up-my-sleeve initial state. */
    private static final long INIT_0 = 0x736f6d6570736575L;

    private static final long INIT_1 = 0x646f72616e646f6dL;
    private static final long INIT_2 = 0x6c7967656e657261L;
    private static final long INIT_3 = 0x7465646279746573L;

    private long v0;
    private long v1;
    private long v2;
    private long v3;

    private SipHash(HashKey key) {
        v0 = key.low() ^ INIT_0;
        v1 = key.high() ^ INIT_1;
        v2 = key.low() ^ INIT_2;
        v3 = key.high() ^ INIT_3;
    }

    /**
     * The hash under {@code key} of an address followed by one byte: the same as of those 5 or 17 bytes in an array, without one.
     *
     * @param last 0 to 255
     */
    static long hash(HashKey key, RingKey address, int last) {
        SipHash state = new SipHash(key);
        long length = (address.bytes() + 1L) << 56;
        if (address.bytes() == RingKey.V4_BYTES) {
            state.compress(
                    length | (long) last << 32 | Integer.toUnsignedLong(Integer.reverseBytes((int) address.low())));
        } else {
            state.compress(Long.reverseBytes(address.high()));
            state.compress(Long.reverseBytes(address.low()));
            state.compress(length | last);
        }
        return state.finish();
    }

    /** The hash of all bytes of {@code message} under {@code key}. */
    public static long hash(HashKey key, byte[] message) {
        SipHash state = new SipHash(key);
        int wholeBytes = message.length & -Long.BYTES;
        for (int offset = 0; offset < wholeBytes; offset += Long.BYTES) {
            state.compress((long) LONG_LE.get(message, offset));
        }
        // The last word carries the remaining 0 to 7 bytes and, in its top byte, the length modulo 256.
        long last = (long) message.length << 56;
        for (int offset = wholeBytes; offset < message.length; offset++) {
            last |= (message[offset] & 0xffL) << (8 * (offset - wholeBytes));
        }
        state.compress(last);
        return state.finish();
    }

    private void compress(long word) {
        v3 ^= word;
        rounds(COMPRESSION_ROUNDS);
        v0 ^= word;
    }

    private long finish() {
        v2 ^= 0xff;
        rounds(FINALIZATION_ROUNDS);
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private void rounds(int count) {
        for (int round = 0; round < count; round++) {
            v0 += v1;
            v1 = Long.rotateLeft(v1, 13) ^ v0;
            v0 = Long.rotateLeft(v0, 32);
            v2 += v3;
            v3 = Long.rotateLeft(v3, 16) ^ v2;
            v0 += v3;
            v3 = Long.rotateLeft(v3, 21) ^ v0;
            v2 += v1;
            v1 = Long.rotateLeft(v1, 17) ^ v2;
            v2 = Long.rotateLeft(v2, 32);
        }
    }
}
