package dev.ballast.packaging;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.lab.Backend;
import dev.ballast.v1.MemberStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** UDP, any-port VIPs, and packets as large as the client's link takes, over both families and all four pairs of them. */
class ProtocolsLabTest {
    private static final String VIP4 = "203.0.113.10";
    private static final String VIP6 = "2001:db8:1::10";
    private static final int DNS = 53;
    private static final int[] ANY_PORTS = {5000, 5001, 5002, 40000};
    private static final int ANSWER_LIMIT_MS = 10_000;
    private static final int UPLOAD_BYTES = 16 << 20;

    private static ProductLab product;
    private static final List<EchoServer> SERVERS = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        product = ProductLab.start(4);
        for (Backend backend : product.lab().backends()) {
            for (InetAddress vip : product.lab().topology().vips()) {
                SERVERS.add(EchoServer.start(backend, vip, DNS));
                for (int port : ANY_PORTS) {
                    SERVERS.add(EchoServer.start(backend, vip, port));
                }
            }
        }
        String check = "checks: [{type: tcp, port: 80, interval: 200ms, timeout: 200ms}]";
        // Two are reached over IPv4 and two over IPv6, whatever the family of the VIP.
        List<String> mixed = Stream.concat(
                        ConfigText.backends(product.backends(1, 2)).stream(),
                        ConfigText.backends(product.backends(3, 4), Backend::address6).stream())
                .toList();
        product.startDaemon(ConfigText.empty()
                .with("web", product.webVips(), mixed)
                .with(
                        "dns",
                        List.of(ConfigText.udp(product.vip4(), DNS), ConfigText.udp(product.vip6(), DNS)),
                        ConfigText.backends(product.backends(1, 2)),
                        check)
                .with(
                        "rest",
                        List.of(ConfigText.udp(product.vip4(), "any"), ConfigText.udp(product.vip6(), "any")),
                        ConfigText.backends(product.backends(3, 4), Backend::address6),
                        check));
        product.awaitMembers(MemberStatus::getInRing, "has every member in the ring");
    }

    @AfterAll
    static void close() {
        SERVERS.forEach(EchoServer::close);
        if (product != null) {
            product.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {VIP4, VIP6})
    void a_udp_client_stays_with_its_backend_and_clients_are_spread(String vip) throws Exception {
        Set<String> all = new HashSet<>();
        for (int client = 0; client < 20; client++) {
            try (DatagramSocket socket = product.client().call(() -> new DatagramSocket())) {
                String first = ask(socket, vip, DNS);
                for (int again = 0; again < 3; again++) {
                    assertThat(ask(socket, vip, DNS)).isEqualTo(first);
                }
                all.add(first);
            }
        }
        // All 20 choose the same of two once in half a million runs.
        assertThat(all).containsExactlyInAnyOrder("backend1", "backend2");
    }

    @ParameterizedTest
    @ValueSource(strings = {VIP4, VIP6})
    void an_any_port_vip_takes_every_port_that_no_other_service_has(String vip) throws Exception {
        Set<String> all = new HashSet<>();
        for (int port : ANY_PORTS) {
            for (int client = 0; client < 8; client++) {
                try (DatagramSocket socket = product.client().call(() -> new DatagramSocket())) {
                    all.add(ask(socket, vip, port));
                }
            }
        }
        assertThat(all).containsExactlyInAnyOrder("backend3", "backend4");
    }

    @ParameterizedTest
    @ValueSource(strings = {VIP4, VIP6})
    void large_files_arrive_whole_in_both_directions_from_every_backend(String vip) throws Exception {
        byte[] upload = new byte[UPLOAD_BYTES];
        new Random(1).nextBytes(upload);
        Set<String> served = new HashSet<>();
        Set<HttpConnection.Answer> bodies = new HashSet<>();
        for (int tries = 0; served.size() < 4 && tries < 100; tries++) {
            try (HttpConnection connection =
                    HttpConnection.open(product.client(), InetAddress.ofLiteral(vip), ProductLab.HTTP)) {
                String backend = connection.backend();
                if (served.add(backend)) {
                    HttpConnection.Answer answer = connection.get("/large");
                    bodies.add(new HttpConnection.Answer(answer.status(), "any", answer.length(), answer.sha256()));
                    connection.post(upload);
                }
            }
        }
        assertThat(served).hasSize(4);
        assertThat(bodies).as("what the backends have served, all the same").hasSize(1);
        assertThat(bodies.iterator().next().status()).isEqualTo(200);
        assertThat(bodies.iterator().next().length()).isEqualTo(16 << 20);
        assertThat(ProductLab.packets(product.status(), "dropped_too_big")).isZero();
    }

    @Test
    void what_is_not_a_vip_of_the_protocol_passes() throws Exception {
        long before = ProductLab.packets(product.status(), "passed_not_vip");
        try (DatagramSocket socket = product.client().call(() -> new DatagramSocket())) {
            byte[] data = "x".getBytes(US_ASCII);
            InetSocketAddress own =
                    new InetSocketAddress(product.lab().balancer(1).address4(), DNS);
            socket.send(new DatagramPacket(data, data.length, own));
        }
        product.balancer()
                .await(status -> ProductLab.packets(status, "passed_not_vip") > before, "passes what is not for a VIP");
    }

    private static String ask(DatagramSocket socket, String vip, int port) throws Exception {
        byte[] question = "who".getBytes(US_ASCII);
        InetSocketAddress to = new InetSocketAddress(InetAddress.ofLiteral(vip), port);
        socket.setSoTimeout(ANSWER_LIMIT_MS);
        socket.send(new DatagramPacket(question, question.length, to));
        DatagramPacket answer = new DatagramPacket(new byte[100], 100);
        socket.receive(answer);
        assertThat(answer.getSocketAddress()).isEqualTo(to);
        return new String(answer.getData(), 0, answer.getLength(), US_ASCII);
    }

    /** Answers each datagram with the backend's name, from the address that was asked. */
    private static final class EchoServer {
        private final DatagramSocket socket;

        private EchoServer(DatagramSocket socket) {
            this.socket = socket;
        }

        static EchoServer start(Backend backend, InetAddress vip, int port) throws Exception {
            DatagramSocket socket = backend.call(() -> new DatagramSocket(new InetSocketAddress(vip, port)));
            Thread.ofPlatform().name("echo-" + backend.name()).daemon().start(() -> serve(socket, backend.name()));
            return new EchoServer(socket);
        }

        private static void serve(DatagramSocket socket, String name) {
            byte[] answer = name.getBytes(US_ASCII);
            DatagramPacket question = new DatagramPacket(new byte[100], 100);
            try {
                while (true) {
                    socket.receive(question);
                    socket.send(new DatagramPacket(answer, answer.length, question.getSocketAddress()));
                }
            } catch (SocketException closed) {
                // the end of the test
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void close() {
            socket.close();
        }
    }
}
