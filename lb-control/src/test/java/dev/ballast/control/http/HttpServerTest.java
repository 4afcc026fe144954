package dev.ballast.control.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.control.grpc.Snapshots;
import dev.ballast.control.loop.Brief;
import dev.ballast.control.loop.LoopStatistics;
import dev.ballast.control.loop.Snapshot;
import dev.ballast.control.model.Address;
import dev.ballast.control.model.Endpoint;
import dev.ballast.control.telemetry.Metrics;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpServerTest {
    private static final int READ_TIMEOUT_MS = 20_000;
    private static final int RETRIES_MAX = 300;

    private final Snapshot snapshot = Snapshots.sample();
    private final CountDownLatch loopHasTime = new CountDownLatch(1);
    private volatile boolean loopIsBusy;
    private final Metrics metrics = new Metrics(this::snapshot, LoopStatistics.of(() -> 0), () -> false);
    private HttpServer server = new HttpServer(() -> Brief.of(snapshot), metrics, Duration.ofSeconds(30));

    @BeforeEach
    void listen() throws Exception {
        listen(freePort());
    }

    @AfterEach
    void close() {
        server.close();
        metrics.close();
    }

    private Snapshot snapshot() {
        try {
            if (loopIsBusy) {
                loopHasTime.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return snapshot;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void listen(int port) throws InterruptedException {
        server.listen(new Endpoint(Address.parse("127.0.0.1"), port));
        awaitListening();
    }

    private InetSocketAddress awaitListening() throws InterruptedException {
        InetSocketAddress address = server.address();
        for (int i = 0; address == null && i < RETRIES_MAX; i++) {
            Thread.sleep(50);
            address = server.address();
        }
        assertThat(address).as("where it listens").isNotNull();
        return address;
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket();
        socket.setSoTimeout(READ_TIMEOUT_MS);
        socket.connect(server.address(), READ_TIMEOUT_MS);
        return socket;
    }

    /** Everything the server sends until it closes. */
    private String ask(String request) throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(request.getBytes(ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
        }
    }

    private String get(String path, String... headers) throws IOException {
        return ask("GET " + path + " HTTP/1.1\r\n" + String.join("\r\n", headers) + "\r\nConnection: close\r\n\r\n");
    }

    @Test
    void metrics_and_readiness_are_told() throws IOException {
        assertThat(get("/metrics", "Host: 127.0.0.1:9590"))
                .startsWith("HTTP/1.1 200 OK\r\n")
                .contains(Metrics.CONTENT_TYPE, "\nballast_revision 7.0\n");
        assertThat(get("/readyz", "Host: localhost")).startsWith("HTTP/1.1 200").contains("revision 7");
        assertThat(get("/healthz", "Host: lb1")).contains("the control loop has done nothing for");
        assertThat(get("/other", "Host: lb1")).startsWith("HTTP/1.1 404");
    }

    @Test
    void while_metrics_wait_for_a_busy_loop_health_is_told_and_only_so_many_wait() throws Exception {
        loopIsBusy = true;
        List<Socket> waiting = new ArrayList<>();
        for (int i = 0; i < Scrapes.AT_ONCE; i++) {
            Socket socket = connect();
            socket.getOutputStream()
                    .write("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                            .getBytes(ISO_8859_1));
            waiting.add(socket);
        }
        assertThat(get("/readyz", "Host: localhost")).startsWith("HTTP/1.1 200").contains("revision 7");
        assertThat(get("/healthz", "Host: localhost")).contains("the control loop has done nothing for");
        String tooMany = get("/metrics", "Host: localhost");
        assertThat(tooMany).startsWith("HTTP/1.1 503").contains("4 answers are under way");

        loopHasTime.countDown();
        for (Socket socket : waiting) {
            try (socket) {
                assertThat(new String(socket.getInputStream().readAllBytes(), ISO_8859_1))
                        .startsWith("HTTP/1.1 200 OK\r\n")
                        .contains("\nballast_revision 7.0\n");
            }
        }
        assertThat(get("/metrics", "Host: localhost")).startsWith("HTTP/1.1 200");
    }

    @ParameterizedTest
    @ValueSource(strings = {"evil.example", "localhost.evil.example", "lb1.evil.example", "a@localhost", ""})
    void another_name_is_refused(String host) throws IOException {
        assertThat(get("/metrics", "Host: " + host)).startsWith("HTTP/1.1 421");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://evil.example", "null", "https://127.0.0.1.evil.example"})
    void a_page_of_another_origin_is_refused(String origin) throws IOException {
        assertThat(get("/metrics", "Host: localhost", "Origin: " + origin)).startsWith("HTTP/1.1 403");
    }

    @Test
    void own_names_and_addresses_are_answered() throws IOException {
        for (String host : List.of("LB1:9590", "[::1]:9590", "192.0.2.1", "localhost:1")) {
            assertThat(get("/readyz", "Host: " + host, "Origin: http://localhost:3000"))
                    .as(host)
                    .startsWith("HTTP/1.1 200");
        }
        assertThat(get("/readyz", "Host: a", "Host: b")).startsWith("HTTP/1.1 400");
    }

    @Test
    void nothing_can_be_written() throws IOException {
        for (String method : List.of("POST", "PUT", "DELETE", "OPTIONS", "TRACE")) {
            assertThat(ask(method + " /metrics HTTP/1.1\r\nHost: lb1\r\nConnection: close\r\n\r\n"))
                    .startsWith("HTTP/1.1 405")
                    .containsIgnoringCase("allow: GET, HEAD");
        }
        String head = ask("HEAD /metrics HTTP/1.1\r\nHost: lb1\r\nConnection: close\r\n\r\n");
        assertThat(head).startsWith("HTTP/1.1 200").endsWith("\r\n\r\n");
    }

    @Test
    void requests_of_one_connection_are_answered_in_turn() throws IOException {
        String one = "GET /readyz HTTP/1.1\r\nHost: lb1\r\n";
        String answers = ask((one + "\r\n").repeat(50) + one + "Connection: close\r\n\r\n");
        assertThat(answers.split("HTTP/1.1 200 OK", -1)).hasSize(52);
    }

    @Test
    void what_is_too_long_is_refused() throws IOException {
        assertThat(ask("GET /" + "a".repeat(2_000) + " HTTP/1.1\r\nHost: lb1\r\n\r\n"))
                .startsWith("HTTP/1.1 414");
        assertThat(get("/metrics", "Host: lb1", "X: " + "a".repeat(9_000))).startsWith("HTTP/1.1 431");
        assertThat(ask("GET /metrics HTTP/1.1\r\nHost: lb1\r\nContent-Length: 100000\r\n\r\n"))
                .startsWith("HTTP/1.1 413");
    }

    @Test
    void a_client_that_dawdles_is_left() throws Exception {
        server.close();
        server = new HttpServer(() -> Brief.of(snapshot), metrics, Duration.ofMillis(300));
        listen(freePort());
        try (Socket socket = connect()) {
            socket.getOutputStream().write("GET /metrics HTTP/1.1\r\nHo".getBytes(ISO_8859_1));
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void connections_beyond_the_limit_are_closed_and_the_others_answered() throws IOException {
        List<Socket> open = new ArrayList<>();
        try {
            for (int i = 0; i < HttpServer.CONNECTIONS_MAX; i++) {
                Socket socket = connect();
                open.add(socket);
                socket.getOutputStream().write("GET /readyz HTTP/1.1\r\nHost: lb1\r\n\r\n".getBytes(ISO_8859_1));
                assertThat(socket.getInputStream().read()).isEqualTo('H');
            }
            try (Socket beyond = connect();
                    InputStream in = beyond.getInputStream()) {
                assertThat(in.read()).isEqualTo(-1);
            }
        } finally {
            for (Socket socket : open) {
                socket.close();
            }
        }
    }

    @Test
    void garbage_harms_nobody() throws IOException {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        String good = "GET /readyz HTTP/1.1\r\nHost: lb1\r\nConnection: close\r\n\r\n";
        for (int i = 0; i < 300; i++) {
            byte[] bytes = good.getBytes(ISO_8859_1);
            if (random.nextBoolean()) {
                bytes = new byte[random.nextInt(1, 4_000)];
                random.nextBytes(bytes);
            } else {
                for (int edits = random.nextInt(1, 6); edits > 0; edits--) {
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
                }
            }
            try (Socket socket = connect()) {
                socket.getOutputStream().write(bytes);
            } catch (IOException e) {
                assertThat(e).as("the server closed first").hasMessageMatching("(?i).*(reset|broken pipe).*");
            }
        }
        assertThat(get("/readyz", "Host: lb1")).startsWith("HTTP/1.1 200");
    }

    @Test
    void a_port_in_use_is_taken_when_it_is_free() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            server.listen(new Endpoint(Address.parse("127.0.0.1"), other.getLocalPort()));
            for (int i = 0; server.address() != null && i < RETRIES_MAX; i++) {
                Thread.sleep(20);
            }
            assertThat(server.address()).isNull();
            for (int i = 0; server.warning().isEmpty() && i < RETRIES_MAX; i++) {
                Thread.sleep(20);
            }
            assertThat(server.warning().orElse(""))
                    .contains("127.0.0.1:" + other.getLocalPort(), "Address already in use", "node.http.listen");
        }
        awaitListening();
        assertThat(server.warning()).isEmpty();
        assertThat(get("/readyz", "Host: lb1")).startsWith("HTTP/1.1 200");
    }
}
