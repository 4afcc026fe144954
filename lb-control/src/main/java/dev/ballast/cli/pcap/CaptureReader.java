package dev.ballast.cli.pcap;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.util.Optional;

/** Reads a capture file from its first byte to its last, packet by packet. */
public abstract sealed class CaptureReader permits PcapReader, PcapNgReader {
    private static final int ETHERNET = 1;

    /** What libpcap takes for the largest snap length. A packet that claims more is damage. */
    static final int MAX_PACKET_BYTES = 262_144;

    final CaptureInput in;
    private long packets;

    CaptureReader(CaptureInput in) {
        this.in = in;
    }

    /**
     * Reads the head of a file, of either format and byte order.
     *
     * @param bytes the file; stays the caller's
     * @param name for messages
     * @throws CaptureException if it is not a capture of Ethernet frames
     */
    public static CaptureReader open(InputStream bytes, String name) throws IOException {
        CaptureInput in = new CaptureInput(bytes, name);
        int magic = in.firstWord();
        for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
            in.order(order);
            int ordered = order == ByteOrder.LITTLE_ENDIAN ? magic : Integer.reverseBytes(magic);
            switch (ordered) {
                case PcapReader.MAGIC_MICROSECONDS, PcapReader.MAGIC_NANOSECONDS -> {
                    return PcapReader.open(in, ordered == PcapReader.MAGIC_NANOSECONDS);
                }
                case PcapNgReader.SECTION_HEADER -> {
                    return PcapNgReader.open(in);
                }
                default -> {
                    // The other byte order, or neither format.
                }
            }
        }
        throw in.failure(
                "this is not a capture file: it begins with %02x %02x %02x %02x; write one with `tcpdump -w FILE`"
                        .formatted(magic & 0xff, magic >> 8 & 0xff, magic >> 16 & 0xff, magic >>> 24));
    }

    /**
     * The next packet; empty at the end of the file.
     *
     * @throws CaptureException if the file ends inside a packet, or is damaged
     */
    public final Optional<CapturedPacket> next() throws IOException {
        in.at("packet " + packets);
        Optional<CapturedPacket> packet = read();
        if (packet.isPresent()) {
            packets++;
        }
        return packet;
    }

    /** Whether its times are finer than a microsecond. */
    public abstract boolean hasNanoseconds();

    abstract Optional<CapturedPacket> read() throws IOException;

    /** The bytes of a packet that has {@code captured} of {@code length}. */
    final CapturedPacket packet(long timeNs, int captured, int length) throws IOException {
        requirePlausible(captured);
        requirePlausible(length);
        return new CapturedPacket(timeNs, in.bytes(captured), Math.max(captured, length));
    }

    private void requirePlausible(int bytes) throws CaptureException {
        if (bytes < 0 || bytes > MAX_PACKET_BYTES) {
            throw in.failure("it claims %s bytes, more than any capture has (%d): the file is damaged from here on"
                    .formatted(Integer.toUnsignedString(bytes), MAX_PACKET_BYTES));
        }
    }

    static void requireEthernet(CaptureInput in, int linkType) throws CaptureException {
        if (linkType != ETHERNET) {
            throw in.failure(
                    "its link type is %d%s, and the datapath takes Ethernet frames (%d); capture on one Ethernet interface"
                            .formatted(linkType, linkName(linkType), ETHERNET));
        }
    }

    private static String linkName(int linkType) {
        return switch (linkType) {
            case 0 -> " (BSD loopback)";
            case 101, 12, 14 -> " (IP without a link header)";
            case 105, 127 -> " (802.11)";
            case 113, 276 -> " (Linux cooked, as of `tcpdump -i any`)";
            default -> "";
        };
    }
}
