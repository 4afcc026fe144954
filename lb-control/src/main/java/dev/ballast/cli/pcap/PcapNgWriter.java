package dev.ballast.cli.pcap;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes Ethernet frames of several interfaces in the newer format, each with a comment; little-endian, times in nanoseconds. */
public final class PcapNgWriter implements AutoCloseable {
    private static final int BYTE_ORDER_MAGIC = 0x1a2b3c4d;
    private static final short MAJOR = 1;
    private static final short MINOR = 0;
    private static final short ETHERNET = 1;
    private static final short OPTION_COMMENT = 1;
    private static final short OPTION_INTERFACE_NAME = 2;
    private static final byte NANOSECONDS = 9; // 10^-9
    private static final int OPTION_HEAD_BYTES = 4;
    private static final int ENDS_BYTES = 12;

    private final OutputStream out;
    private final Map<String, Integer> interfaces = new LinkedHashMap<>();

    /**
     * Writes the head of the file.
     *
     * @param out buffered here, closed by {@link #close}
     */
    public PcapNgWriter(OutputStream out) throws IOException {
        this.out = new BufferedOutputStream(out, 1 << 16);
        block(
                PcapNgReader.SECTION_HEADER,
                buffer(16)
                        .putInt(BYTE_ORDER_MAGIC)
                        .putShort(MAJOR)
                        .putShort(MINOR)
                        .putLong(-1)); // of unknown length
    }

    /** Adds a packet that came in by the interface of that name. */
    public void write(String interfaceName, CapturedPacket packet, String comment) throws IOException {
        Integer known = interfaces.get(interfaceName);
        int number = known == null ? describe(interfaceName) : known;
        byte[] words = comment.getBytes(StandardCharsets.UTF_8);
        ByteBuffer body = buffer(PcapNgReader.ENHANCED_HEAD_BYTES
                + PcapNgReader.padded(packet.head().length)
                + OPTION_HEAD_BYTES
                + PcapNgReader.padded(words.length)
                + OPTION_HEAD_BYTES);
        body.putInt(number)
                .putInt((int) (packet.timeNs() >>> Integer.SIZE))
                .putInt((int) packet.timeNs())
                .putInt(packet.head().length)
                .putInt(packet.length())
                .put(Arrays.copyOf(packet.head(), PcapNgReader.padded(packet.head().length)));
        option(body, OPTION_COMMENT, words);
        block(PcapNgReader.ENHANCED_PACKET, body);
    }

    private int describe(String name) throws IOException {
        int number = interfaces.size();
        interfaces.put(name, number);
        byte[] words = name.getBytes(StandardCharsets.UTF_8);
        ByteBuffer body = buffer(PcapNgReader.INTERFACE_HEAD_BYTES
                + OPTION_HEAD_BYTES
                + PcapNgReader.padded(words.length)
                + OPTION_HEAD_BYTES
                + PcapNgReader.padded(1)
                + OPTION_HEAD_BYTES);
        body.putShort(ETHERNET).putShort((short) 0).putInt(0); // no snap length in force
        option(body, OPTION_INTERFACE_NAME, words);
        option(body, (short) PcapNgReader.OPTION_RESOLUTION, new byte[] {NANOSECONDS});
        block(PcapNgReader.INTERFACE_DESCRIPTION, body);
        return number;
    }

    private static void option(ByteBuffer body, short code, byte[] value) {
        body.putShort(code).putShort((short) value.length).put(Arrays.copyOf(value, PcapNgReader.padded(value.length)));
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** What the body has room for behind its options stays zero, which ends them. */
    private void block(int type, ByteBuffer body) throws IOException {
        int bytes = ENDS_BYTES + body.capacity();
        out.write(buffer(bytes)
                .putInt(type)
                .putInt(bytes)
                .put(body.clear())
                .putInt(bytes)
                .array());
    }

    /** Writes what is buffered. */
    public void flush() throws IOException {
        out.flush();
    }

    /** Writes what is buffered and closes the file. */
    @Override
    public void close() throws IOException {
        out.close();
    }
}
