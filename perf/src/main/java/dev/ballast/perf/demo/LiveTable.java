package dev.ballast.perf.demo;

import dev.ballast.v1.MemberStatus;
import dev.ballast.v1.ServiceStatus;
import dev.ballast.v1.StatusReply;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Members with their health, connections and packet rate, once a second: redrawn in place on a terminal, one block after
 * another elsewhere. A thread of its own.
 */
final class LiveTable implements AutoCloseable {
    private static final long EVERY_MS = 1000;

    private final Balancer balancer;
    private final PrintStream out;
    private final boolean terminal;
    private final Thread thread =
            Thread.ofPlatform().name("demo-table").daemon().unstarted(this::run);
    private final Map<String, Long> packetsBefore = new HashMap<>();
    private long beforeMs;
    private int drawn;
    private volatile boolean closing;

    LiveTable(Balancer balancer, PrintStream out, boolean terminal) {
        this.balancer = balancer;
        this.out = out;
        this.terminal = terminal;
    }

    void start() {
        thread.start();
    }

    private void run() {
        while (!closing) {
            if (terminal) {
                draw();
            }
            try {
                Thread.sleep(EVERY_MS);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    /** Prints a line of the story above the table. */
    synchronized void say(String line) {
        erase();
        out.println(line);
    }

    /** Draws the table as of now; on something else than a terminal the phases do that at their end. */
    synchronized void draw() {
        List<String> lines =
                balancer.status().map(this::lines).orElse(List.of("  (ballastd is not running; the kernel forwards)"));
        erase();
        lines.forEach(out::println);
        drawn = terminal ? lines.size() : 0;
        out.flush();
    }

    private void erase() {
        if (drawn > 0) {
            out.print("\u001b[" + drawn + "A\u001b[J");
            drawn = 0;
        }
    }

    private List<String> lines(StatusReply status) {
        List<String> lines = new ArrayList<>();
        lines.add("  %-24s %-8s %-8s %6s %12s %10s"
                .formatted("backend", "health", "admin", "share", "connections", "packets/s"));
        long elapsedMs = status.getTimeUnixMs() - beforeMs;
        for (ServiceStatus service : status.getServicesList()) {
            for (MemberStatus member : service.getMembersList()) {
                long packets = member.getForwarded().getPackets();
                Optional<Long> before = Optional.ofNullable(packetsBefore.put(member.getName(), packets));
                String rate = before.isEmpty() || elapsedMs <= 0
                        ? "-"
                        : Long.toString(Math.round((packets - before.get()) * 1000.0 / elapsedMs));
                lines.add(String.format(
                        Locale.ROOT,
                        "  %-24s %-8s %-8s %5.1f%% %12d %10s",
                        member.getName(),
                        member.getHealth(),
                        member.getAdmin(),
                        100 * member.getRingShare(),
                        member.getFlows(),
                        rate));
            }
        }
        beforeMs = status.getTimeUnixMs();
        return lines;
    }

    @Override
    public void close() {
        closing = true;
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
