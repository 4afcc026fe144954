package dev.ballast.packaging;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.ballast.lab.Node;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** One HTTP/1.1 connection of a lab's client to a VIP, which knows the backend that it talks to. Not thread-safe. */
final class HttpConnection implements Closeable {
    /** So long a backend may take; a connection that a balancer broke without a reset is found by it. */
    private static final int ANSWER_LIMIT_MS = 10_000;

    private static final int SILENCE_MS = 1_500;

    private static final int MAX_HEAD = 4096;

    /**
     * One answer.
     *
     * @param backend that gave it
     * @param length of the body in bytes
     * @param sha256 of the body, in hex
     */
    record Answer(int status, String backend, long length, String sha256) {}

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    private HttpConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
        this.out = socket.getOutputStream();
    }

    static HttpConnection open(Node client, InetAddress vip, int port) throws Exception {
        return client.call(() -> connect(vip, port, ANSWER_LIMIT_MS));
    }

    /** Several, each with one request done, so that the balancer has seen more of them than a SYN. */
    static List<HttpConnection> open(Node client, InetAddress vip, int port, int count) throws Exception {
        return client.call(() -> {
            List<HttpConnection> open = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                HttpConnection connection = connect(vip, port, ANSWER_LIMIT_MS);
                open.add(connection);
                connection.backend();
            }
            return open;
        });
    }

    /** Makes a connection for each request; how many each backend answered. */
    static Map<String, Integer> spread(Node client, InetAddress vip, int port, int requests) throws Exception {
        return client.call(() -> {
            Map<String, Integer> byBackend = new TreeMap<>();
            for (int i = 0; i < requests; i++) {
                try (HttpConnection connection = connect(vip, port, ANSWER_LIMIT_MS)) {
                    byBackend.merge(connection.backend(), 1, Integer::sum);
                }
            }
            return byBackend;
        });
    }

    /**
     * Tries to connect for as long as a SYN and its first repetition take: for a VIP that must not answer.
     *
     * @throws IOException as it should
     */
    static void openBriefly(Node client, InetAddress vip, int port) throws Exception {
        client.call(() -> connect(vip, port, SILENCE_MS)).close();
    }

    private static HttpConnection connect(InetAddress vip, int port, int limitMs) throws IOException {
        Socket socket = new Socket();
        try {
            socket.setSoTimeout(limitMs);
            socket.setTcpNoDelay(true);
            socket.connect(new InetSocketAddress(vip, port), limitMs);
            return new HttpConnection(socket);
        } catch (IOException e) {
            socket.close();
            throw new IOException("connect to %s port %d: %s".formatted(vip.getHostAddress(), port, e.getMessage()), e);
        }
    }

    /** The client's end. */
    InetSocketAddress local() {
        return new InetSocketAddress(socket.getLocalAddress(), socket.getLocalPort());
    }

    /** Asks for the small page; the name of the backend that answered. */
    String backend() throws IOException {
        Answer answer = get("/");
        if (answer.status() != 200) {
            throw new IOException("GET / was answered with " + answer);
        }
        return answer.backend();
    }

    Answer get(String path) throws IOException {
        return ask("GET " + path, new byte[0]);
    }

    /** Sends a body; nginx refuses the method once it has read all of it. */
    Answer post(byte[] body) throws IOException {
        return ask("POST /large", body);
    }

    private Answer ask(String methodAndPath, byte[] body) throws IOException {
        try {
            out.write("%s HTTP/1.1\r\nHost: ballast.example\r\nContent-Length: %d\r\n\r\n"
                    .formatted(methodAndPath, body.length)
                    .getBytes(US_ASCII));
            out.write(body);
            out.flush();
            return answer();
        } catch (IOException e) {
            throw new IOException(
                    "%s from %s to %s: %s"
                            .formatted(methodAndPath, local(), socket.getRemoteSocketAddress(), e.getMessage()),
                    e);
        }
    }

    private Answer answer() throws IOException {
        List<String> head = new ArrayList<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            head.add(line);
        }
        long length = Long.parseLong(header(head, "Content-Length"));
        return new Answer(
                Integer.parseInt(head.getFirst().split(" ", 3)[1]), header(head, "X-Backend"), length, digest(length));
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0 || line.length() > MAX_HEAD) {
                throw new IOException(c < 0 ? "closed by the other side" : "the answer is not HTTP: " + line);
            }
            if (c != '\r') {
                line.append((char) c);
            }
        }
        return line.toString();
    }

    private static String header(List<String> head, String name) throws IOException {
        return head.stream()
                .filter(line -> line.startsWith(name + ": "))
                .map(line -> line.substring(name.length() + 2))
                .findFirst()
                .orElseThrow(() -> new IOException("an answer without " + name + ": " + head));
    }

    private String digest(long length) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] chunk = new byte[1 << 16];
            for (long left = length; left > 0; ) {
                int read = in.read(chunk, 0, (int) Math.min(chunk.length, left));
                if (read < 0) {
                    throw new IOException("closed by the other side %d bytes before the end".formatted(left));
                }
                digest.update(chunk, 0, read);
                left -= read;
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
