package dev.ballast.netlink;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of a message or of a nest: type to value (struct nlattr, linux/netlink.h). Unknown types are kept and ignored, as a newer
 * kernel sends more; of a type that repeats, the last counts, as in the kernel. Numbers are in host byte order unless the name says
 * otherwise.
 */
final class Attributes {
    private static final int HEADER_BYTES = 4;

    /** The two highest bits of a type are flags: nested, and network byte order. */
    private static final int TYPE_MASK = 0x3fff;

    static final Attributes NONE = new Attributes(Map.of());

    private final Map<Integer, ByteBuffer> values;

    private Attributes(Map<Integer, ByteBuffer> values) {
        this.values = values;
    }

    /** The attributes from byte {@code from} of a payload to its end. */
    static Attributes parse(ByteBuffer payload, int from) {
        Map<Integer, ByteBuffer> values = new HashMap<>();
        int at = from;
        while (at < payload.limit()) {
            int left = payload.limit() - at;
            if (left < HEADER_BYTES) {
                throw new MalformedMessageException(
                        "attribute header at byte %d needs %d bytes, %d are left".formatted(at, HEADER_BYTES, left));
            }
            int length = Short.toUnsignedInt(payload.getShort(at));
            int type = Short.toUnsignedInt(payload.getShort(at + 2)) & TYPE_MASK;
            if (length < HEADER_BYTES || length > left) {
                throw new MalformedMessageException(
                        "attribute %d at byte %d claims %d bytes, %d are left".formatted(type, at, length, left));
            }
            values.put(
                    type,
                    payload.slice(at + HEADER_BYTES, length - HEADER_BYTES).order(ByteOrder.nativeOrder()));
            at += Math.min(Message.align(length), left);
        }
        return new Attributes(values);
    }

    static void requireBytes(String what, ByteBuffer payload, int bytes) {
        if (payload.limit() < bytes) {
            throw new MalformedMessageException(
                    "%s needs %d bytes, %d are there".formatted(what, bytes, payload.limit()));
        }
    }

    boolean has(int type) {
        return values.containsKey(type);
    }

    int u8(int type, int absent) {
        ByteBuffer value = exactly(type, Byte.BYTES);
        return value == null ? absent : Byte.toUnsignedInt(value.get(0));
    }

    int u16(int type, int absent) {
        ByteBuffer value = exactly(type, Short.BYTES);
        return value == null ? absent : Short.toUnsignedInt(value.getShort(0));
    }

    int u16Be(int type, int absent) {
        ByteBuffer value = exactly(type, Short.BYTES);
        return value == null
                ? absent
                : Short.toUnsignedInt(
                        value.duplicate().order(ByteOrder.BIG_ENDIAN).getShort(0));
    }

    /** A 32-bit number; those of rtnetlink that we read (indexes, ids, MTUs) stay below 2^31. */
    int i32(int type, int absent) {
        ByteBuffer value = exactly(type, Integer.BYTES);
        return value == null ? absent : value.getInt(0);
    }

    long i64(int type, long absent) {
        ByteBuffer value = exactly(type, Long.BYTES);
        return value == null ? absent : value.getLong(0);
    }

    /** A text, with or without its closing NUL. */
    String text(int type, String absent) {
        byte[] bytes = bytes(type);
        if (bytes == null) {
            return absent;
        }
        int length = bytes.length;
        while (length > 0 && bytes[length - 1] == 0) {
            length--;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    byte @Nullable [] bytes(int type) {
        ByteBuffer value = values.get(type);
        if (value == null) {
            return null;
        }
        byte[] bytes = new byte[value.limit()];
        value.get(0, bytes);
        return bytes;
    }

    /** An Ethernet address; null if absent or if the link layer is another (tunnels have 0, 4 or 16 bytes here, InfiniBand 20). */
    @Nullable
    MacAddress mac(int type) {
        byte[] bytes = bytes(type);
        return bytes == null || bytes.length != MacAddress.BYTES ? null : MacAddress.of(bytes);
    }

    @Nullable
    InetAddress address(int type) {
        byte[] bytes = bytes(type);
        return bytes == null ? null : address(type, bytes);
    }

    static InetAddress address(int type, byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new MalformedMessageException(
                    "attribute %d: an address has 4 or 16 bytes, given %d".formatted(type, bytes.length));
        }
    }

    Attributes nested(int type) {
        ByteBuffer value = values.get(type);
        return value == null ? NONE : parse(value, 0);
    }

    private @Nullable ByteBuffer exactly(int type, int bytes) {
        ByteBuffer value = values.get(type);
        if (value != null && value.limit() != bytes) {
            throw new MalformedMessageException(
                    "attribute %d has %d bytes, expected %d".formatted(type, value.limit(), bytes));
        }
        return value;
    }
}
