package dev.ballast.cli.pcap;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes Ethernet frames in the classic format, little-endian. */
public final class PcapWriter implements AutoCloseable {
    private static final int HEADER_BYTES = 24;
    private static final int RECORD_HEADER_BYTES = 16;
    private static final short MAJOR = 2;
    private static final short MINOR = 4;
    private static final int ETHERNET = 1;
    private static final long NS_PER_SECOND = 1_000_000_000;

    private final OutputStream out;
    private final boolean nanoseconds;

    /**
     * Writes the head of the file.
     *
     * @param out buffered here, closed by {@link #close}
     * @param nanoseconds whether times keep what is finer than a microsecond; some old readers do not know such files
     */
    public PcapWriter(OutputStream out, boolean nanoseconds) throws IOException {
        this.out = new BufferedOutputStream(out, 1 << 16);
        this.nanoseconds = nanoseconds;
        this.out.write(ByteBuffer.allocate(HEADER_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(nanoseconds ? PcapReader.MAGIC_NANOSECONDS : PcapReader.MAGIC_MICROSECONDS)
                .putShort(MAJOR)
                .putShort(MINOR)
                .putLong(0) // of no use: time zone, accuracy
                .putInt(CaptureReader.MAX_PACKET_BYTES)
                .putInt(ETHERNET)
                .array());
    }

    /** Adds a packet. */
    public void write(CapturedPacket packet) throws IOException {
        long rest = Math.floorMod(packet.timeNs(), NS_PER_SECOND);
        out.write(ByteBuffer.allocate(RECORD_HEADER_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt((int) Math.floorDiv(packet.timeNs(), NS_PER_SECOND))
                .putInt((int) (nanoseconds ? rest : rest / 1000))
                .putInt(packet.head().length)
                .putInt(packet.length())
                .array());
        out.write(packet.head());
    }

    /** Writes what is buffered and closes the file. */
    @Override
    public void close() throws IOException {
        out.close();
    }
}
