package dev.ballast.cli.pcap;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** The classic format: a file header of 24 bytes, then each packet behind a header of 16. */
final class PcapReader extends CaptureReader {
    static final int MAGIC_MICROSECONDS = 0xa1b2c3d4;
    static final int MAGIC_NANOSECONDS = 0xa1b23c4d;

    private static final int HEADER_AFTER_MAGIC_BYTES = 20;
    private static final int LINK_TYPE_AT = 16;
    private static final int RECORD_HEADER_BYTES = 16;
    private static final long NS_PER_SECOND = 1_000_000_000;

    private final boolean nanoseconds;

    private PcapReader(CaptureInput in, boolean nanoseconds) {
        super(in);
        this.nanoseconds = nanoseconds;
    }

    /** From behind the magic number. */
    static PcapReader open(CaptureInput in, boolean nanoseconds) throws IOException {
        in.at("header");
        ByteBuffer header = in.header(HEADER_AFTER_MAGIC_BYTES);
        // Above the link type may be the length of a frame check sequence, which an IP packet ends before.
        requireEthernet(in, header.getInt(LINK_TYPE_AT) & 0xffff);
        return new PcapReader(in, nanoseconds);
    }

    @Override
    public boolean hasNanoseconds() {
        return nanoseconds;
    }

    @Override
    Optional<CapturedPacket> read() throws IOException {
        Optional<ByteBuffer> header = in.headerOrEnd(RECORD_HEADER_BYTES);
        if (header.isEmpty()) {
            return Optional.empty();
        }
        long seconds = Integer.toUnsignedLong(header.get().getInt());
        long fraction = Integer.toUnsignedLong(header.get().getInt());
        int captured = header.get().getInt();
        int length = header.get().getInt();
        return Optional.of(packet(seconds * NS_PER_SECOND + fraction * (nanoseconds ? 1 : 1000), captured, length));
    }
}
