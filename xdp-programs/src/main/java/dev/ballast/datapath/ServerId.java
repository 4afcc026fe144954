package dev.ballast.datapath;

import java.util.HexFormat;

/**
 * A server id in QUIC connection ids (draft-ietf-quic-load-balancers, plaintext).
 *
 * @param value the id as a number, its first byte the most significant
 * @param length in bytes, 1 to 8
 */
public record ServerId(long value, int length) {
    public ServerId {
        if (length < 1 || length > ServerIdTable.MAX_BYTES) {
            throw new IllegalArgumentException(
                    "a server id of " + length + " bytes is not one of 1 to " + ServerIdTable.MAX_BYTES);
        }
        if (length < Long.BYTES && value >>> (length * Byte.SIZE) != 0) {
            throw new IllegalArgumentException(
                    "server id " + Long.toHexString(value) + " does not fit " + length + " bytes");
        }
    }

    @Override
    public String toString() {
        return "0x" + HexFormat.of().toHexDigits(value, 2 * length);
    }
}
