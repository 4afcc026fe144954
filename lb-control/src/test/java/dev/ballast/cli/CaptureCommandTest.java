package dev.ballast.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.cli.pcap.CaptureReader;
import dev.ballast.cli.pcap.CapturedPacket;
import dev.ballast.control.grpc.FakeControl;
import dev.ballast.control.grpc.FakeInspector;
import dev.ballast.control.grpc.GrpcServer;
import dev.ballast.control.inspect.Inspector;
import dev.ballast.datapath.FlowTuple;
import dev.ballast.datapath.Probe;
import dev.ballast.datapath.Protocol;
import dev.ballast.datapath.VerdictReason;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class CaptureCommandTest {
    private static final long TIME_NS = 1_700_000_000_123_456_789L;
    private static final int OUTER_BYTES = 20;

    @TempDir
    Path directory;

    private final FakeInspector inspector = new FakeInspector();
    private final RunCommand command = new RunCommand();
    private Path socket;
    private GrpcServer server;

    @BeforeEach
    void start() throws Exception {
        socket = directory.resolve("x.sock");
        server = GrpcServer.start(socket, "no-such-group", new FakeControl(), inspector, List::of);
        inspector.portions.add(new Inspector.Portion(
                List.of(
                        forwarded(),
                        packet(frame("2001:db8:0:0:1::7", "2001:db8::10"), VerdictReason.DROPPED_NO_MEMBER, "web"),
                        new Inspector.Packet(
                                TIME_NS,
                                new byte[60],
                                OptionalInt.empty(),
                                60,
                                VerdictReason.PASSED_NOT_IP,
                                "",
                                "",
                                "eth0")),
                0));
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
    }

    private static byte[] frame(String source, String destination) {
        return new Probe(
                        new FlowTuple(
                                InetAddress.ofLiteral(source),
                                40_000,
                                InetAddress.ofLiteral(destination),
                                443,
                                Protocol.TCP),
                        Probe.SYN,
                        0)
                .frame();
    }

    private static Inspector.Packet packet(byte[] frame, VerdictReason reason, String service) {
        return new Inspector.Packet(TIME_NS, frame, OptionalInt.of(14), frame.length, reason, service, "", "eth0");
    }

    private static Inspector.Packet forwarded() {
        byte[] frame = frame("198.51.100.7", "192.0.2.10");
        byte[] head = new byte[OUTER_BYTES + frame.length];
        System.arraycopy(frame, 0, head, 0, 14);
        System.arraycopy(frame, 14, head, 14 + OUTER_BYTES, frame.length - 14);
        return new Inspector.Packet(
                TIME_NS,
                head,
                OptionalInt.of(14 + OUTER_BYTES),
                frame.length,
                VerdictReason.FORWARDED_FLOW,
                "web",
                "10.0.1.11",
                "eth0");
    }

    private RunCommand.Result capture(String... arguments) {
        String[] all = new String[arguments.length + 3];
        all[0] = "capture";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        all[arguments.length + 1] = "--socket";
        all[arguments.length + 2] = socket.toString();
        return command.run(all);
    }

    @Test
    void a_line_says_who_sent_the_packet_to_whom_and_what_became_of_it() {
        int bytes = frame("198.51.100.7", "192.0.2.10").length;
        int bytes6 = frame("2001:db8::7", "2001:db8::10").length;
        assertThat(capture("--count", "3"))
                .isEqualTo(new RunCommand.Result(0, """
                        22:13:20.123 eth0 198.51.100.7:40000 > 192.0.2.10:443 tcp [S] %d bytes: forwarded_flow web 10.0.1.11
                        22:13:20.123 eth0 [2001:db8::1:0:0:7]:40000 > [2001:db8::10]:443 tcp [S] %d bytes: dropped_no_member web
                        22:13:20.123 eth0 ethertype 0x0000 60 bytes: passed_not_ip
                        """.formatted(bytes, bytes6), "packets: 3; lost: 0\n"));
        assertThat(inspector.filters)
                .containsExactly(new Inspector.CaptureFilter("", Optional.empty(), Optional.empty()));
    }

    @Test
    void with_json_a_packet_is_an_object_a_line() {
        RunCommand.Result result = capture("-c", "2", "-o", "json", "web");
        assertThat(result.out().lines())
                .hasSize(2)
                .first()
                .asString()
                .contains("\"reason\":\"forwarded_flow\"", "\"backend\":\"10.0.1.11\"", "\"interface\":\"eth0\"");
    }

    @Test
    void a_file_has_the_packets_as_they_were_received_and_their_verdicts() throws Exception {
        Path file = directory.resolve("out.pcapng");
        assertThat(capture("-c", "3", "-w", file.toString()))
                .isEqualTo(new RunCommand.Result(0, "", "packets: 3; lost: 0\n"));

        try (var bytes = Files.newInputStream(file)) {
            CaptureReader reader = CaptureReader.open(bytes, "out.pcapng");
            CapturedPacket first = reader.next().orElseThrow();
            assertThat(first.timeNs()).isEqualTo(TIME_NS);
            assertThat(first.head()).isEqualTo(frame("198.51.100.7", "192.0.2.10"));
            assertThat(reader.next().orElseThrow().head()).isEqualTo(frame("2001:db8:0:0:1::7", "2001:db8::10"));
            assertThat(reader.next().orElseThrow().length()).isEqualTo(60);
            assertThat(reader.next()).isEmpty();
        }
        assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                .contains("reason=forwarded_flow service=web backend=10.0.1.11", "eth0");
    }

    @Test
    void it_ends_with_its_time_or_with_the_datapath_and_says_what_was_lost() {
        inspector.portions.add(new Inspector.Portion(List.of(), 7));
        assertThat(capture("--duration", "1").status()).isZero();

        inspector.portions.add(new Inspector.Portion(List.of(), 7));
        inspector.ends = true;
        RunCommand.Result ended = capture();
        assertThat(ended.status()).isEqualTo(ExitStatus.REFUSED);
        assertThat(ended.err()).contains("packets: 0; lost: 7", "warning: more packets came", "the datapath has ended");
    }

    @Test
    void what_cannot_be_captured_is_refused_and_no_file_is_made() {
        Path file = directory.resolve("out.pcapng");
        assertThat(capture("-w", file.toString(), "wbe").err()).contains("no service wbe; did you mean web?");
        assertThat(file).doesNotExist();
        assertThat(capture("--class", "droped").err()).contains("no class is called \"droped\"; did you mean dropped?");
        assertThat(capture("--reason", "nothing").err()).contains("give one of forwarded_flow, ");
        assertThat(capture("--class", "dropped", "--reason", "forwarded_flow").err())
                .contains("no packet that is dropped has the reason forwarded_flow");
        assertThat(capture("-c", "0").status()).isEqualTo(ExitStatus.USAGE);
        assertThat(capture("--duration", "0").status()).isEqualTo(ExitStatus.USAGE);
        inspector.refuse("no datapath is loaded");
        assertThat(capture().err()).contains("no datapath is loaded").doesNotContain("packets:");
        assertThat(inspector.filters).isEmpty();
    }

    @Test
    void an_interrupt_ends_it_with_the_sum() throws Exception {
        Thread running = Thread.ofPlatform().start(() -> capture());
        while (command.out().lines().count() < 3) {
            Thread.sleep(5);
        }
        command.interrupt();
        assertThat(command.err()).isEqualTo("packets: 3; lost: 0\n");
        server.close();
        running.join();
    }
}
