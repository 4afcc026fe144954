package dev.ballast.health.probe;

import dev.ballast.health.ProbeResult;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Probing over real sockets: one thread, named {@value #THREAD_NAME}, with one Netty event loop, for all probes.
 */
public final class ProbeLoop implements Timers, Probe {
    private static final Logger log = LoggerFactory.getLogger(ProbeLoop.class);
    private static final String THREAD_NAME = "ballast-probe";

    /** How long the loop may take to close its sockets; it needs milliseconds. */
    private static final long CLOSE_TIMEOUT_S = 10;

    /** Makes the loop's thread, which Netty starts with the first task, and knows it until its end. */
    private static final class LoopThread implements ThreadFactory {
        private volatile @Nullable Thread thread;

        @Override
        public Thread newThread(Runnable task) {
            Thread made = new FastThreadLocalThread(task, THREAD_NAME);
            thread = made;
            return made;
        }

        /** Waits for the end of the thread itself: Netty reports the end of its work a moment earlier. */
        boolean hasEnded() {
            Thread started = thread;
            try {
                return started == null || started.join(Duration.ofSeconds(CLOSE_TIMEOUT_S));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return !started.isAlive();
            }
        }
    }

    private final LoopThread thread;
    private final EventLoopGroup group;
    private final IoEventLoop loop;
    private final TcpProbe tcp;

    private ProbeLoop(LoopThread thread, EventLoopGroup group, boolean epoll) {
        this.thread = thread;
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
        LoopThread thread = new LoopThread();
        IoHandlerFactory io = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        return new ProbeLoop(thread, new MultiThreadIoEventLoopGroup(1, thread, io), epoll);
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
        group.shutdownGracefully(0, CLOSE_TIMEOUT_S, TimeUnit.SECONDS)
                .awaitUninterruptibly(CLOSE_TIMEOUT_S, TimeUnit.SECONDS);
        if (!thread.hasEnded()) {
            log.error(
                    "the probe loop did not end within {} s, as if a listener blocked it; take a thread dump and look for {}",
                    2 * CLOSE_TIMEOUT_S,
                    THREAD_NAME);
        }
    }
}
