package dev.ballast.control.model;

/**
 * What a backend writes into the connection ids that it gives out, so that a QUIC packet finds back to it (QUIC-LB,
 * plaintext encoding).
 *
 * @param value its bytes as one number, the first on the wire being the highest
 * @param length how many bytes, 1 to {@link #MAX_LENGTH}
 */
public record ServerId(long value, int length) {
    /** The most bytes. */
    public static final int MAX_LENGTH = 8;

    /** Refuses a value that does not fit its length. */
    public ServerId {
        if (length < 1 || length > MAX_LENGTH) {
            throw new IllegalArgumentException("a server id has 1 to " + MAX_LENGTH + " bytes, not " + length);
        }
        if (length < MAX_LENGTH && (value >>> (8 * length)) != 0) {
            throw new IllegalArgumentException("%x does not fit %d bytes".formatted(value, length));
        }
    }

    /** {@code 0x} and two digits a byte. */
    @Override
    public String toString() {
        return "0x" + ("%0" + (2 * length) + "x").formatted(value);
    }
}
