package dev.ballast.control.journal;

import java.nio.ByteBuffer;
import java.util.OptionalInt;
import java.util.zip.CRC32C;

/**
 * A record as it lies in the file, big-endian:
 *
 * <pre>
 * | mark 4 | length of the payload 4 | CRC32C of mark, length and payload 4 | payload |
 * </pre>
 *
 * <p>The mark makes it cheap to look for a whole frame behind a broken one, which tells a torn tail from damage: a tail has none
 * behind it. Pure.
 */
final class Frame {
    /** No text of UTF-8 begins like it. */
    private static final int MARK = 0xb1a57ec0;

    static final int HEAD_BYTES = 12;

    /** A configuration below 16 MiB that does not deflate, and what is said about it. */
    static final int PAYLOAD_MAX_BYTES = 24 << 20;

    private Frame() {}

    static ByteBuffer of(byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(HEAD_BYTES + payload.length);
        frame.putInt(MARK).putInt(payload.length).putInt(crc(payload.length, ByteBuffer.wrap(payload)));
        return frame.put(payload).flip();
    }

    private static int crc(int length, ByteBuffer payload) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(8).putInt(MARK).putInt(length).flip());
        crc.update(payload);
        return (int) crc.getValue();
    }

    /** The payload's length, if a whole frame begins at {@code at}. */
    static OptionalInt payloadBytes(ByteBuffer file, int at) {
        if (file.limit() - at < HEAD_BYTES || file.getInt(at) != MARK) {
            return OptionalInt.empty();
        }
        int length = file.getInt(at + 4);
        if (length < 0 || length > PAYLOAD_MAX_BYTES || length > file.limit() - at - HEAD_BYTES) {
            return OptionalInt.empty();
        }
        return crc(length, file.slice(at + HEAD_BYTES, length)) == file.getInt(at + 8)
                ? OptionalInt.of(length)
                : OptionalInt.empty();
    }

    /** Where the next whole frame begins, from {@code from} on. */
    static OptionalInt next(ByteBuffer file, int from) {
        for (int at = from; at <= file.limit() - HEAD_BYTES; at++) {
            if (file.getInt(at) == MARK && payloadBytes(file, at).isPresent()) {
                return OptionalInt.of(at);
            }
        }
        return OptionalInt.empty();
    }
}
