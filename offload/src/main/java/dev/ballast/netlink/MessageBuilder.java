package dev.ballast.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes one request: header, the family's fixed part, attributes. Our requests are small; one that outgrows the buffer is a bug here. */
final class MessageBuilder {
    private static final int CAPACITY_BYTES = 512;

    private final ByteBuffer out = ByteBuffer.allocate(CAPACITY_BYTES).order(ByteOrder.nativeOrder());

    MessageBuilder(int type, int flags) {
        out.putInt(0).putShort((short) type).putShort((short) flags).putInt(0).putInt(0);
    }

    MessageBuilder u8(int... values) {
        for (int value : values) {
            out.put((byte) value);
        }
        return this;
    }

    MessageBuilder u16(int value) {
        out.putShort((short) value);
        return this;
    }

    MessageBuilder i32(int value) {
        out.putInt(value);
        return this;
    }

    MessageBuilder attribute(int type, byte[] value) {
        out.putShort((short) (4 + value.length)).putShort((short) type).put(value);
        while (out.position() % 4 != 0) {
            out.put((byte) 0);
        }
        return this;
    }

    MessageBuilder attribute(int type, int value) {
        out.putShort((short) 8).putShort((short) type).putInt(value);
        return this;
    }

    /** The finished request; may be called again with another sequence number. */
    byte[] build(int sequence) {
        byte[] request = new byte[out.position()];
        out.putInt(0, request.length).putInt(8, sequence);
        out.get(0, request);
        return request;
    }
}
