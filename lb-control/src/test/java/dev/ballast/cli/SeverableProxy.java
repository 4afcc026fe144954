package dev.ballast.cli;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Stands between command and daemon, and cuts both off in the middle of a call, as SIGKILL on the daemon does. */
final class SeverableProxy implements AutoCloseable {
    private final ServerSocketChannel listener;
    private final Path target;
    private final List<SocketChannel> open = new CopyOnWriteArrayList<>();

    SeverableProxy(Path socket, Path target) throws IOException {
        this.target = target;
        this.listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket));
        Thread.ofVirtual().start(this::accept);
    }

    private void accept() {
        try {
            while (true) {
                SocketChannel client = listener.accept();
                SocketChannel server = SocketChannel.open(UnixDomainSocketAddress.of(target));
                open.add(client);
                open.add(server);
                Thread.ofVirtual().start(() -> copy(client, server));
                Thread.ofVirtual().start(() -> copy(server, client));
            }
        } catch (IOException e) {
            // Closed: the end of the test.
        }
    }

    private static void copy(SocketChannel from, SocketChannel to) {
        ByteBuffer buffer = ByteBuffer.allocate(65_536);
        try (from;
                to) {
            while (from.read(buffer) >= 0) {
                buffer.flip();
                while (buffer.hasRemaining()) {
                    to.write(buffer);
                }
                buffer.clear();
            }
        } catch (IOException e) {
            // One side has hung up; closing both tells the other.
        }
    }

    /** Closes what is open, and goes on listening. */
    void drop() {
        try {
            for (SocketChannel channel : open) {
                channel.close();
            }
            open.clear();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Closes what is open and listens no more. */
    void sever() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        drop();
    }

    @Override
    public void close() {
        sever();
    }
}
