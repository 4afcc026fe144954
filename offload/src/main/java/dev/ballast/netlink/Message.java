package dev.ballast.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * One netlink message: the header's fields and the payload behind it (struct nlmsghdr, linux/netlink.h). All in host byte order.
 *
 * @param type {@code nlmsg_type}: a control type below 16, or one of the family's
 * @param flags {@code nlmsg_flags}
 * @param sequence {@code nlmsg_seq} of the request that this answers; 0 in a notification
 * @param payload a read-only view, position 0, in native order
 */
record Message(int type, int flags, int sequence, ByteBuffer payload) {
    static final int HEADER_BYTES = 16;

    static final int NOOP = 1;
    static final int ERROR = 2;
    static final int DONE = 3;
    static final int OVERRUN = 4;

    /** Request flags. */
    static final int REQUEST = 0x1;

    static final int ACK = 0x4;
    static final int DUMP = 0x300;
    static final int REPLACE = 0x100;
    static final int CREATE = 0x400;

    /** The table changed under a dump: what was read mixes two states. */
    static final int DUMP_INTERRUPTED = 0x10;

    /** Flags of an ack: the request is not repeated whole; attributes follow. */
    static final int CAPPED = 0x100;

    static final int ACK_ATTRIBUTES = 0x200;

    private static final int ACK_MESSAGE = 1;

    /** Splits one datagram into its messages. */
    static List<Message> parseAll(ByteBuffer datagram) {
        ByteBuffer in = datagram.slice().order(ByteOrder.nativeOrder());
        List<Message> messages = new ArrayList<>();
        int at = 0;
        while (at < in.limit()) {
            int left = in.limit() - at;
            if (left < HEADER_BYTES) {
                throw new MalformedMessageException(
                        "message header at byte %d needs %d bytes, %d are left".formatted(at, HEADER_BYTES, left));
            }
            int length = in.getInt(at);
            if (length < HEADER_BYTES || length > left) {
                throw new MalformedMessageException(
                        "message at byte %d claims %d bytes, %d are left".formatted(at, length & 0xffffffffL, left));
            }
            ByteBuffer payload = in.slice(at + HEADER_BYTES, length - HEADER_BYTES)
                    .asReadOnlyBuffer()
                    .order(ByteOrder.nativeOrder());
            messages.add(new Message(
                    Short.toUnsignedInt(in.getShort(at + 4)),
                    Short.toUnsignedInt(in.getShort(at + 6)),
                    in.getInt(at + 8),
                    payload));
            at += Math.min(align(length), left);
        }
        return messages;
    }

    /** The verdict in an ERROR or DONE message. */
    Ack ack() {
        if (payload.limit() < Integer.BYTES) {
            if (type == DONE) {
                return new Ack(0, "");
            }
            throw new MalformedMessageException("ack of %d bytes carries no error code".formatted(payload.limit()));
        }
        int code = payload.getInt(0);
        if (code > 0 || code < -4095) {
            throw new MalformedMessageException("ack carries %d, no error number".formatted(code));
        }
        return new Ack(-code, (flags & ACK_ATTRIBUTES) == 0 ? "" : ackText());
    }

    /** The attributes follow the code and, in an ERROR, as much of the request as it repeats. */
    private String ackText() {
        int at = Integer.BYTES;
        if (type == ERROR) {
            Attributes.requireBytes("ack", payload, at + HEADER_BYTES);
            int requestBytes = payload.getInt(at);
            if (requestBytes < HEADER_BYTES) {
                throw new MalformedMessageException("ack repeats a request of %d bytes".formatted(requestBytes));
            }
            at += (flags & CAPPED) != 0 || requestBytes > payload.limit() ? HEADER_BYTES : align(requestBytes);
        }
        return Attributes.parse(payload, at).text(ACK_MESSAGE, "");
    }

    static int align(int bytes) {
        return (bytes + 3) & ~3;
    }

    /**
     * @param errno 0: done as asked
     * @param text the kernel's own words, or empty
     */
    record Ack(int errno, String text) {}
}
