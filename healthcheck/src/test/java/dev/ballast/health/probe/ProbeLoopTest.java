package dev.ballast.health.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.health.ProbeResult;
import dev.ballast.health.ProbeResult.Failure;
import dev.ballast.health.ProbeResult.FailureKind;
import dev.ballast.health.ProbeResult.NotSent;
import dev.ballast.health.ProbeResult.Success;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Real sockets on the loopback, through native epoll and through the JDK's selector. */
@ParameterizedClass(name = "native epoll: {0}")
@ValueSource(booleans = {true, false})
@Timeout(60)
class ProbeLoopTest {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    private static final int TIME_WAIT = 6;

    private final boolean epoll;
    private ProbeLoop loop;

    ProbeLoopTest(boolean epoll) {
        this.epoll = epoll;
    }

    @BeforeEach
    void open() {
        loop = ProbeLoop.open(epoll);
    }

    @AfterEach
    void close() {
        loop.close();
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.contains("ballast-probe"));
    }

    private CompletableFuture<ProbeResult> probe(InetSocketAddress target, InetAddress source) {
        CompletableFuture<ProbeResult> result = new CompletableFuture<>();
        loop.execute(() -> loop.start(target, new ProbeSpec.TcpConnect(source), result::complete));
        return result;
    }

    /** Returns when what the loop has to do now is done, and what that led to. */
    private void letTheLoopWork() throws InterruptedException {
        CountDownLatch worked = new CountDownLatch(1);
        loop.execute(() -> loop.schedule(TimeUnit.MILLISECONDS.toNanos(20), worked::countDown));
        worked.await();
    }

    private static InetSocketAddress address(ServerSocket server) {
        return new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
    }

    /** Fills a listen queue, so that further SYNs are dropped; the connections have to be closed. */
    private static List<SocketChannel> fill(ServerSocket server) throws IOException {
        List<SocketChannel> queued = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            SocketChannel channel = SocketChannel.open();
            channel.configureBlocking(false);
            channel.connect(address(server));
            queued.add(channel);
        }
        return queued;
    }

    private static void closeAll(List<SocketChannel> channels) throws IOException {
        for (SocketChannel channel : channels) {
            channel.close();
        }
    }

    /** Sockets in TIME_WAIT with this port on either end. */
    private static List<String> timeWaits(int port) throws IOException {
        String hexPort = String.format(Locale.ROOT, ":%04X", port);
        List<String> found = new ArrayList<>();
        for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
            for (String line : Files.readAllLines(Path.of(table))) {
                String[] fields = line.strip().split("\\s+");
                if ((fields[1].endsWith(hexPort) || fields[2].endsWith(hexPort))
                        && fields[3].equals(String.format(Locale.ROOT, "%02X", TIME_WAIT))) {
                    found.add(line);
                }
            }
        }
        return found;
    }

    @Test
    void aListenerThatAcceptsIsASuccess() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 16, LOOPBACK)) {
            ProbeResult result = probe(address(server), null).get();
            assertThat(result)
                    .isInstanceOfSatisfying(
                            Success.class,
                            success -> assertThat(success.latencyNs()).isPositive());
        }
    }

    @Test
    void aListenerOnIpv6IsASuccess() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 16, InetAddress.ofLiteral("::1"))) {
            assertThat(probe(address(server), null).get()).isInstanceOf(Success.class);
        }
    }

    @Test
    void aProbeEndsWithAResetAndLeavesNoTimeWait() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 64, LOOPBACK)) {
            for (int i = 0; i < 32; i++) {
                assertThat(probe(address(server), null).get()).isInstanceOf(Success.class);
                try (Socket accepted = server.accept()) {
                    assertThatThrownBy(() -> accepted.getInputStream().read())
                            .isInstanceOf(SocketException.class)
                            .hasMessageContaining("reset");
                }
            }
            assertThat(timeWaits(server.getLocalPort())).isEmpty();
        }
    }

    @Test
    void aListenerThatResetsAtOnceIsASuccessUnlessTheResetIsSeenFirst() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 16, LOOPBACK)) {
            Thread rude = Thread.ofPlatform().start(() -> {
                try (Socket accepted = server.accept()) {
                    accepted.setSoLinger(true, 0);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            ProbeResult result = probe(address(server), null).get();
            assertThat(result)
                    .satisfiesAnyOf(
                            success -> assertThat(success).isInstanceOf(Success.class),
                            reset -> assertThat(reset).isEqualTo(new Failure(FailureKind.RESET, "connection reset")));
            rude.join();
        }
    }

    @Test
    void aPortWithoutListenerIsRefused() throws Exception {
        // Bound but not listening: nobody else can begin to listen there meanwhile.
        try (Socket bound = new Socket()) {
            bound.bind(new InetSocketAddress(LOOPBACK, 0));
            assertThat(probe(new InetSocketAddress(LOOPBACK, bound.getLocalPort()), null)
                            .get())
                    .isEqualTo(new Failure(FailureKind.REFUSED, "connection refused"));
        }
    }

    @Test
    void aListenerThatClosesWhileTheProbeWaitsRefusesIt() throws Exception {
        List<SocketChannel> queued;
        CompletableFuture<ProbeResult> result;
        try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
            queued = fill(server);
            result = probe(address(server), null);
            // The first SYN is dropped for the full queue; the next one, a second later, finds nobody.
            letTheLoopWork();
            assertThat(result).isNotDone();
        }
        assertThat(result.get()).isEqualTo(new Failure(FailureKind.REFUSED, "connection refused"));
        closeAll(queued);
    }

    @Test
    void aCancelledProbeReportsNothingAndFreesItsSocket() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
            List<SocketChannel> queued = fill(server);
            CompletableFuture<ProbeResult> result = new CompletableFuture<>();
            CompletableFuture<Probe.Attempt> attempt = new CompletableFuture<>();
            long socketsBefore = sockets();
            loop.execute(() ->
                    attempt.complete(loop.start(address(server), new ProbeSpec.TcpConnect(null), result::complete)));
            letTheLoopWork();
            assertThat(sockets()).isEqualTo(socketsBefore + 1);
            loop.execute(attempt.get()::cancel);
            letTheLoopWork();
            assertThat(result).isNotDone();
            assertThat(sockets()).isEqualTo(socketsBefore);
            closeAll(queued);
        }
    }

    /** Descriptors of this process that are sockets. */
    private static long sockets() throws IOException {
        try (var entries = Files.list(Path.of("/proc/self/fd"))) {
            return entries.map(ProbeLoopTest::linkOf)
                    .filter(link -> link.startsWith("socket:"))
                    .count();
        }
    }

    private static String linkOf(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return "closed meanwhile";
        }
    }

    @Test
    void probesComeFromTheirSourceAddress() throws Exception {
        InetAddress source = InetAddress.ofLiteral("127.0.0.9");
        try (ServerSocket server = new ServerSocket(0, 16, LOOPBACK)) {
            assertThat(probe(address(server), source).get()).isInstanceOf(Success.class);
            try (Socket accepted = server.accept()) {
                assertThat(accepted.getInetAddress()).isEqualTo(source);
            }
        }
    }

    @Test
    void aSourceAddressThatIsNotOursIsNotABackendsFault() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 16, LOOPBACK)) {
            ProbeResult result =
                    probe(address(server), InetAddress.ofLiteral("192.0.2.77")).get();
            assertThat(result)
                    .isInstanceOfSatisfying(
                            NotSent.class,
                            notSent -> assertThat(notSent.reason())
                                    .contains("no such source address")
                                    .contains("give this machine the address"));
        }
    }

    @Test
    void aTargetWithoutRouteIsUnreachable() throws Exception {
        // The kernel refuses to connect TCP to multicast before any packet leaves.
        ProbeResult result = probe(new InetSocketAddress(InetAddress.ofLiteral("224.0.0.1"), 80), null)
                .get();
        assertThat(result)
                .isInstanceOfSatisfying(
                        Failure.class, failure -> assertThat(failure.kind()).isEqualTo(FailureKind.UNREACHABLE));
    }

    @Test
    void tasksGivenBeforeTheCloseRunAndLaterOnesDoNot() {
        List<String> ran = new ArrayList<>();
        loop.execute(() -> ran.add("before"));
        loop.close();
        loop.execute(() -> ran.add("after"));
        assertThat(ran).containsExactly("before");
    }

    @Test
    void closingFromItsOwnThreadIsRefusedInsteadOfWaitingForever() throws Exception {
        CompletableFuture<Throwable> refusal = new CompletableFuture<>();
        loop.execute(() -> {
            try {
                loop.close();
            } catch (IllegalStateException e) {
                refusal.complete(e);
            }
        });
        assertThat(refusal.get()).hasMessageContaining("from its own thread");
    }
}
