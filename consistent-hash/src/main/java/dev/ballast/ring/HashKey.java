package dev.ballast.ring;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * A 128-bit secret for {@link SipHash}. Every balancer of a cluster holds the same one, so that outsiders can neither predict nor steer
 * what lands where.
 *
 * @param low bytes 0 to 7 of the secret, read as little-endian
 * @param high bytes 8 to 15 of the secret, read as little-endian
 */
public record HashKey(long low, long high) {
    /** Length of a secret in bytes. */
    public static final int BYTES = 16;

    private static final VarHandle LONG_LE =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /**
     * Reads a secret as the SipHash paper writes it.
     *
     * @throws IllegalArgumentException if there are not exactly 16 bytes
     */
    public static HashKey of(byte[] secret) {
        if (secret.length != BYTES) {
            throw new IllegalArgumentException(
                    "hash key of %d bytes: a SipHash key has %d; cut or derive the secret to that length"
                            .formatted(secret.length, BYTES));
        }
        return new HashKey((long) LONG_LE.get(secret, 0), (long) LONG_LE.get(secret, Long.BYTES));
    }

    /** Keeps the secret out of logs and error messages. */
    @Override
    public String toString() {
        return "HashKey[secret]";
    }
}
