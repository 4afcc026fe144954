package dev.ballast.control.grpc;

import dev.ballast.control.doctor.Finding;
import dev.ballast.control.inspect.Inspector;
import dev.ballast.control.loop.Control;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** The server on a socket of its own, and connections to it. */
final class ServedApi implements AutoCloseable {
    private final Path socket;
    private final GrpcServer server;
    private final MultiThreadIoEventLoopGroup eventLoop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final List<ManagedChannel> channels = new ArrayList<>();

    ServedApi(Path directory, Control control, Inspector inspector, Supplier<List<Finding>> doctor, Duration patience)
            throws IOException {
        socket = directory.resolve("x.sock");
        server = GrpcServer.start(socket, "no-such-group", control, inspector, doctor, patience);
    }

    Path socket() {
        return socket;
    }

    GrpcServer server() {
        return server;
    }

    /** A further connection. */
    ManagedChannel connect() {
        ManagedChannel channel = NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(socket))
                .channelFactory(NioDomainSocketChannel::new, UnixDomainSocketAddress.class)
                .eventLoopGroup(eventLoop)
                .maxInboundMetadataSize(128 * 1024)
                .maxInboundMessageSize(64 * 1024 * 1024)
                .withOption(ChannelOption.SO_KEEPALIVE, null)
                .usePlaintext()
                .build();
        channels.add(channel);
        return channel;
    }

    @Override
    public void close() throws IOException {
        channels.forEach(ManagedChannel::shutdownNow);
        var _ = eventLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        server.close();
    }
}
