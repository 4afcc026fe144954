package dev.ballast.cli.pcap;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Capture files as bytes, written independently of the code under test. */
final class Captures {
    private static final int MAX_BYTES = 1 << 16;

    private final ByteBuffer file;

    private Captures(ByteOrder order) {
        this.file = ByteBuffer.allocate(MAX_BYTES).order(order);
    }

    static Captures pcap(ByteOrder order, int magic, int linkType) {
        Captures captures = new Captures(order);
        captures.file.putInt(magic).putShort((short) 2).putShort((short) 4);
        captures.file.putInt(0).putInt(0).putInt(65_535).putInt(linkType);
        return captures;
    }

    static Captures pcapNg(ByteOrder order) {
        Captures captures = new Captures(order);
        return captures.block(
                0x0a0d0d0a,
                captures.body(16)
                        .putInt(0x1a2b3c4d)
                        .putShort((short) 1)
                        .putShort((short) 0)
                        .putLong(-1));
    }

    Captures record(int seconds, int fraction, byte[] head, int length) {
        file.putInt(seconds).putInt(fraction).putInt(head.length).putInt(length).put(head);
        return this;
    }

    /** An interface, with options as they are in the file. */
    Captures networkInterface(int linkType, int snapLength, byte... options) {
        return block(
                1,
                body(8 + options.length)
                        .putShort((short) linkType)
                        .putShort((short) 0)
                        .putInt(snapLength)
                        .put(options));
    }

    Captures enhanced(int networkInterface, long stamp, byte[] head, int length) {
        return block(
                6,
                body(20 + padded(head.length))
                        .putInt(networkInterface)
                        .putInt((int) (stamp >>> 32))
                        .putInt((int) stamp)
                        .putInt(head.length)
                        .putInt(length)
                        .put(head));
    }

    Captures simple(byte[] head, int length) {
        return block(3, body(4 + padded(head.length)).putInt(length).put(head));
    }

    Captures block(int type, byte... bytes) {
        return block(type, body(bytes.length).put(bytes));
    }

    byte[] bytes() {
        byte[] bytes = new byte[file.position()];
        file.get(0, bytes);
        return bytes;
    }

    private ByteBuffer body(int bytes) {
        return ByteBuffer.allocate(bytes).order(file.order());
    }

    private Captures block(int type, ByteBuffer body) {
        int length = 12 + body.capacity();
        file.putInt(type).putInt(length).put(body.array()).putInt(length);
        return this;
    }

    private static int padded(int bytes) {
        return (bytes + 3) & ~3;
    }

    /** All packets of a file. */
    static List<CapturedPacket> read(byte[] bytes) throws IOException {
        List<CapturedPacket> packets = new ArrayList<>();
        readInto(packets, bytes);
        return packets;
    }

    /** The same, of a file that may end badly. */
    static void readInto(List<CapturedPacket> packets, byte[] bytes) throws IOException {
        CaptureReader reader = CaptureReader.open(new ByteArrayInputStream(bytes), "in.pcap");
        for (Optional<CapturedPacket> next = reader.next(); next.isPresent(); next = reader.next()) {
            packets.add(next.get());
        }
    }
}
