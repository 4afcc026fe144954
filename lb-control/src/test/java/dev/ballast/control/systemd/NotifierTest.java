package dev.ballast.control.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.control.grpc.Snapshots;
import dev.ballast.control.loop.Brief;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Over real datagram sockets; the test is the service manager. */
class NotifierTest {
    private static final long PID = 4242;

    private final EventLoopGroup eventLoop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

    @TempDir
    Path directory;

    @AfterEach
    void stop() {
        eventLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void the_service_manager_hears_that_the_daemon_is_ready_alive_and_ending() throws InterruptedException {
        String socket = directory.resolve("notify").toString();
        listen(socket);
        try (Notifier notifier = open(Map.of("NOTIFY_SOCKET", socket, "WATCHDOG_USEC", "60000000"))) {
            notifier.saw(Brief.of(Snapshots.sample()));
        }
        assertThat(next()).isEqualTo("READY=1\nSTATUS=forwarding for 2 services; revision 7\nWATCHDOG=1");
        assertThat(next()).startsWith("STOPPING=1\n");
    }

    @Test
    void a_socket_in_the_abstract_namespace_is_reached() throws InterruptedException {
        String name = "ballast-notify-" + ProcessHandle.current().pid();
        listen("\0" + name);
        open(Map.of("NOTIFY_SOCKET", "@" + name)).close();
        assertThat(next()).startsWith("STOPPING=1\n");
    }

    @Test
    void a_watchdog_that_is_meant_for_another_process_is_not_answered() throws InterruptedException {
        String socket = directory.resolve("notify").toString();
        listen(socket);
        try (Notifier notifier =
                open(Map.of("NOTIFY_SOCKET", socket, "WATCHDOG_USEC", "60000000", "WATCHDOG_PID", "1"))) {
            notifier.saw(Brief.of(Snapshots.sample()));
        }
        assertThat(next()).startsWith("READY=1").doesNotContain("WATCHDOG");
    }

    @Test
    void without_a_service_manager_nothing_is_opened() {
        assertThat(Notifier.open(Map.of(), PID)).isEmpty();
    }

    @Test
    void a_service_manager_that_is_gone_is_no_reason_to_fail() {
        try (Notifier notifier =
                open(Map.of("NOTIFY_SOCKET", directory.resolve("nobody").toString(), "WATCHDOG_USEC", "soon"))) {
            notifier.saw(Brief.of(Snapshots.sample()));
        }
        assertThat(heard).isEmpty();
    }

    private static Notifier open(Map<String, String> environment) {
        return Notifier.open(environment, PID).orElseThrow();
    }

    private @Nullable String next() throws InterruptedException {
        return heard.poll(20, TimeUnit.SECONDS);
    }

    private void listen(String path) {
        Channel _ = new Bootstrap()
                .group(eventLoop)
                .channel(EpollDomainDatagramChannel.class)
                .handler(new SimpleChannelInboundHandler<DomainDatagramPacket>() {
                    @Override
                    protected void channelRead0(ChannelHandlerContext context, DomainDatagramPacket packet) {
                        heard.add(packet.content().toString(StandardCharsets.UTF_8));
                    }
                })
                .bind(new DomainSocketAddress(path))
                .syncUninterruptibly()
                .channel();
    }
}
