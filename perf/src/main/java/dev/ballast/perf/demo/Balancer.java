package dev.ballast.perf.demo;

import dev.ballast.lab.ExecResult;
import dev.ballast.lab.Host;
import dev.ballast.lab.LabProcess;
import dev.ballast.lab.Signal;
import dev.ballast.v1.StatusGrpc;
import dev.ballast.v1.StatusReply;
import dev.ballast.v1.StatusRequest;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One {@code ballastd} in a balancer of the lab, and the {@code ballast} command that talks to it. */
public final class Balancer implements AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration END_LIMIT = Duration.ofSeconds(60);
    private static final Duration COMMAND_LIMIT = Duration.ofSeconds(60);
    private static final long POLL_NS = 50_000_000;
    /** The status of ten thousand services is larger than what gRPC takes by itself. */
    private static final int MESSAGE_MAX_BYTES = 128 << 20;

    private final Host host;
    private final Path binaries;
    private final Path directory;
    private final Path pins;
    private final Path socket;
    private final EventLoopGroup group;
    private final ManagedChannel channel;
    private @Nullable LabProcess daemon;

    /**
     * A daemon that does not run yet.
     *
     * @param distribution the folder with {@code bin/ballastd}
     */
    public Balancer(Host host, Path distribution) {
        this(host, distribution, "default");
    }

    /**
     * One of several on a host, each with its files and pins in a folder of its own.
     *
     * @param instance its name
     */
    public Balancer(Host host, Path distribution, String instance) {
        this.host = host;
        this.binaries = distribution.resolve("bin");
        this.directory = host.stateDirectory().resolve(instance);
        this.pins = host.bpffs().resolve(instance);
        this.socket = directory.resolve("ballast.sock");
        this.group = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("demo-status", true), EpollIoHandler.newFactory());
        this.channel = NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
                .eventLoopGroup(group)
                .channelType(EpollDomainSocketChannel.class)
                .withOption(ChannelOption.SO_KEEPALIVE, null) // gRPC sets it everywhere; a unix socket has none
                .maxInboundMessageSize(MESSAGE_MAX_BYTES)
                .usePlaintext()
                .build();
    }

    /** Where configuration {@code name} is kept. */
    public Path write(String name, String yaml) {
        try {
            Path file = directory.resolve(name);
            Files.createDirectories(file.getParent());
            return Files.writeString(file, yaml);
        } catch (IOException e) {
            throw new IllegalStateException("cannot write " + name + " of " + host + ": " + e, e);
        }
    }

    /** The words of {@code ballastd}, as an operator would type them. */
    public List<String> daemonCommand(Path config) {
        return List.of(
                binaries.resolve("ballastd").toString(),
                "--config",
                config.toString(),
                "--state",
                stateDirectory().toString(),
                "--socket",
                socket.toString(),
                "--pins",
                pins.toString());
    }

    /** Where the daemon keeps what has to outlive it. */
    public Path stateDirectory() {
        return directory.resolve("state");
    }

    /** Where program, links and maps are pinned. */
    public Path pins() {
        return pins;
    }

    /** Starts the daemon and waits until it answers. */
    public void start(Path config) {
        launch(config);
        await(_ -> true, "answers", running());
    }

    /** Starts the daemon and does not wait for anything. */
    public void launch(Path config) {
        daemon = host.spawn(daemonCommand(config).toArray(String[]::new));
    }

    /** The daemon's process id. */
    public long pid() {
        return running().pid();
    }

    /** Fails, with what it said, if the daemon has ended. */
    public void requireAlive() {
        requireAlive(running());
    }

    private void requireAlive(LabProcess process) {
        if (!process.isAlive()) {
            throw new IllegalStateException("ballastd on %s ended: %s".formatted(host, process.output()));
        }
    }

    /** The connection to the daemon; it comes up with the first call that finds one. */
    public ManagedChannel channel() {
        return channel;
    }

    /**
     * Ends the daemon with a signal and waits for its end.
     *
     * @return its exit status
     */
    public int stop(Signal signal) {
        running().signal(signal);
        return awaitEnd();
    }

    /**
     * Waits until the daemon has ended by itself.
     *
     * @return its exit status
     */
    public int awaitEnd() {
        int exit = running().waitFor(END_LIMIT);
        daemon = null;
        return exit;
    }

    private LabProcess running() {
        LabProcess running = daemon;
        if (running == null) {
            throw new IllegalStateException("no daemon runs on " + host);
        }
        return running;
    }

    /** What the daemon has said since it was started. */
    public String log() {
        LabProcess running = daemon;
        return running == null ? "" : running.output();
    }

    /** Runs {@code ballast} with these words; any exit status. */
    public ExecResult ballast(String... words) {
        return host.exec(COMMAND_LIMIT, ballastCommand(words).toArray(String[]::new));
    }

    /** The words of {@code ballast}, as an operator would type them. */
    public List<String> ballastCommand(String... words) {
        List<String> command = new ArrayList<>();
        command.add(binaries.resolve("ballast").toString());
        command.add("--socket");
        command.add(socket.toString());
        command.addAll(List.of(words));
        return command;
    }

    /** The state, if the daemon answers. */
    public Optional<StatusReply> status() {
        try {
            return Optional.of(StatusGrpc.newBlockingStub(channel)
                    .withDeadlineAfter(2, TimeUnit.SECONDS)
                    .get(StatusRequest.getDefaultInstance()));
        } catch (StatusRuntimeException e) {
            channel.resetConnectBackoff();
            return Optional.empty();
        }
    }

    /** Waits until the state is as wanted; fails with what it was when that takes too long. */
    public StatusReply await(Predicate<StatusReply> wanted, String what) {
        return await(wanted, what, daemon);
    }

    private StatusReply await(Predicate<StatusReply> wanted, String what, @Nullable LabProcess process) {
        long deadline = System.nanoTime() + START_LIMIT.toNanos();
        Optional<StatusReply> last = Optional.empty();
        while (System.nanoTime() < deadline) {
            last = status();
            if (last.filter(wanted).isPresent()) {
                return last.get();
            }
            if (process != null) {
                requireAlive(process);
            }
            LockSupport.parkNanos(POLL_NS);
        }
        throw new IllegalStateException("ballastd on %s: not within %s that it %s; its state is %s; its log: %s"
                .formatted(host, START_LIMIT, what, last.map(Object::toString).orElse("unknown"), log()));
    }

    /** Closes the connection to the daemon; the daemon itself ends with the lab. */
    @Override
    public void close() {
        channel.shutdownNow();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
