package dev.ballast.cli.pcap;

import static java.nio.ByteOrder.BIG_ENDIAN;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class CaptureReaderTest {
    private static final int MICROSECONDS = 0xa1b2c3d4;
    private static final int NANOSECONDS = 0xa1b23c4d;
    private static final int ETHERNET = 1;
    private static final byte[] FIRST = frame(60, 1);
    private static final byte[] SECOND = frame(61, 2);

    static Stream<ByteOrder> orders() {
        return Stream.of(LITTLE_ENDIAN, BIG_ENDIAN);
    }

    @ParameterizedTest
    @MethodSource("orders")
    void reads_pcap_in_both_byte_orders_and_resolutions(ByteOrder order) throws Exception {
        for (int magic : new int[] {MICROSECONDS, NANOSECONDS}) {
            List<CapturedPacket> packets = Captures.read(Captures.pcap(order, magic, ETHERNET)
                    .record(1, 999_999, FIRST, FIRST.length)
                    .record(-1, 7, SECOND, 1514)
                    .bytes());

            int unit = magic == MICROSECONDS ? 1000 : 1;
            assertThat(packets).hasSize(2);
            assertPacket(packets.get(0), 1_000_000_000L + 999_999L * unit, FIRST, FIRST.length);
            // Seconds are unsigned: files last until 2106.
            assertPacket(packets.get(1), 4_294_967_295_000_000_000L + 7L * unit, SECOND, 1514);
            assertThat(packets.get(0).isCut()).isFalse();
            assertThat(packets.get(1).isCut()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("orders")
    void reads_pcapng_and_passes_over_what_is_no_packet(ByteOrder order) throws Exception {
        byte[] file = Captures.pcapNg(order)
                .networkInterface(ETHERNET, 0)
                .block(5, new byte[8]) // interface statistics
                .enhanced(0, 1_000_002, FIRST, FIRST.length)
                .block(0x40000bad, new byte[20]) // somebody's own
                .enhanced(0, 1_000_003, SECOND, 1514)
                .simple(FIRST, FIRST.length)
                .bytes();

        List<CapturedPacket> packets = Captures.read(file);

        assertThat(packets).hasSize(3);
        assertPacket(packets.get(0), 1_000_002_000L, FIRST, FIRST.length);
        assertPacket(packets.get(1), 1_000_003_000L, SECOND, 1514);
        assertPacket(packets.get(2), 0, FIRST, FIRST.length);
    }

    @ParameterizedTest
    @CsvSource({
        "9, 5, 5000000000", // nanoseconds
        "0, 5, 5000000000", // seconds
        "129, 3, 1500000000", // halves of a second
        "189, 4611686018427387904, 2000000000", // 2^61 to the second
    })
    void a_pcapng_interface_says_what_its_times_mean(int resolution, long stamp, long timeNs) throws Exception {
        byte[] option = {9, 0, 1, 0, (byte) resolution, 0, 0, 0};
        byte[] file = Captures.pcapNg(LITTLE_ENDIAN)
                .networkInterface(ETHERNET, 0, option)
                .enhanced(0, resolution == 9 ? stamp * 1_000_000_000 : stamp, FIRST, FIRST.length)
                .bytes();
        assertPacket(Captures.read(file).getFirst(), timeNs, FIRST, FIRST.length);
    }

    @Test
    void a_second_pcapng_section_begins_anew() throws Exception {
        byte[] little = Captures.pcapNg(LITTLE_ENDIAN)
                .networkInterface(ETHERNET, 0)
                .enhanced(0, 1, FIRST, FIRST.length)
                .bytes();
        byte[] big = Captures.pcapNg(BIG_ENDIAN)
                .networkInterface(ETHERNET, 0)
                .enhanced(0, 2, SECOND, SECOND.length)
                .bytes();
        byte[] both = Arrays.copyOf(little, little.length + big.length);
        System.arraycopy(big, 0, both, little.length, big.length);

        assertThat(Captures.read(both)).extracting(CapturedPacket::timeNs).containsExactly(1000L, 2000L);
    }

    @Test
    void an_empty_capture_has_no_packets() throws Exception {
        assertThat(Captures.read(
                        Captures.pcap(LITTLE_ENDIAN, MICROSECONDS, ETHERNET).bytes()))
                .isEmpty();
    }

    @Test
    void what_the_writer_writes_comes_back() throws Exception {
        for (boolean nanoseconds : new boolean[] {false, true}) {
            ByteArrayOutputStream file = new ByteArrayOutputStream();
            try (PcapWriter writer = new PcapWriter(file, nanoseconds)) {
                writer.write(new CapturedPacket(1_700_000_000_123_456_789L, FIRST));
                writer.write(new CapturedPacket(1_700_000_001_000_000_000L, SECOND, 1514));
            }
            List<CapturedPacket> packets = Captures.read(file.toByteArray());
            assertPacket(
                    packets.get(0),
                    nanoseconds ? 1_700_000_000_123_456_789L : 1_700_000_000_123_456_000L,
                    FIRST,
                    FIRST.length);
            assertPacket(packets.get(1), 1_700_000_001_000_000_000L, SECOND, 1514);
        }
    }

    @ParameterizedTest
    @CsvSource({"101, IP without a link header", "113, Linux cooked", "105, 802.11", "0, BSD loopback"})
    void refuses_other_link_types_by_name(int linkType, String name) {
        for (byte[] file : List.of(
                Captures.pcap(BIG_ENDIAN, MICROSECONDS, linkType).bytes(),
                Captures.pcapNg(BIG_ENDIAN).networkInterface(linkType, 0).bytes())) {
            assertThatThrownBy(() -> Captures.read(file))
                    .isInstanceOf(CaptureException.class)
                    .hasMessageContaining("its link type is " + linkType)
                    .hasMessageContaining(name)
                    .hasMessageContaining("capture on one Ethernet interface");
        }
    }

    @Test
    void refuses_what_is_no_capture() {
        assertThatThrownBy(() -> Captures.read(new byte[0])).hasMessage("in.pcap: it is empty");
        assertThatThrownBy(() -> Captures.read(new byte[3]))
                .hasMessage("in.pcap: it has 3 bytes, too few for a capture file");
        assertThatThrownBy(() -> Captures.read("version: 1\n".getBytes(US_ASCII)))
                .hasMessage(
                        "in.pcap: this is not a capture file: it begins with 76 65 72 73; write one with `tcpdump -w"
                                + " FILE`");
    }

    static Stream<byte[]> files() {
        return Stream.of(
                Captures.pcap(BIG_ENDIAN, NANOSECONDS, ETHERNET)
                        .record(1, 2, FIRST, FIRST.length)
                        .record(3, 4, SECOND, SECOND.length)
                        .bytes(),
                Captures.pcapNg(LITTLE_ENDIAN)
                        .networkInterface(
                                ETHERNET, 0, (byte) 9, (byte) 0, (byte) 1, (byte) 0, (byte) 9, (byte) 0, (byte) 0,
                                (byte) 0)
                        .enhanced(0, 2, FIRST, FIRST.length)
                        .enhanced(0, 4, SECOND, SECOND.length)
                        .bytes());
    }

    @ParameterizedTest
    @MethodSource("files")
    void a_file_cut_anywhere_gives_its_whole_packets_and_says_where_it_ends(byte[] file) throws Exception {
        int ended = 0;
        for (int length = 4; length < file.length; length++) {
            List<CapturedPacket> packets = new ArrayList<>();
            try {
                Captures.readInto(packets, Arrays.copyOf(file, length));
                ended++; // between two packets, which no reader can tell from the end
            } catch (CaptureException e) {
                assertThat(e)
                        .hasMessageMatching("in.pcap: (header|packet " + packets.size() + "): the file ends .*"
                                + "it was cut short, or is still being written");
            }
            for (CapturedPacket packet : packets) {
                assertThat(packet.head()).isIn(FIRST, SECOND);
            }
        }
        assertThat(ended).isBetween(2, 3);
    }

    @ParameterizedTest
    @MethodSource("orders")
    void a_packet_that_claims_more_than_any_has_is_damage(ByteOrder order) {
        for (int length : new int[] {262_145, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
            byte[] file = Captures.pcap(order, MICROSECONDS, ETHERNET)
                    .record(1, 2, FIRST, length)
                    .bytes();
            assertThatThrownBy(() -> Captures.read(file))
                    .hasMessage("in.pcap: packet 0: it claims " + Integer.toUnsignedString(length)
                            + " bytes, more than any capture has (262144): the file is damaged from here on");
        }
    }

    @Test
    void pcapng_that_contradicts_itself_is_damage() {
        Captures unknownInterface = Captures.pcapNg(LITTLE_ENDIAN).enhanced(0, 1, FIRST, FIRST.length);
        assertThatThrownBy(() -> Captures.read(unknownInterface.bytes()))
                .hasMessageContaining("packet 0: it is of interface 0, which the file does not describe");

        byte[] tooShort = Captures.pcapNg(LITTLE_ENDIAN)
                .networkInterface(ETHERNET, 0)
                .enhanced(0, 1, FIRST, FIRST.length)
                .bytes();
        int blockLength = tooShort.length - (12 + 20 + 60) + 4;
        tooShort[blockLength] = 32;
        assertThatThrownBy(() -> Captures.read(tooShort)).hasMessageContaining("packet 0: it is larger than its block");

        tooShort[blockLength] = 33;
        assertThatThrownBy(() -> Captures.read(tooShort)).hasMessageContaining("a block of 33 bytes");
    }

    @Property(tries = 2000)
    void damage_ends_a_file_and_nothing_else(@ForAll long seed, @ForAll @IntRange(min = 1, max = 20) int changes)
            throws Exception {
        Random random = new Random(seed);
        byte[] file = files().toList().get(random.nextInt(2)).clone();
        for (int i = 0; i < changes; i++) {
            file[random.nextInt(file.length)] = (byte) random.nextInt();
        }
        try {
            Captures.read(file);
        } catch (CaptureException e) {
            assertThat(e).hasMessageStartingWith("in.pcap: ");
        }
    }

    private static void assertPacket(CapturedPacket packet, long timeNs, byte[] head, int length) {
        assertThat(packet.timeNs()).isEqualTo(timeNs);
        assertThat(packet.head()).isEqualTo(head);
        assertThat(packet.length()).isEqualTo(length);
    }

    private static byte[] frame(int length, int fill) {
        byte[] frame = new byte[length];
        Arrays.fill(frame, (byte) fill);
        return frame;
    }
}
