package dev.ballast.control.grpc;

import dev.ballast.control.doctor.Finding;
import dev.ballast.control.inspect.Inspector;
import dev.ballast.control.loop.Control;
import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves {@code ballast.v1}, {@code grpc.health.v1} and server reflection on a unix socket, from {@link #start} to
 * {@link #close}. Both may be called from any thread but the control loop's.
 */
public final class GrpcServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GrpcServer.class);

    /** A configuration or object of just under 16 MiB, and what the message has around it. */
    private static final int MESSAGE_MAX_BYTES = 16 * 1024 * 1024 + 64 * 1024;

    private static final int CALLS_MAX = 32;
    /** Of the calls. */
    private static final int WAITS_MAX = 16;

    private static final int STREAMS_MAX = 64;
    /** Four states of ten thousand services that nobody has read. */
    private static final int UNREAD_MAX_KIB = 64 * 1024;

    private static final Duration UNREAD_PATIENCE = Duration.ofSeconds(10);

    /**
     * Longer than the largest change takes, some 20 s, so that its answer comes first. A replay whose caller sends
     * nothing for as long is given up.
     */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** For calls that are being answered when the daemon stops. */
    private static final Duration FAREWELL = Duration.ofSeconds(2);

    private final SocketFile socket;
    private final EventLoopGroup eventLoop;
    private final ExecutorService executor;
    private final HealthStatusManager health;
    private final Watches watches;
    private final Server server;
    private volatile Optional<String> warning;
    private volatile String group;
    private final AtomicBoolean closed = new AtomicBoolean();

    private GrpcServer(
            SocketFile socket,
            EventLoopGroup eventLoop,
            ExecutorService executor,
            HealthStatusManager health,
            Watches watches,
            Server server,
            String group,
            Optional<String> warning) {
        this.socket = socket;
        this.eventLoop = eventLoop;
        this.executor = executor;
        this.health = health;
        this.watches = watches;
        this.server = server;
        this.group = group;
        this.warning = warning;
    }

    /**
     * Listens. Missing parent directories are made; the socket of a daemon that died is replaced.
     *
     * @param path of the socket
     * @param group whose members may open it (mode 0660); where there is no such group, only the daemon's user may,
     *     and {@link #warning} says so
     * @param doctor looks over machine, datapath and configuration; called on the thread of a call
     * @throws IOException when another daemon serves the path, or it cannot be made; the message has the cure
     */
    public static GrpcServer start(
            Path path, String group, Control control, Inspector inspector, Supplier<List<Finding>> doctor)
            throws IOException {
        return start(path, group, control, inspector, doctor, PATIENCE);
    }

    /**
     * The same with less or more time.
     *
     * @param patience for an answer, and for what a caller sends next; a change waits half of it to be in force
     */
    public static GrpcServer start(
            Path path,
            String group,
            Control control,
            Inspector inspector,
            Supplier<List<Finding>> doctor,
            Duration patience)
            throws IOException {
        SocketFile socket = SocketFile.claim(path);
        EventLoopGroup eventLoop = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("api", /* daemon= */ true), EpollIoHandler.newFactory());
        ExecutorService executor = Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("api-call-", 0).factory());
        try {
            HealthStatusManager health = new HealthStatusManager();
            UntilDone untilDone = new UntilDone(control, executor, patience.dividedBy(2), WAITS_MAX);
            Answers answers = new Answers(executor, patience, untilDone, new Semaphore(CALLS_MAX));
            Watches watches = new Watches(control, executor);
            Server server = build(
                    socket.bindPath(),
                    eventLoop,
                    executor,
                    health,
                    List.of(
                            new ConfigService(control, answers, watches),
                            new OperationService(control, answers),
                            new StatusService(control, doctor, answers, watches),
                            new InspectService(control, inspector, answers, watches, executor, patience)));
            server.start();
            try {
                Optional<String> warning = socket.publish(group);
                warning.ifPresent(LOG::warn);
                LOG.atInfo()
                        .setMessage("the API listens")
                        .addKeyValue("socket", path)
                        .log();
                return new GrpcServer(socket, eventLoop, executor, health, watches, server, group, warning);
            } catch (IOException | RuntimeException e) {
                server.shutdownNow();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            stop(eventLoop, executor);
            socket.close();
            throw e;
        }
    }

    private static Server build(
            Path bindPath,
            EventLoopGroup eventLoop,
            ExecutorService executor,
            HealthStatusManager health,
            List<BindableService> services) {
        NettyServerBuilder builder = NettyServerBuilder.forAddress(
                        new DomainSocketAddress(bindPath.toFile()), Caller.credentials())
                .channelType(EpollServerDomainSocketChannel.class)
                .bossEventLoopGroup(eventLoop)
                .workerEventLoopGroup(eventLoop)
                .executor(executor)
                .maxInboundMessageSize(MESSAGE_MAX_BYTES)
                .maxConcurrentCallsPerConnection(CALLS_MAX + STREAMS_MAX)
                // gRPC sets it on every channel and Netty warns that a unix socket has none: null takes it back.
                .withChildOption(ChannelOption.SO_KEEPALIVE, null)
                // A caller that is stopped (SIGSTOP) or stuck gives its calls back after this.
                .keepAliveTime(30, TimeUnit.SECONDS)
                .keepAliveTimeout(10, TimeUnit.SECONDS)
                .permitKeepAliveTime(5, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true);
        CallLimit limit = new CallLimit(CALLS_MAX, STREAMS_MAX);
        UnreadLimit unread = new UnreadLimit(UNREAD_MAX_KIB, UNREAD_PATIENCE);
        for (BindableService service : services) {
            var definition = MalformedRequests.refusedBy(service.bindService());
            builder.addService(ServerInterceptors.intercept(definition, Caller.interceptor(), unread, limit));
            health.setStatus(definition.getServiceDescriptor().getName(), ServingStatus.SERVING);
        }
        health.setStatus(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.SERVING);
        builder.addService(ServerInterceptors.intercept(health.getHealthService(), limit));
        builder.addService(ServerInterceptors.intercept(ProtoReflectionServiceV1.newInstance(), limit));
        return builder.build();
    }

    /** From now on members of this group may open the socket, and nobody who is none. Calls that are open stay. Any thread. */
    public synchronized void group(String wanted) {
        if (wanted.equals(group) || closed.get()) {
            return;
        }
        group = wanted;
        try {
            warning = socket.regroup(wanted);
        } catch (IOException e) {
            warning = Optional.of("node.api.group " + wanted + " is not in force: " + e + "; restart the daemon");
        }
        warning.ifPresentOrElse(
                LOG::warn, () -> LOG.atInfo().addKeyValue("group", wanted).log("the API's socket has another group"));
    }

    /** What an operator should know about the socket, for the status; empty when all is as configured. */
    public Optional<String> warning() {
        return warning;
    }

    /**
     * Takes no new calls, gives those under way two seconds to end, cancels the rest, ends the watches, and removes
     * the socket. Idempotent.
     */
    @Override
    public void close() throws IOException {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        // The path goes first: a command that starts now is told that no daemon runs, not cut off halfway. Its lock
        // goes last: the next daemon waits until this one answers nobody any more.
        socket.unpublish();
        health.enterTerminalState();
        watches.end();
        server.shutdown();
        try {
            if (!server.awaitTermination(FAREWELL.toMillis(), TimeUnit.MILLISECONDS)) {
                server.shutdownNow().awaitTermination(FAREWELL.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
        stop(eventLoop, executor);
        socket.close();
    }

    private static void stop(EventLoopGroup eventLoop, ExecutorService executor) {
        executor.shutdown();
        var _ = eventLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
