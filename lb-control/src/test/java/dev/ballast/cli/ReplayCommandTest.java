package dev.ballast.cli;

import static dev.ballast.control.grpc.FakeInspector.ANSWERED;
import static dev.ballast.control.grpc.FakeInspector.DEFECT;
import static dev.ballast.control.grpc.FakeInspector.DROPPED;
import static dev.ballast.control.grpc.FakeInspector.FORWARDED;
import static dev.ballast.control.grpc.FakeInspector.GROWTH;
import static dev.ballast.control.grpc.FakeInspector.PASSED;
import static dev.ballast.control.grpc.FakeInspector.REFUSED;
import static dev.ballast.control.grpc.FakeInspector.TAG;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.cli.pcap.CaptureReader;
import dev.ballast.cli.pcap.CapturedPacket;
import dev.ballast.cli.pcap.PcapWriter;
import dev.ballast.control.grpc.FakeControl;
import dev.ballast.control.grpc.FakeInspector;
import dev.ballast.control.grpc.GrpcServer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ReplayCommandTest {
    private static final long TIME_NS = 1_700_000_000_000_000_000L;

    @TempDir
    Path directory;

    private final FakeInspector inspector = new FakeInspector();
    private final RunCommand command = new RunCommand();
    private Path socket;
    private Path in;
    private Path out;
    private GrpcServer server;

    @BeforeEach
    void start() throws Exception {
        socket = directory.resolve("x.sock");
        in = directory.resolve("in.pcap");
        out = directory.resolve("out.pcap");
        server = GrpcServer.start(socket, "no-such-group", new FakeControl(), inspector, List::of);
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    @Test
    void each_packet_is_one_json_object_a_line() throws Exception {
        write(frame(FORWARDED), frame(ANSWERED), frame(PASSED), frame(DROPPED));

        assertThat(replay("--out", out.toString(), "--output", "json"))
                .isEqualTo(new RunCommand.Result(
                        0,
                        """
                        {"index":0,"verdict":"forwarded","reason":"forwarded_flow","service":"web","backend":"2001:db8:2::13"}
                        {"index":1,"verdict":"answered","reason":"answered_echo","service":"web","backend":null}
                        {"index":2,"verdict":"passed","reason":"passed_not_vip","service":null,"backend":null}
                        {"index":3,"verdict":"dropped","reason":"dropped_no_member","service":"web","backend":null}
                        """,
                        "packets: 4 (1 answered, 1 dropped, 1 forwarded, 1 passed); frames that would leave: 2; program "
                                + TAG + "\n"));
    }

    @Test
    void people_get_a_table_and_yaml_a_list() throws Exception {
        write(frame(FORWARDED), frame(PASSED));

        assertThat(replay().out()).isEqualTo("""
                            INDEX  VERDICT    REASON                         SERVICE               BACKEND
                                0  forwarded  forwarded_flow                 web                   2001:db8:2::13
                                1  passed     passed_not_vip                 -                     -
                        """);
        assertThat(replay("-o", "yaml").out()).isEqualTo("""
                        - {"index":0,"verdict":"forwarded","reason":"forwarded_flow","service":"web","backend":"2001:db8:2::13"}
                        - {"index":1,"verdict":"passed","reason":"passed_not_vip","service":null,"backend":null}
                        """);
    }

    @Test
    void what_leaves_is_in_the_other_file_in_order_and_with_its_time() throws Exception {
        write(frame(PASSED), frame(ANSWERED), frame(DROPPED), frame(FORWARDED));

        replay("--out", out.toString());

        List<CapturedPacket> sent = read(out);
        assertThat(sent).extracting(CapturedPacket::timeNs).containsExactly(TIME_NS + 1000, TIME_NS + 3000);
        assertThat(sent.get(0).head()).isEqualTo(frame(ANSWERED));
        assertThat(Arrays.copyOfRange(sent.get(1).head(), GROWTH, GROWTH + 60)).isEqualTo(frame(FORWARDED));
    }

    @Test
    void a_packet_that_was_cut_is_run_at_its_length_and_leaves_without_what_is_missing() throws Exception {
        try (PcapWriter writer = new PcapWriter(Files.newOutputStream(in), true)) {
            writer.write(new CapturedPacket(TIME_NS, frame(FORWARDED), 1514));
        }

        var result = replay("--out", out.toString());

        assertThat(inspector.packets).containsExactly(TIME_NS + " 60 1514");
        assertThat(result.status()).isZero();
        assertThat(result.err()).contains("warning: packets that the capture's snap length cut: 1; zeros stood for");
        CapturedPacket sent = read(out).getFirst();
        assertThat(sent.head()).hasSize(GROWTH + 60);
        assertThat(sent.length()).isEqualTo(GROWTH + 1514);
    }

    @Test
    void a_capture_without_packets_is_no_error() throws Exception {
        write();
        assertThat(replay("--out", out.toString())).isEqualTo(new RunCommand.Result(0, "", "no packets\n"));
        assertThat(read(out)).isEmpty();
    }

    @Test
    void more_packets_than_a_message_takes_keep_their_order() throws Exception {
        byte[][] frames = new byte[100_000][];
        Arrays.setAll(frames, i -> frame(i % 7 == 0 ? FORWARDED : PASSED));
        write(frames);

        var result = replay("--out", out.toString(), "-o", "json");

        assertThat(result.status()).isZero();
        List<String> lines = result.out().lines().toList();
        assertThat(lines).hasSize(frames.length);
        for (int i = 0; i < frames.length; i++) {
            assertThat(lines.get(i))
                    .startsWith("{\"index\":" + i + ",\"verdict\":\"" + (i % 7 == 0 ? "forwarded" : "passed") + "\"");
        }
        assertThat(read(out)).hasSize((frames.length + 6) / 7);
    }

    @Test
    void standard_input_is_read_for_a_hyphen() throws Exception {
        write(frame(PASSED));
        command.input(Files.readAllBytes(in));

        var result = command.run("replay", "-", "--socket", socket.toString(), "-o", "json");

        assertThat(result.status()).isZero();
        assertThat(result.out().lines()).hasSize(1);
    }

    @Test
    void of_a_file_that_grows_what_was_there_at_the_start_is_replayed() throws Exception {
        write(frame(PASSED), frame(PASSED));
        byte[] whole = Files.readAllBytes(in);
        try (ReplayInput input = ReplayInput.open(in, command.shell())) {
            Files.write(in, Arrays.copyOfRange(whole, 24, whole.length), StandardOpenOption.APPEND);

            assertThat(input.next()).hasSize(2);
            assertThat(input.next()).isEmpty();
            assertThat(input.damage()).isEmpty();
        }
    }

    @Test
    void a_file_that_ends_within_a_packet_is_replayed_up_to_it_and_is_status_1() throws Exception {
        write(frame(FORWARDED), frame(PASSED));
        byte[] whole = Files.readAllBytes(in);
        Files.write(in, Arrays.copyOf(whole, whole.length - 10));

        var result = replay("-o", "json", "--out", out.toString());

        assertThat(result.status()).isEqualTo(1);
        assertThat(result.out().lines()).hasSize(1);
        assertThat(result.err())
                .endsWith("ballast: " + in + ": packet 1: the file ends after 50 of 60 bytes: it was cut short, or is"
                        + " still being written; the packets before it were replayed\n");
        assertThat(read(out)).hasSize(1);
    }

    @Test
    void what_is_no_capture_of_ethernet_frames_never_reaches_the_daemon() throws Exception {
        Files.writeString(in, "version: 1\n");
        assertThat(replay().err()).startsWith("ballast: " + in + ": this is not a capture file");
        Files.write(in, new byte[0]);
        assertThat(replay()).isEqualTo(new RunCommand.Result(1, "", "ballast: " + in + ": it is empty\n"));
        Files.delete(in);
        assertThat(replay()).isEqualTo(new RunCommand.Result(2, "", "ballast: " + in + ": there is no such file\n"));
        Files.createDirectory(in);
        assertThat(replay()).isEqualTo(new RunCommand.Result(2, "", "ballast: " + in + ": Is a directory\n"));
        assertThat(inspector.packets).isEmpty();
    }

    @Test
    void a_place_that_cannot_be_written_is_named_before_a_packet_runs() throws Exception {
        write(frame(FORWARDED));

        assertThat(replay("--out", directory + "/none/out.pcap"))
                .isEqualTo(new RunCommand.Result(
                        2,
                        "",
                        "ballast: " + directory
                                + "/none/out.pcap: there is no such directory; nothing was replayed\n"));
        assertThat(replay("--out", directory.toString()))
                .isEqualTo(new RunCommand.Result(
                        1,
                        "",
                        "ballast: " + directory + ": cannot be written: " + directory
                                + ": Is a directory; the replay ended at packet 0\n"));
        assertThat(replay("--out", in.toString()))
                .isEqualTo(new RunCommand.Result(
                        2, "", "ballast: " + in + ": is the file that is read; name another one with --out\n"));
        assertThat(inspector.packets).isEmpty();
        assertThat(read(in)).hasSize(1);
        awaitNoReplay();
    }

    @Test
    void a_full_disk_is_named() throws Exception {
        byte[][] frames = new byte[2000][];
        Arrays.fill(frames, frame(FORWARDED));
        write(frames);

        var result = replay("--out", "/dev/full", "-o", "json");

        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err())
                .matches(
                        "ballast: /dev/full: cannot be written: No space left on device; the replay ended at packet \\d+\n");
    }

    @Test
    void a_reader_that_has_gone_ends_the_replay() throws Exception {
        byte[][] frames = new byte[5000][];
        Arrays.fill(frames, frame(PASSED));
        write(frames);
        command.output(new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                throw new IOException("Broken pipe");
            }
        });

        var result = command.run("replay", in.toString(), "--socket", socket.toString());

        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err())
                .isEqualTo("ballast: standard output is closed or full; the replay ended at packet 256\n");
        assertThat(inspector.packets).hasSize(256);
        awaitNoReplay();
    }

    @Test
    void a_packet_that_cannot_be_run_and_a_busy_daemon_are_refusals() throws Exception {
        write(frame(PASSED), frame(REFUSED));
        var result = replay("-o", "json");
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.out().lines()).as("the packets before it").hasSize(1);
        assertThat(result.err()).isEqualTo("ballast: packet of 9014 bytes: too long\n");

        awaitNoReplay();
        inspector.refuse("no datapath is loaded; `ballast apply -f FILE` loads it");
        assertThat(replay())
                .isEqualTo(new RunCommand.Result(
                        1, "", "ballast: no datapath is loaded; `ballast apply -f FILE` loads it\n"));
    }

    @Test
    void a_defect_of_the_daemon_names_the_id_in_its_log() throws Exception {
        write(frame(DEFECT));
        var result = replay();
        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err()).matches("ballast: internal error [0-9a-f]{8}; the daemon's log has the cause .*\n");
    }

    private RunCommand.Result replay(String... options) {
        List<String> words = new ArrayList<>(List.of("replay", in.toString(), "--socket", socket.toString()));
        words.addAll(List.of(options));
        return new RunCommand().run(words.toArray(String[]::new));
    }

    private void write(byte[]... frames) throws IOException {
        try (PcapWriter writer = new PcapWriter(Files.newOutputStream(in), false)) {
            for (int i = 0; i < frames.length; i++) {
                writer.write(new CapturedPacket(TIME_NS + 1000L * i, frames[i]));
            }
        }
    }

    private static List<CapturedPacket> read(Path file) throws IOException {
        List<CapturedPacket> packets = new ArrayList<>();
        try (InputStream bytes = new BufferedInputStream(Files.newInputStream(file))) {
            CaptureReader reader = CaptureReader.open(bytes, file.toString());
            for (Optional<CapturedPacket> next = reader.next(); next.isPresent(); next = reader.next()) {
                packets.add(next.get());
            }
        }
        return packets;
    }

    /** The daemon hears of a command's end a moment after it. */
    private void awaitNoReplay() throws InterruptedException {
        while (inspector.open.get() != 0) {
            Thread.sleep(5);
        }
    }

    private static byte[] frame(int becomes) {
        byte[] frame = new byte[60];
        frame[5] = (byte) becomes;
        return frame;
    }
}
