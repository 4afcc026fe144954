package dev.ballast.health.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.health.Health;
import dev.ballast.health.ProbeResult.FailureKind;
import dev.ballast.health.Thresholds;
import dev.ballast.health.probe.ProbeLoop;
import dev.ballast.health.probe.ProbeSpec;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Scheduler, event loop and real sockets together: a backend that comes, goes, hangs and comes back. */
@Timeout(60)
class ProbeSchedulerLoopbackTest {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    private record Heard(Health from, Health to, String reason) {}

    private final ProbeLoop loop = ProbeLoop.open();
    private final ProbeScheduler scheduler = new ProbeScheduler(loop, loop, new Random(), 100);
    private final BlockingQueue<Heard> heard = new LinkedBlockingQueue<>();

    private final HealthListener listener = (_, from, to, reason, _) -> heard.add(new Heard(from, to, reason));

    @AfterEach
    void close() {
        scheduler.close();
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.contains("ballast-probe"));
    }

    private static CheckKey key(int port, Duration timeout) {
        return new CheckKey(
                LOOPBACK,
                port,
                new ProbeSpec.TcpConnect(null),
                CheckTiming.of(Duration.ofMillis(20), timeout, 0.1),
                new Thresholds(2, 3));
    }

    @Test
    void aBackendComesUpGoesDownAndComesBack() throws Exception {
        ServerSocket server = new ServerSocket(0, 1_000, LOOPBACK);
        int port = server.getLocalPort();
        scheduler.subscribe(key(port, Duration.ofSeconds(5)), Health.UNKNOWN, listener);
        assertThat(heard.take()).satisfies(first -> {
            assertThat(first.from()).isEqualTo(Health.UNKNOWN);
            assertThat(first.to()).isEqualTo(Health.UP);
            assertThat(first.reason()).startsWith("answered in ");
        });

        server.close();
        assertThat(heard.take()).isEqualTo(new Heard(Health.UP, Health.SUSPECT, "connection refused (1 of 3)"));
        assertThat(heard.take()).isEqualTo(new Heard(Health.SUSPECT, Health.DOWN, "connection refused (3 of 3)"));

        ServerSocket back = new ServerSocket();
        back.setReuseAddress(true);
        back.bind(new InetSocketAddress(LOOPBACK, port), 1_000);
        assertThat(heard.take()).satisfies(last -> {
            assertThat(last.from()).isEqualTo(Health.DOWN);
            assertThat(last.to()).isEqualTo(Health.UP);
        });
        back.close();
    }

    @Test
    void aListenQueueThatNeverAnswersTimesOut() throws Exception {
        List<SocketChannel> queued = new ArrayList<>();
        try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
            for (int i = 0; i < 4; i++) {
                SocketChannel channel = SocketChannel.open();
                channel.configureBlocking(false);
                channel.connect(new InetSocketAddress(LOOPBACK, server.getLocalPort()));
                queued.add(channel);
            }
            scheduler.subscribe(key(server.getLocalPort(), Duration.ofMillis(150)), Health.UP, listener);
            assertThat(heard.take()).isEqualTo(new Heard(Health.UP, Health.SUSPECT, "timed out after 150ms (1 of 3)"));
            assertThat(heard.take())
                    .isEqualTo(new Heard(Health.SUSPECT, Health.DOWN, "timed out after 150ms (3 of 3)"));
            assertThat(scheduler.counters().failed(FailureKind.TIMED_OUT)).isGreaterThanOrEqualTo(3);
        } finally {
            for (SocketChannel channel : queued) {
                channel.close();
            }
        }
    }

    @Test
    void noListenerIsCalledAfterTheClose() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1_000, LOOPBACK)) {
            for (int rise = 1; rise <= 50; rise++) {
                scheduler.subscribe(
                        new CheckKey(
                                LOOPBACK,
                                server.getLocalPort(),
                                new ProbeSpec.TcpConnect(null),
                                CheckTiming.of(Duration.ofMillis(1), Duration.ofSeconds(1), 0.5),
                                new Thresholds(rise, 1)),
                        Health.UNKNOWN,
                        listener);
            }
            heard.take();
            scheduler.close();
            heard.clear();
        }
        assertThat(heard).isEmpty();
    }
}
