package dev.ballast.control.systemd;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ballast.control.loop.Brief;
import dev.ballast.control.loop.Snapshot;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The socket of the service manager, and what it is told. */
public final class Notifier implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Notifier.class);
    private static final String SOCKET = "NOTIFY_SOCKET";
    private static final String WATCHDOG_US = "WATCHDOG_USEC";
    private static final String WATCHDOG_PID = "WATCHDOG_PID";

    private final EventLoopGroup eventLoop;
    private final Channel channel;
    private final DomainSocketAddress manager;
    private final Notices notices;
    private volatile boolean ending;

    private Notifier(EventLoopGroup eventLoop, Channel channel, DomainSocketAddress manager, Notices notices) {
        this.eventLoop = eventLoop;
        this.channel = channel;
        this.manager = manager;
        this.notices = notices;
    }

    /**
     * Opens the socket that the environment names. A socket that cannot be opened is a line in the log: the service manager will
     * miss the daemon, packets do not.
     *
     * @param environment of the process
     * @param pid of the process: a watchdog that is meant for another one is none
     * @return empty if no service manager waits
     */
    public static Optional<Notifier> open(Map<String, String> environment, long pid) {
        String socket = environment.getOrDefault(SOCKET, "");
        if (socket.isEmpty()) {
            return Optional.empty();
        }
        EventLoopGroup eventLoop = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("ballast-notify", /* daemon= */ true), EpollIoHandler.newFactory());
        // A name in the abstract namespace is written with an @ in place of its first byte, which is 0: unix(7).
        DomainSocketAddress manager =
                new DomainSocketAddress(socket.startsWith("@") ? "\0" + socket.substring(1) : socket);
        Channel channel = new Bootstrap()
                .group(eventLoop)
                .channel(EpollDomainDatagramChannel.class)
                .handler(new ChannelInboundHandlerAdapter())
                // Netty sends from bound or connected sockets only, and a connection would not outlive the manager's
                // re-execution.
                .bind(new DomainSocketAddress("\0ballast-notify-" + UUID.randomUUID()))
                .syncUninterruptibly()
                .channel();
        return Optional.of(new Notifier(eventLoop, channel, manager, new Notices(watchdogNs(environment, pid))));
    }

    private static long watchdogNs(Map<String, String> environment, long pid) {
        String meant = environment.getOrDefault(WATCHDOG_PID, Long.toString(pid));
        try {
            return meant.equals(Long.toString(pid))
                    ? TimeUnit.MICROSECONDS.toNanos(Long.parseLong(environment.getOrDefault(WATCHDOG_US, "0")))
                    : 0;
        } catch (NumberFormatException e) {
            LOG.atWarn()
                    .addKeyValue("value", environment.get(WATCHDOG_US))
                    .log(WATCHDOG_US + " is no number; the service manager's watchdog is not answered");
            return 0;
        }
    }

    /** Tells what is new in the state, until the end is told. On the control loop's thread; hands over and returns. */
    public void saw(Brief now) {
        if (ending) {
            return;
        }
        Notices.State state = new Notices.State(
                now.revision(), now.progress() == Snapshot.Progress.DONE, now.reason(), now.services());
        notices.saw(state, System.nanoTime()).ifPresent(this::send);
    }

    private void send(String datagram) {
        var _ = channel.writeAndFlush(new DomainDatagramPacket(Unpooled.copiedBuffer(datagram, UTF_8), manager))
                .addListener(sent -> {
                    if (!sent.isSuccess()) {
                        LOG.atWarn()
                                .addKeyValue("socket", manager.path().replace('\0', '@'))
                                .addKeyValue("reason", sent.cause())
                                .log("the service manager was not told");
                    }
                });
    }

    /** Tells that the daemon ends, and nothing after it. Any thread. */
    @Override
    public void close() {
        ending = true;
        send("STOPPING=1\nSTATUS=ending; what is in the kernel goes on forwarding");
        channel.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
        var _ = eventLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
