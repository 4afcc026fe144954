package dev.ballast.cli.pcap;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The newer format: blocks, each with its type and length in front and its length again behind. Sections, interfaces and
 * packets are read; all other blocks and all options but {@code if_tsresol} and {@code if_tsoffset} are passed over.
 */
final class PcapNgReader extends CaptureReader {
    /** The same in both byte orders. */
    static final int SECTION_HEADER = 0x0a0d0d0a;

    private static final int BYTE_ORDER_MAGIC = 0x1a2b3c4d;
    static final int INTERFACE_DESCRIPTION = 1;
    private static final int SIMPLE_PACKET = 3;
    static final int ENHANCED_PACKET = 6;

    private static final int BLOCK_HEAD_BYTES = 8;
    private static final int BLOCK_TAIL_BYTES = 4;
    static final int INTERFACE_HEAD_BYTES = 8;
    static final int ENHANCED_HEAD_BYTES = 20;
    private static final int OPTION_HEAD_BYTES = 4;
    static final int OPTION_RESOLUTION = 9;
    private static final int OPTION_OFFSET = 14;

    /** A section or an interface with all its options; more is damage. */
    private static final int MAX_DESCRIPTION_BYTES = 1 << 20;

    private static final int MAX_INTERFACES = 10_000;
    private static final long NS_PER_SECOND = 1_000_000_000;

    private final List<Interface> interfaces = new ArrayList<>();

    /** Time stamps of an interface: {@code units} of them are a second. */
    private record Interface(long units, long offsetSeconds, int snapLength) {
        long timeNs(long stamp) {
            long seconds = Long.divideUnsigned(stamp, units) + offsetSeconds;
            long rest = Long.remainderUnsigned(stamp, units);
            return seconds * NS_PER_SECOND + Math.round((double) rest / units * NS_PER_SECOND);
        }
    }

    private PcapNgReader(CaptureInput in) {
        super(in);
    }

    /** From behind the first block's type. */
    static PcapNgReader open(CaptureInput in) throws IOException {
        in.at("header");
        PcapNgReader reader = new PcapNgReader(in);
        reader.section();
        return reader;
    }

    @Override
    public boolean hasNanoseconds() {
        return true;
    }

    @Override
    Optional<CapturedPacket> read() throws IOException {
        while (true) {
            Optional<ByteBuffer> type = in.headerOrEnd(Integer.BYTES);
            if (type.isEmpty()) {
                return Optional.empty();
            }
            switch (type.get().getInt()) {
                case SECTION_HEADER -> section();
                case INTERFACE_DESCRIPTION -> describe(body(MAX_DESCRIPTION_BYTES));
                case ENHANCED_PACKET -> {
                    return Optional.of(enhanced());
                }
                case SIMPLE_PACKET -> {
                    return Optional.of(simple());
                }
                default -> {
                    long rest = length() - BLOCK_HEAD_BYTES;
                    in.skip(rest);
                }
            }
        }
    }

    /** Its byte order holds to the next one, and so does the numbering of its interfaces. */
    private void section() throws IOException {
        ByteBuffer head = in.header(2 * Integer.BYTES);
        for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
            if (head.order(order).getInt(Integer.BYTES) == BYTE_ORDER_MAGIC) {
                in.order(order);
                interfaces.clear();
                in.skip(plausible(head.getInt(0), MAX_DESCRIPTION_BYTES) - BLOCK_HEAD_BYTES - Integer.BYTES);
                return;
            }
        }
        throw in.failure("a section without its byte order: the file is damaged from here on");
    }

    private void describe(ByteBuffer block) throws CaptureException {
        if (block.limit() < INTERFACE_HEAD_BYTES || interfaces.size() == MAX_INTERFACES) {
            throw in.failure("an interface that cannot be: the file is damaged from here on");
        }
        requireEthernet(in, Short.toUnsignedInt(block.getShort(0)));
        long units = 1_000_000;
        long offsetSeconds = 0;
        int snapLength = block.getInt(Integer.BYTES);
        int at = INTERFACE_HEAD_BYTES;
        while (at + OPTION_HEAD_BYTES <= block.limit()) {
            int option = Short.toUnsignedInt(block.getShort(at));
            int bytes = Short.toUnsignedInt(block.getShort(at + Short.BYTES));
            at += OPTION_HEAD_BYTES;
            if (at + bytes > block.limit()) {
                throw in.failure("an option reaches beyond its block: the file is damaged from here on");
            }
            if (option == OPTION_RESOLUTION && bytes == 1) {
                units = units(block.get(at));
            } else if (option == OPTION_OFFSET && bytes == Long.BYTES) {
                offsetSeconds = block.getLong(at);
            }
            at += padded(bytes);
        }
        interfaces.add(new Interface(units, offsetSeconds, snapLength));
    }

    /** The resolution is a negative power of 10, or with the highest bit of 2. */
    private long units(byte resolution) throws CaptureException {
        int exponent = resolution & 0x7f;
        if (resolution < 0 ? exponent > 62 : exponent > 18) {
            throw in.failure("its times are in units of %s^-%d seconds, finer than can be told"
                    .formatted(resolution < 0 ? "2" : "10", exponent));
        }
        long units = 1;
        for (int i = 0; i < exponent; i++) {
            units *= resolution < 0 ? 2 : 10;
        }
        return units;
    }

    private CapturedPacket enhanced() throws IOException {
        long total = length();
        ByteBuffer head = in.header(ENHANCED_HEAD_BYTES);
        Interface source = interfaceOf(head.getInt());
        long stamp = Integer.toUnsignedLong(head.getInt()) << 32 | Integer.toUnsignedLong(head.getInt());
        int captured = head.getInt();
        int length = head.getInt();
        CapturedPacket packet = packet(source.timeNs(stamp), captured, length);
        finish(total - BLOCK_HEAD_BYTES - ENHANCED_HEAD_BYTES - captured);
        return packet;
    }

    /** Of the first interface, with its snap length; it has no time. */
    private CapturedPacket simple() throws IOException {
        long total = length();
        int length = in.header(Integer.BYTES).getInt();
        int snapLength = interfaceOf(0).snapLength();
        int captured = snapLength == 0 ? length : Math.min(length, snapLength);
        CapturedPacket packet = packet(0, captured, length);
        finish(total - BLOCK_HEAD_BYTES - Integer.BYTES - captured);
        return packet;
    }

    private Interface interfaceOf(int number) throws CaptureException {
        if (number < 0 || number >= interfaces.size()) {
            throw in.failure("it is of interface %s, which the file does not describe: the file is damaged from here on"
                    .formatted(Integer.toUnsignedString(number)));
        }
        return interfaces.get(number);
    }

    /** What a block holds, without type and lengths. */
    private ByteBuffer body(int maxBytes) throws IOException {
        int bytes =
                Math.toIntExact(plausible(Math.toIntExact(length()), maxBytes)) - BLOCK_HEAD_BYTES - BLOCK_TAIL_BYTES;
        ByteBuffer body = in.header(bytes);
        in.skip(BLOCK_TAIL_BYTES);
        return body;
    }

    /** Padding, options and the length once more. */
    private void finish(long rest) throws IOException {
        if (rest < BLOCK_TAIL_BYTES) {
            throw in.failure("it is larger than its block: the file is damaged from here on");
        }
        in.skip(rest);
    }

    private long length() throws IOException {
        return plausible(in.header(Integer.BYTES).getInt(), Integer.MAX_VALUE);
    }

    private long plausible(int length, int maxBytes) throws CaptureException {
        if (length < BLOCK_HEAD_BYTES + BLOCK_TAIL_BYTES || length > maxBytes || length % Integer.BYTES != 0) {
            throw in.failure("a block of %s bytes: the file is damaged from here on"
                    .formatted(Integer.toUnsignedString(length)));
        }
        return length;
    }

    static int padded(int bytes) {
        return (bytes + Integer.BYTES - 1) & -Integer.BYTES;
    }
}
