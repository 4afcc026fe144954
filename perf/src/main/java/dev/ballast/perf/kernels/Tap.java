package dev.ballast.perf.kernels;

import dev.ballast.lab.LabProcess;
import dev.ballast.lab.Node;
import dev.ballast.lab.Signal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A tcpdump on an interface of a node: the IP packets that pass there, whatever the link around them. */
final class Tap implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final long POLL_NS = 100_000_000;

    private final Node node;
    private final LabProcess tcpdump;
    private final Path file;

    private Tap(Node node, LabProcess tcpdump, Path file) {
        this.node = node;
        this.tcpdump = tcpdump;
        this.file = file;
    }

    /**
     * Returns when it listens.
     *
     * @param direction {@code in}, {@code out} or {@code inout}
     * @param filter as of pcap-filter(7)
     */
    static Tap on(Node node, String device, String direction, String filter) {
        Path file = node.stateDirectory().resolve("tap-" + device + ".pcap");
        LabProcess tcpdump = node.spawn(
                "tcpdump",
                "--immediate-mode",
                "-U",
                "-n",
                "-i",
                device,
                "-Q",
                direction,
                "-w",
                file.toString(),
                filter);
        Tap tap = new Tap(node, tcpdump, file);
        await(
                () -> tcpdump.output().contains("listening on"),
                "%s: tcpdump does not listen on %s".formatted(node, device),
                tcpdump);
        return tap;
    }

    /** The packets so far, from their IP headers on, as hexadecimal digits. */
    List<String> packets() {
        List<String> packets = new ArrayList<>();
        StringBuilder packet = new StringBuilder();
        String text = node.exec("tcpdump", "-n", "-t", "-x", "-r", file.toString())
                .checked()
                .stdout();
        for (String line : text.split("\n", -1)) {
            if (line.startsWith("\t0x")) {
                packet.append(line.substring(line.indexOf(':') + 1).replace(" ", ""));
            } else if (!packet.isEmpty()) {
                packets.add(packet.toString());
                packet.setLength(0);
            }
        }
        return packets;
    }

    /** Waits until that many have passed. */
    List<String> await(int count) {
        await(() -> packets().size() >= count, "%s: fewer than %d packets in %s".formatted(node, count, file), tcpdump);
        return packets();
    }

    private static void await(BooleanSupplier condition, String failure, LabProcess process) {
        long deadlineNs = System.nanoTime() + LIMIT.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadlineNs > 0 || !process.isAlive()) {
                throw new IllegalStateException(failure + "; it says: " + process.output());
            }
            LockSupport.parkNanos(POLL_NS);
        }
    }

    @Override
    public void close() {
        tcpdump.signal(Signal.TERM);
        tcpdump.waitFor(LIMIT);
    }
}
