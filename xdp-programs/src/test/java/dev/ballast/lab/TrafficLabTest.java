package dev.ballast.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.bpf.BpfFs;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a lab carries: real packets, in one lab for all tests. */
class TrafficLabTest {
    private static final int HTTP = 80;
    private static final int ECHO = 7;
    private static final int TUNNEL_PORT = 9000;
    private static final int ANSWER_TIMEOUT_MS = 10_000;
    private static final int SILENCE_MS = 500;

    private static Lab lab;

    @BeforeAll
    static void start() {
        lab = Lab.start(Topology.builder().clients(2).balancers(2).backends(3).build());
        lab.backends().forEach(backend -> backend.startHttp(HTTP));
    }

    @AfterAll
    static void close() {
        if (lab != null) {
            lab.close();
        }
    }

    @AfterEach
    void restoreRoutes() {
        lab.router().route(lab.topology().vips(), lab.balancers());
    }

    @Test
    void everyClientReachesTheRouterAndEveryHostOverBothFamilies() throws Exception {
        for (Host client : lab.clients()) {
            for (Node node : lab.nodes()) {
                for (InetAddress address : node.addresses()) {
                    // As root that is an ICMP echo request.
                    boolean answered = client.call(() -> address.isReachable(ANSWER_TIMEOUT_MS));
                    assertThat(answered)
                            .as("%s asks %s at %s", client, node, Subnet.text(address))
                            .isTrue();
                }
            }
        }
    }

    @Test
    void aVipIsServedByTheBackendThatItIsRoutedTo() throws Exception {
        for (Backend backend : lab.backends()) {
            lab.router().route(lab.topology().vips(), List.of(backend));
            for (InetAddress vip : lab.topology().vips()) {
                assertThat(get(lab.client(1), vip, "/")).contains("X-Backend: " + backend.name());
            }
        }
    }

    @Test
    void aVipWithoutANextHopIsUnreachable() {
        lab.router().route(lab.topology().vips(), List.of());
        for (InetAddress vip : lab.topology().vips()) {
            // No route to host, or network unreachable; never a timeout, which is none of these.
            assertThatThrownBy(() -> get(lab.client(1), vip, "/")).isInstanceOf(SocketException.class);
        }
    }

    /** Frames that the balancers' interfaces send by XDP_TX come back, and every balancer gets its share. */
    @ParameterizedTest
    @ValueSource(strings = {"203.0.113.10", "2001:db8:1::10"})
    void theRouterSpreadsFlowsOverTheBalancersAndTheirXdpFramesArrive(String vip) throws Exception {
        for (Host balancer : lab.balancers()) {
            XdpAttachment.attach(balancer, balancer.interfaceName(), "/bpf/reflect.bpf.o");
        }
        try {
            long[] before = receivedPackets();
            for (int flow = 0; flow < 64; flow++) {
                assertThat(echo(lab.client(1 + flow % 2), InetAddress.ofLiteral(vip)))
                        .isTrue();
            }
            long[] after = receivedPackets();
            // 64 fair coins show fewer than 8 heads once in 10^10 runs.
            for (int i = 0; i < after.length; i++) {
                assertThat(after[i] - before[i])
                        .as("packets of balancer%d", i + 1)
                        .isGreaterThanOrEqualTo(8);
            }
        } finally {
            for (Host balancer : lab.balancers()) {
                BpfFs.unpin(balancer.bpffs().resolve(balancer.interfaceName()));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "IP4_IN_IP4, 4, 10.1.0.11, 203.0.113.10, 10.2.0.102",
        "IP6_IN_IP4, 41, fd00:1::11, 2001:db8:1::10, 10.2.0.102",
        "IP4_IN_IP6, 4, 10.1.0.11, 203.0.113.10, fd00:2::102",
        "IP6_IN_IP6, 41, fd00:1::11, 2001:db8:1::10, fd00:2::102",
        "IP4_IN_GUE4, 17, 10.1.0.11, 203.0.113.10, 10.2.0.102",
        "IP6_IN_GUE4, 17, fd00:1::11, 2001:db8:1::10, 10.2.0.102",
        "IP4_IN_GUE6, 17, 10.1.0.11, 203.0.113.10, fd00:2::102",
        "IP6_IN_GUE6, 17, fd00:1::11, 2001:db8:1::10, fd00:2::102",
    })
    void aBackendTakesTunnelPacketsApart(
            DecapOutcome outcome, int protocol, String from, String to, String backendAddress) throws Exception {
        Backend backend = lab.backend(2);
        InetAddress client = InetAddress.ofLiteral(from);
        InetAddress vip = InetAddress.ofLiteral(to);
        byte[] payload = ("through " + outcome).getBytes(StandardCharsets.US_ASCII);
        byte[] inner = Packets.ip(Packets.UDP, client, vip, Packets.udp(client, 40000, vip, TUNNEL_PORT, payload));
        byte[] carried = protocol == Packets.UDP ? Packets.gue(inner) : inner;
        long before = backend.decapCounters().get(outcome);

        try (DatagramSocket server = backend.call(() -> new DatagramSocket(new InetSocketAddress(vip, TUNNEL_PORT)))) {
            lab.balancer(1).call(() -> {
                RawSocket.send(protocol, InetAddress.ofLiteral(backendAddress), carried);
                return null;
            });
            server.setSoTimeout(ANSWER_TIMEOUT_MS);
            DatagramPacket received = new DatagramPacket(new byte[100], 100);
            server.receive(received);
            assertThat(Arrays.copyOf(received.getData(), received.getLength())).isEqualTo(payload);
            assertThat(received.getSocketAddress()).isEqualTo(new InetSocketAddress(client, 40000));
        }
        assertThat(backend.decapCounters().get(outcome)).isEqualTo(before + 1);
    }

    @Test
    void aLargeFileArrivesWholeOverBothFamilies() throws Exception {
        lab.router().route(lab.topology().vips(), List.of(lab.backend(1)));
        for (InetAddress vip : lab.topology().vips()) {
            String answer = get(lab.client(1), vip, "/large");
            assertThat(answer.length() - answer.indexOf("\r\n\r\n") - 4).isEqualTo(Nginx.LARGE_BYTES);
        }
    }

    @Test
    void aHostWhoseLinkIsDownIsSilentUntilItIsUpAgain() throws Exception {
        Backend backend = lab.backend(3);
        backend.linkDown();
        try {
            assertThatThrownBy(() -> connect(lab.client(1), backend.address4(), HTTP, SILENCE_MS))
                    .isInstanceOf(SocketTimeoutException.class);
            // Nobody is told.
            assertThat(backend.exec("ip", "link", "show", "dev", "eth0")
                            .checked()
                            .stdout())
                    .contains("LOWER_UP");
        } finally {
            backend.linkUp();
        }
        assertThat(get(lab.client(1), backend.address4(), "/")).contains("X-Backend: backend3");
        assertThat(get(lab.client(1), backend.address6(), "/")).contains("X-Backend: backend3");
    }

    @Test
    void aKilledServerTakesItsConnectionsWithItAndCanBeStartedAgain() throws Exception {
        Backend backend = lab.backend(3);
        try (Socket longLived = connect(lab.client(1), backend.address4(), HTTP, ANSWER_TIMEOUT_MS)) {
            assertThat(get(longLived, "/", true)).contains("200 OK");
            assertThat(get(longLived, "/", true)).contains("200 OK");

            backend.stopHttp(Signal.KILL);
            assertThatThrownBy(() -> {
                        get(longLived, "/", true);
                        get(longLived, "/", true);
                    })
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> get(lab.client(1), backend.address4(), "/"))
                    .isInstanceOf(ConnectException.class);
            assertThatThrownBy(() -> backend.stopHttp(Signal.KILL))
                    .hasMessage("backend3: no HTTP is served; start it first");
        } finally {
            backend.startHttp(HTTP);
        }
        assertThat(get(lab.client(1), backend.address4(), "/")).contains("X-Backend: backend3");
    }

    @Test
    void aServerThatCannotStartSaysWhy() throws Exception {
        Backend backend = lab.backend(1);
        assertThatThrownBy(() -> backend.startHttp(81)).hasMessageContaining("HTTP is served already");
        backend.stopHttp(Signal.TERM);
        try (ServerSocket squatter = backend.call(() -> new ServerSocket(HTTP))) {
            assertThatThrownBy(() -> backend.startHttp(HTTP))
                    .hasMessageContaining("backend1: nginx does not start")
                    .hasMessageContaining("Address already in use");
            assertThat(squatter.isBound()).isTrue();
        } finally {
            backend.startHttp(HTTP);
        }
    }

    /** Whether a datagram to the echo port of this address comes back, from a port of its own. */
    private static boolean echo(Host client, InetAddress vip) throws Exception {
        byte[] payload = "echo".getBytes(StandardCharsets.US_ASCII);
        try (DatagramSocket socket = client.call(() -> new DatagramSocket())) {
            socket.setSoTimeout(ANSWER_TIMEOUT_MS);
            socket.send(new DatagramPacket(payload, payload.length, vip, ECHO));
            DatagramPacket answer = new DatagramPacket(new byte[100], 100);
            socket.receive(answer);
            return answer.getAddress().equals(vip)
                    && Arrays.equals(Arrays.copyOf(answer.getData(), answer.getLength()), payload);
        }
    }

    private static long[] receivedPackets() {
        return lab.balancers().stream()
                .mapToLong(balancer -> Long.parseLong(balancer.exec(
                                "sh",
                                "-c",
                                "ip -j -s link show dev eth0 | sed 's/.*\"rx\":{[^}]*\"packets\":\\([0-9]*\\).*/\\1/'")
                        .checked()
                        .stdout()
                        .strip()))
                .toArray();
    }

    private static Socket connect(Node from, InetAddress to, int port, int timeoutMs) throws Exception {
        return from.call(() -> {
            Socket socket = new Socket();
            try {
                socket.connect(new InetSocketAddress(to, port), timeoutMs);
                socket.setSoTimeout(ANSWER_TIMEOUT_MS);
                return socket;
            } catch (IOException e) {
                socket.close();
                throw e;
            }
        });
    }

    private static String get(Node from, InetAddress to, String path) throws Exception {
        try (Socket socket = connect(from, to, HTTP, ANSWER_TIMEOUT_MS)) {
            return get(socket, path, false);
        }
    }

    /** The answer, head and body, a byte a character. With keep-alive only the first read's worth of it. */
    private static String get(Socket socket, String path, boolean keepAlive) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write("GET %s HTTP/1.1\r\nHost: lab\r\nConnection: %s\r\n\r\n"
                .formatted(path, keepAlive ? "keep-alive" : "close")
                .getBytes(StandardCharsets.US_ASCII));
        InputStream in = socket.getInputStream();
        if (!keepAlive) {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
        byte[] answer = new byte[4096];
        int length = in.read(answer);
        if (length < 0) {
            throw new IOException("the server closed the connection");
        }
        return new String(answer, 0, length, StandardCharsets.ISO_8859_1);
    }
}
