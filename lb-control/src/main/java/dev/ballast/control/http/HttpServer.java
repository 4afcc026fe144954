package dev.ballast.control.http;

import dev.ballast.control.loop.Brief;
import dev.ballast.control.model.Endpoint;
import dev.ballast.control.telemetry.Metrics;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves metrics where {@link #listen} says. A port that cannot be had is no reason not to forward: it is logged, shown as
 * {@link #warning}, and tried again until it can be had. All methods may be called from any thread and return at once, but for {@link #close}.
 */
public final class HttpServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);

    /** More than a Prometheus, its spare, an agent and some people need. */
    static final int CONNECTIONS_MAX = 64;

    private static final int LINE_MAX_BYTES = 1024;
    private static final int HEADERS_MAX_BYTES = 8192;
    /** No request has a body; a small one is read away, so that the refusal is read. */
    private static final int BODY_MAX_BYTES = 1024;

    private static final Duration RETRY = Duration.ofSeconds(5);
    private static final Duration FAREWELL = Duration.ofSeconds(2);

    private final EventLoopGroup eventLoop = new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("ballast-http", true), EpollIoHandler.newFactory());
    private final ChannelGroup connections = new DefaultChannelGroup(eventLoop.next(), true);
    private final ServerBootstrap bootstrap;
    private final Scrapes scrapes = new Scrapes();

    // Event loop's thread only.
    private @Nullable Endpoint wanted;
    private @Nullable Channel listening;
    private @Nullable Future<?> retry;

    /** Why nothing listens; empty while something does, or nothing is to. Written by the event loop's thread. */
    private volatile String warning = "";

    /**
     * A server that listens nowhere yet.
     *
     * @param requestPatience how long a client may take over a request, over a response, and between two
     */
    public HttpServer(Supplier<Brief> state, Metrics metrics, Duration requestPatience) {
        HttpDecoderConfig limits =
                new HttpDecoderConfig().setMaxInitialLineLength(LINE_MAX_BYTES).setMaxHeaderSize(HEADERS_MAX_BYTES);
        bootstrap = new ServerBootstrap()
                .group(eventLoop)
                .channel(EpollServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.SO_BACKLOG, CONNECTIONS_MAX)
                .childOption(ChannelOption.AUTO_READ, false)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        if (connections.size() >= CONNECTIONS_MAX) {
                            ChannelFuture _ = channel.close();
                            return;
                        }
                        connections.add(channel);
                        channel.pipeline()
                                .addLast(new HttpServerCodec(limits))
                                .addLast(new HttpServerKeepAliveHandler())
                                .addLast(new HttpObjectAggregator(BODY_MAX_BYTES, true))
                                .addLast(new FlowControlHandler())
                                .addLast(new RequestHandler(state, metrics, scrapes, requestPatience));
                    }
                });
    }

    /** Listens there, and nowhere else any more. Connections that are open stay. */
    public void listen(Endpoint endpoint) {
        eventLoop.next().execute(() -> {
            if (!endpoint.equals(wanted)) {
                wanted = endpoint;
                warning = "";
                if (listening != null) {
                    listening.close().addListener(_ -> bind(endpoint));
                    listening = null;
                } else {
                    bind(endpoint);
                }
            }
        });
    }

    private void bind(Endpoint endpoint) {
        if (retry != null) {
            retry.cancel(false);
            retry = null;
        }
        InetSocketAddress address = new InetSocketAddress(endpoint.address().toInetAddress(), endpoint.port());
        ChannelFuture bound = bootstrap.bind(address);
        bound.addListener(_ -> bound(endpoint, bound));
    }

    private void bound(Endpoint endpoint, ChannelFuture bound) {
        if (!endpoint.equals(wanted)) {
            ChannelFuture _ = bound.channel().close();
        } else if (bound.isSuccess()) {
            listening = bound.channel();
            warning = "";
            LOG.atInfo().addKeyValue("listen", endpoint).log("metrics are served");
        } else {
            String reason =
                    "metrics are not served on %s, forwarding is as it should be: %s. Free the port, or set node.http.listen; it is tried again every %d s"
                            .formatted(endpoint, bound.cause().getMessage(), RETRY.toSeconds());
            if (!reason.equals(warning)) {
                LOG.warn(reason);
                warning = reason;
            }
            if (!eventLoop.isShuttingDown()) {
                retry = eventLoop.next().schedule(() -> bind(endpoint), RETRY.toMillis(), TimeUnit.MILLISECONDS);
            }
        }
    }

    /** Why metrics are not served where they should be, and what to do; empty when they are. */
    public Optional<String> warning() {
        return Optional.of(warning).filter(words -> !words.isEmpty());
    }

    /** Where it listens now; null while it does not. */
    @Nullable
    InetSocketAddress address() {
        return eventLoop
                .next()
                .submit(() -> listening == null ? null : (InetSocketAddress) listening.localAddress())
                .syncUninterruptibly()
                .getNow();
    }

    /** Closes; what was answered already leaves first. */
    @Override
    public void close() {
        scrapes.close();
        eventLoop.next().execute(() -> {
            wanted = null;
            if (listening != null) {
                ChannelFuture _ = listening.close();
            }
            Future<?> _ = connections.close();
        });
        eventLoop
                .shutdownGracefully(0, FAREWELL.toMillis(), TimeUnit.MILLISECONDS)
                .awaitUninterruptibly();
    }
}
