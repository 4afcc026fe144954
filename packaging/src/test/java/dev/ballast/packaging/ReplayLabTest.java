package dev.ballast.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.bpf.BpfMap;
import dev.ballast.cli.pcap.CaptureReader;
import dev.ballast.cli.pcap.CapturedPacket;
import dev.ballast.cli.pcap.PcapWriter;
import dev.ballast.datapath.Datapath;
import dev.ballast.datapath.VerdictClass;
import dev.ballast.datapath.VerdictReason;
import dev.ballast.lab.ExecResult;
import dev.ballast.lab.LabProcess;
import dev.ballast.lab.Node;
import dev.ballast.lab.Signal;
import dev.ballast.lab.Subnet;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** {@code ballast replay} of what really happened: it says what the live datapath did, and the live datapath does not notice. */
class ReplayLabTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final long POLL_NS = 50_000_000;
    private static final Pattern LINE = Pattern.compile(
            "\\{\"index\":(\\d+),\"verdict\":\"(\\w+)\",\"reason\":\"(\\w+)\",\"service\":(null|\"web\"),\"backend\":(?:null|\"([0-9a-f.:]+)\")}");

    private static ProductLab product;

    private record Line(int index, String verdict, String reason, String service, Optional<String> backend) {}

    @BeforeAll
    static void start() {
        product = ProductLab.start(3);
        oneFrameAPacket();
        product.startDaemon(product.web(1, 2, 3));
        product.awaitRing(1, 2, 3);
    }

    /** Where segments are merged, a tap on the way sees one packet and the balancer gets two. */
    private static void oneFrameAPacket() {
        for (Node node : List.of(product.lab().client(1), product.lab().router())) {
            node.exec(
                            "sh",
                            "-c",
                            "for i in $(ip -o link | awk -F': ' '$2 != \"lo\" { sub(/@.*/, \"\", $2); print $2 }'); do "
                                    + "ethtool -K $i gro off gso off tso off || exit 1; done")
                    .checked();
        }
    }

    @AfterAll
    static void close() {
        if (product != null) {
            product.close();
        }
    }

    @Test
    void a_capture_comes_out_as_it_came_out_of_the_balancer_and_nothing_live_changes() throws Exception {
        String vips = "dst host %s or dst host %s".formatted(Subnet.text(product.vip4()), Subnet.text(product.vip6()));
        Tap received = new Tap("received", "out", vips);
        Tap sent = new Tap(
                "sent", "in", "(ip and (ip[9] == 4 or ip[9] == 41)) or (ip6 and (ip6[6] == 4 or ip6[6] == 41))");
        List<HttpConnection> connections = product.connect(12);
        ProductLab.backendsOf(connections);
        ProductLab.close(connections);
        try (Datapath live = product.tables()) {
            await(
                    () -> received.packets().size() == forwarded(live)
                            && sent.packets().size() == forwarded(live),
                    () -> "%d packets received, %d sent, %d forwarded"
                            .formatted(received.packets().size(), sent.packets().size(), forwarded(live)));
            received.stop();
            sent.stop();

            Path out = received.file.resolveSibling("out.pcap");
            Map<String, String> before = tables();
            ExecResult result = product.ballast(
                            "replay", received.file.toString(), "--out", out.toString(), "--output", "json")
                    .checked();
            Map<String, String> after = tables();

            List<Line> lines = lines(result.stdout());
            assertThat(lines).hasSize(received.packets().size());
            for (int i = 0; i < lines.size(); i++) {
                assertThat(lines.get(i).index()).isEqualTo(i);
                assertThat(lines.get(i).service()).isEqualTo("\"web\"");
            }
            assertThat(byReason(lines)).isEqualTo(byReason(live));
            assertThat(byBackend(lines)).isEqualTo(byBackend(live)).hasSize(3);
            assertThat(frames(out)).as("what left").containsExactlyInAnyOrderElementsOf(sent.packets());
            assertThat(after).isEqualTo(before);
        }
    }

    @Test
    void a_frame_that_the_program_cannot_be_given_is_named_after_those_before_it() throws Exception {
        Path file = product.balancer().write("long.pcap", "");
        try (PcapWriter writer = new PcapWriter(Files.newOutputStream(file), false)) {
            writer.write(new CapturedPacket(0, new byte[60]));
            writer.write(new CapturedPacket(0, new byte[9000]));
        }
        ExecResult result = product.ballast("replay", file.toString(), "-o", "json");
        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.stdout())
                .isEqualTo(
                        "{\"index\":0,\"verdict\":\"passed\",\"reason\":\"passed_not_ip\",\"service\":null,\"backend\":null}\n");
        assertThat(result.stderr())
                .startsWith("ballast: packet 1 of 9000 bytes: it cannot be run: ")
                .contains("ethtool -K DEVICE gro off lro off");
    }

    /** A tcpdump on the router's end of the balancer's link. */
    private static final class Tap {
        private final Path file;
        private final LabProcess tcpdump;

        Tap(String name, String direction, String filter) {
            file = product.lab().router().stateDirectory().resolve(name + ".pcap");
            tcpdump = product.lab()
                    .router()
                    .spawn(
                            "tcpdump",
                            "--immediate-mode",
                            "-U",
                            "-n",
                            "-i",
                            product.lab().balancer(1).name(),
                            "-Q",
                            direction,
                            "-w",
                            file.toString(),
                            filter);
            await(() -> tcpdump.output().contains("listening on"), tcpdump::output);
        }

        List<String> packets() {
            try {
                return frames(file);
            } catch (IOException stillWriting) {
                return List.of();
            }
        }

        void stop() {
            tcpdump.signal(Signal.TERM);
            tcpdump.waitFor(LIMIT);
        }
    }

    private static List<String> frames(Path file) throws IOException {
        List<String> frames = new ArrayList<>();
        try (InputStream bytes = new BufferedInputStream(Files.newInputStream(file))) {
            CaptureReader reader = CaptureReader.open(bytes, file.toString());
            for (Optional<CapturedPacket> next = reader.next(); next.isPresent(); next = reader.next()) {
                frames.add(HexFormat.of().formatHex(next.get().head()));
            }
        }
        return frames;
    }

    private static List<Line> lines(String json) {
        return json.lines()
                .map(text -> {
                    Matcher match = LINE.matcher(text);
                    assertThat(match.matches()).as(text).isTrue();
                    return new Line(
                            Integer.parseInt(match.group(1)),
                            match.group(2),
                            match.group(3),
                            match.group(4),
                            Optional.ofNullable(match.group(5)));
                })
                .toList();
    }

    private static Map<String, Long> byReason(List<Line> lines) {
        return new TreeMap<>(lines.stream().collect(Collectors.groupingBy(Line::reason, Collectors.counting())));
    }

    private static Map<String, Long> byReason(Datapath live) {
        Map<String, Long> packets = new TreeMap<>();
        for (VerdictReason reason : VerdictReason.values()) {
            long count = live.counters().verdicts().of(reason).packets();
            if (reason.verdictClass() == VerdictClass.FORWARDED && count > 0) {
                packets.put(reason.label(), count);
            }
        }
        return packets;
    }

    private static long forwarded(Datapath live) {
        return byReason(live).values().stream().mapToLong(Long::longValue).sum();
    }

    private static Map<String, Long> byBackend(List<Line> lines) {
        return new TreeMap<>(lines.stream()
                .flatMap(line -> line.backend().stream())
                .collect(Collectors.groupingBy(backend -> backend, Collectors.counting())));
    }

    private static Map<String, Long> byBackend(Datapath live) {
        Map<String, Long> packets = new TreeMap<>();
        live.members()
                .list()
                .forEach((id, member) -> packets.put(
                        Subnet.text(member.backend()),
                        live.counters().member(id).packets()));
        return packets;
    }

    /** The flow tables byte for byte, and the counters of what is for a VIP; health checks go on meanwhile. */
    private static Map<String, String> tables() {
        Map<String, String> tables = new HashMap<>();
        for (String name : List.of("flows", "half_open", "fragments", "members", "services", "rings")) {
            try (BpfMap map = BpfMap.openPinned(
                            product.balancer().pins().resolve("maps").resolve(name));
                    Arena arena = Arena.ofConfined()) {
                byte[] bytes = map.mmap(arena, false).toArray(ValueLayout.JAVA_BYTE);
                tables.put(name, bytes.length + " bytes, hash " + Arrays.hashCode(bytes));
            }
        }
        try (Datapath live = product.tables()) {
            tables.put(
                    "counters",
                    byReason(live) + " " + byBackend(live) + " "
                            + live.counters().service(0));
        }
        return tables;
    }

    private static void await(BooleanSupplier condition, Supplier<String> state) {
        long deadlineNs = System.nanoTime() + LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new AssertionError("not within " + LIMIT + ": " + state.get());
            }
            LockSupport.parkNanos(POLL_NS);
        }
    }
}
