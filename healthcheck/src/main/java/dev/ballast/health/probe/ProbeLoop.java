package dev.ballast.health.probe;

import dev.ballast.health.ProbeResult;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Probing over real sockets: one thread, named {@value #THREAD_NAME}, with one Netty event loop. It is enough for tens of thousands
 * of probes per second.
 */
public final class ProbeLoop implements Timers, Probe {
    private static final Logger log = LoggerFactory.getLogger(ProbeLoop.class);
    private static final String THREAD_NAME = "ballast-probe";

    /** How long the loop may take to close its sockets; it needs milliseconds. */
    private static final long CLOSE_TIMEOUT_S = 10;

    private final EventLoopGroup group;
    private final IoEventLoop loop;
    private final TcpProbe tcp;

    private ProbeLoop(EventLoopGroup group, boolean epoll) {
        this.group = group;
        this.loop = (IoEventLoop) group.next();
        this.tcp = new TcpProbe(loop, epoll);
    }

    /** Starts the loop: on native epoll, or on the JDK's selector, with a line in the log, where Netty's library does not load. */
    public static ProbeLoop open() {
        boolean epoll = Epoll.isAvailable();
        if (!epoll) {
            log.warn(
                    "native epoll is not available ({}): probing through the JDK's selector, at more CPU for each probe;"
                            + " install netty-transport-native-epoll for this machine's architecture",
                    String.valueOf(Epoll.unavailabilityCause()));
        }
        return open(epoll);
    }

    static ProbeLoop open(boolean epoll) {
        return new ProbeLoop(
                new MultiThreadIoEventLoopGroup(
                        1,
                        new DefaultThreadFactory(THREAD_NAME),
                        epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory()),
                epoll);
    }

    @Override
    public Attempt start(InetSocketAddress target, ProbeSpec spec, Consumer<ProbeResult> done) {
        return switch (spec) {
            case ProbeSpec.TcpConnect connect -> tcp.start(target, connect, done);
        };
    }

    @Override
    public long nowNs() {
        return System.nanoTime();
    }

    @Override
    public void execute(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            log.debug("a task came after the probe loop was closed", e);
        }
    }

    @Override
    public Pending schedule(long delayNs, Runnable task) {
        Future<?> future = loop.schedule(task, delayNs, TimeUnit.NANOSECONDS);
        return () -> future.cancel(false);
    }

    @Override
    public void close() {
        if (loop.inEventLoop()) {
            throw new IllegalStateException(
                    "the probe loop was closed from its own thread, which would wait for itself; close it from another one");
        }
        if (!group.shutdownGracefully(0, CLOSE_TIMEOUT_S, TimeUnit.SECONDS)
                .awaitUninterruptibly(CLOSE_TIMEOUT_S, TimeUnit.SECONDS)) {
            log.error(
                    "the probe loop did not end within {} s: a listener blocks it; take a thread dump and look for {}",
                    CLOSE_TIMEOUT_S,
                    THREAD_NAME);
        }
    }
}
