package dev.ballast.health.probe;

import dev.ballast.health.ProbeResult;
import dev.ballast.health.probe.Probe.Attempt;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.spi.SelectorProvider;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Opens TCP connections and resets them at once. On its event loop only. */
final class TcpProbe {
    /** A bootstrap wants a handler; these channels never read. */
    @ChannelHandler.Sharable
    private static final class Silent extends ChannelInboundHandlerAdapter {}

    private final EventLoop loop;
    private final boolean epoll;
    private final ConnectErrors errors = new ConnectErrors();
    private final Bootstrap v4;
    private final Bootstrap v6;

    TcpProbe(EventLoop loop, boolean epoll) {
        this.loop = loop;
        this.epoll = epoll;
        this.v4 = bootstrap(SocketProtocolFamily.INET);
        this.v6 = bootstrap(SocketProtocolFamily.INET6);
    }

    private Bootstrap bootstrap(SocketProtocolFamily family) {
        ChannelFactory<Channel> channels = epoll
                ? () -> new EpollSocketChannel(family)
                : () -> new NioSocketChannel(SelectorProvider.provider(), family);
        return new Bootstrap()
                .group(loop)
                .channelFactory(channels)
                .handler(new Silent())
                // The scheduler's timeout is the only one.
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0)
                // Close with a reset: thousands of probes a second would fill the port range with TIME_WAIT.
                .option(ChannelOption.SO_LINGER, 0)
                .option(ChannelOption.AUTO_READ, false);
    }

    Attempt start(InetSocketAddress target, ProbeSpec.TcpConnect spec, Consumer<ProbeResult> done) {
        Bootstrap bootstrap = target.getAddress() instanceof Inet4Address ? v4 : v6;
        InetAddress source = spec.source();
        if (source != null) {
            bootstrap = bootstrap.clone().localAddress(new InetSocketAddress(source, 0));
            if (epoll) {
                // Take the port at connect, when the target is known: bind alone would reserve one for all targets.
                bootstrap.option(EpollChannelOption.IP_BIND_ADDRESS_NO_PORT, true);
            }
        }
        long startedNs = System.nanoTime();
        ChannelFuture connect = bootstrap.connect(target);
        Connecting attempt = new Connecting(connect.channel(), startedNs, done);
        // A channel that could not be made reports on Netty's global executor, not on this loop.
        connect.addListener(_ -> {
            if (loop.inEventLoop()) {
                attempt.finish(connect.cause());
            } else {
                loop.execute(() -> attempt.finish(connect.cause()));
            }
        });
        return attempt;
    }

    /** One attempt; finished by its result or by {@link #cancel}, whichever is first. */
    private final class Connecting implements Attempt {
        private final Channel channel;
        private final long startedNs;
        private final Consumer<ProbeResult> done;
        private boolean finished;

        Connecting(Channel channel, long startedNs, Consumer<ProbeResult> done) {
            this.channel = channel;
            this.startedNs = startedNs;
            this.done = done;
        }

        /** With the error of the connect, or null. After an error Netty has closed the channel. */
        void finish(@Nullable Throwable error) {
            if (finished) {
                return;
            }
            finished = true;
            if (error == null) {
                long latencyNs = System.nanoTime() - startedNs;
                closeChannel();
                done.accept(new ProbeResult.Success(latencyNs));
            } else {
                done.accept(errors.toResult(error));
            }
        }

        @Override
        public void cancel() {
            if (!finished) {
                finished = true;
                closeChannel();
            }
        }

        /** A channel that could not be made was never registered: there is nothing to close. */
        @SuppressWarnings("FutureReturnValueIgnored") // close(2) on a socket without data has no error to act on
        private void closeChannel() {
            if (channel.isRegistered()) {
                channel.close();
            }
        }
    }
}
