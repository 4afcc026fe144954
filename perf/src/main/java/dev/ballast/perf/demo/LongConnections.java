package dev.ballast.perf.demo;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.ballast.lab.Node;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 connections that stay open, each with a request every so often, from a client of the lab. A connection that
 * breaks is counted with its backend and opened anew. One thread of its own, in the client's namespace.
 */
final class LongConnections implements AutoCloseable {
    private static final long REQUEST_EVERY_NS = 200_000_000;
    private static final long REOPEN_AFTER_NS = 100_000_000;
    private static final long ANSWER_WITHIN_NS = 3_000_000_000L;
    private static final Pattern BACKEND = Pattern.compile("X-Backend: (\\S+)");
    private static final Pattern LENGTH = Pattern.compile("Content-Length: (\\d+)");
    private static final int MAX_ANSWER = 4096;

    /**
     * One that ended without being asked to.
     *
     * @param backend that had answered on it; empty if none ever did
     */
    record Failure(long atNs, InetSocketAddress vip, String backend, String reason) {}

    private final Node client;
    private final List<Connection> connections = new ArrayList<>();
    private final List<Failure> failures = new ArrayList<>();
    private final Thread thread;
    private final CountDownLatch ended = new CountDownLatch(1);
    private long sent;
    private long answered;
    private volatile boolean closing;
    private volatile @Nullable Exception broken;

    private LongConnections(Node client) {
        this.client = client;
        this.thread = Thread.ofPlatform().name("demo-long-connections").unstarted(this::runInClient);
    }

    /** Opens {@code each} connections to every VIP and begins to ask. */
    static LongConnections open(Node client, List<InetSocketAddress> vips, int each) {
        LongConnections all = new LongConnections(client);
        for (int i = 0; i < each; i++) {
            for (InetSocketAddress vip : vips) {
                all.connections.add(all.new Connection(vip));
            }
        }
        all.thread.start();
        return all;
    }

    /** What has happened so far. */
    record Tally(long sent, long answered, List<Failure> failures, Map<String, Integer> openByBackend) {
        int open() {
            return openByBackend.values().stream().mapToInt(Integer::intValue).sum();
        }
    }

    synchronized Tally tally() {
        if (broken != null) {
            throw new IllegalStateException("the long connections' own thread failed", broken);
        }
        Map<String, Integer> open = new TreeMap<>();
        for (Connection connection : connections) {
            if (!connection.backend.isEmpty()) {
                open.merge(connection.backend, 1, Integer::sum);
            }
        }
        return new Tally(sent, answered, List.copyOf(failures), open);
    }

    private void runInClient() {
        try {
            client.call(() -> {
                run();
                return null;
            });
        } catch (Exception e) {
            broken = e;
        } finally {
            ended.countDown();
        }
    }

    private void run() throws IOException {
        try (Selector selector = Selector.open()) {
            while (!closing) {
                selector.select(10);
                synchronized (this) {
                    for (SelectionKey key : selector.selectedKeys()) {
                        if (key.attachment() instanceof Connection connection) {
                            connection.ready(key);
                        }
                    }
                    selector.selectedKeys().clear();
                    long now = System.nanoTime();
                    for (Connection connection : connections) {
                        connection.onTime(selector, now);
                    }
                }
            }
            for (Connection connection : connections) {
                connection.drop();
            }
        }
    }

    @Override
    public void close() {
        closing = true;
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Connection {
        private final InetSocketAddress vip;
        private final byte[] request;
        private final ByteBuffer in = ByteBuffer.allocate(MAX_ANSWER);
        private @Nullable SocketChannel channel;
        private String backend = "";
        private boolean waiting;
        private long sinceNs;

        Connection(InetSocketAddress vip) {
            this.vip = vip;
            this.sinceNs = System.nanoTime() - REOPEN_AFTER_NS;
            this.request = "GET / HTTP/1.1\r\nHost: ballast.example\r\n\r\n".getBytes(US_ASCII);
        }

        void onTime(Selector selector, long now) throws IOException {
            if (channel == null) {
                if (now - sinceNs > REOPEN_AFTER_NS) {
                    connect(selector, now);
                }
            } else if (waiting && now - sinceNs > ANSWER_WITHIN_NS) {
                fail("no answer within " + ANSWER_WITHIN_NS / 1_000_000_000 + " s");
            } else if (!waiting && now - sinceNs > REQUEST_EVERY_NS) {
                ask(now);
            }
        }

        /** The connect counts as the first wait: a SYN that gets no answer is a failure too. */
        private void connect(Selector selector, long now) throws IOException {
            SocketChannel fresh = SocketChannel.open();
            fresh.configureBlocking(false);
            channel = fresh;
            waiting = true;
            sinceNs = now;
            in.clear();
            try {
                fresh.connect(vip);
                fresh.register(selector, SelectionKey.OP_CONNECT, this);
            } catch (IOException e) {
                fail("connect: " + e.getMessage());
            }
        }

        void ready(SelectionKey key) {
            SocketChannel open = channel;
            if (open == null || !key.channel().equals(open) || !key.isValid()) {
                return;
            }
            try {
                if (key.isConnectable() && open.finishConnect()) {
                    key.interestOps(SelectionKey.OP_READ);
                    ask(System.nanoTime());
                } else if (key.isReadable()) {
                    read(open);
                }
            } catch (IOException e) {
                fail(e.getMessage());
            }
        }

        private void ask(long now) {
            SocketChannel open = channel;
            if (open == null) {
                return;
            }
            try {
                open.write(ByteBuffer.wrap(request)); // far below any socket buffer: never partial
                sent++;
                waiting = true;
                sinceNs = now;
                in.clear();
            } catch (IOException e) {
                fail(e.getMessage());
            }
        }

        private void read(SocketChannel open) throws IOException {
            if (open.read(in) < 0) {
                fail("closed by the other side");
                return;
            }
            String text = new String(in.array(), 0, in.position(), US_ASCII);
            int headEnd = text.indexOf("\r\n\r\n");
            Matcher length = LENGTH.matcher(text);
            if (headEnd < 0 || !length.find() || in.position() < headEnd + 4 + Integer.parseInt(length.group(1))) {
                return;
            }
            if (!text.startsWith("HTTP/1.1 200 ")) {
                fail("answered " + text.lines().findFirst().orElse(""));
                return;
            }
            Matcher name = BACKEND.matcher(text);
            String by = name.find() ? name.group(1) : "unknown";
            if (!backend.isEmpty() && !backend.equals(by)) {
                fail("answered by " + by + " in the middle of a connection with " + backend);
                return;
            }
            backend = by;
            answered++;
            waiting = false;
        }

        private void fail(@Nullable String reason) {
            failures.add(new Failure(System.nanoTime(), vip, backend, String.valueOf(reason)));
            drop();
        }

        void drop() {
            SocketChannel open = channel;
            channel = null;
            backend = "";
            waiting = false;
            sinceNs = System.nanoTime();
            try {
                if (open != null) {
                    open.close();
                }
            } catch (IOException ignored) {
                // it is gone either way
            }
        }
    }
}
