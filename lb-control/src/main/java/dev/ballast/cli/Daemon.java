package dev.ballast.cli;

import dev.ballast.v1.ApplyRequest;
import dev.ballast.v1.CaptureReply;
import dev.ballast.v1.CaptureRequest;
import dev.ballast.v1.ChangeOptions;
import dev.ballast.v1.ChangeReply;
import dev.ballast.v1.ConfigGrpc;
import dev.ballast.v1.DiffReply;
import dev.ballast.v1.DiffRequest;
import dev.ballast.v1.DoctorReply;
import dev.ballast.v1.DoctorRequest;
import dev.ballast.v1.DrainRequest;
import dev.ballast.v1.EditRequest;
import dev.ballast.v1.EventsReply;
import dev.ballast.v1.EventsRequest;
import dev.ballast.v1.ExplainReply;
import dev.ballast.v1.ExplainRequest;
import dev.ballast.v1.FlowsReply;
import dev.ballast.v1.FlowsRequest;
import dev.ballast.v1.GetConfigReply;
import dev.ballast.v1.GetConfigRequest;
import dev.ballast.v1.HealthReply;
import dev.ballast.v1.HealthRequest;
import dev.ballast.v1.HistoryReply;
import dev.ballast.v1.HistoryRequest;
import dev.ballast.v1.InspectGrpc;
import dev.ballast.v1.OperationGrpc;
import dev.ballast.v1.PlanReply;
import dev.ballast.v1.PlanRequest;
import dev.ballast.v1.Refusal;
import dev.ballast.v1.ReplayReply;
import dev.ballast.v1.ReplayRequest;
import dev.ballast.v1.Revision;
import dev.ballast.v1.RollbackRequest;
import dev.ballast.v1.StatusGrpc;
import dev.ballast.v1.StatusReply;
import dev.ballast.v1.StatusRequest;
import dev.ballast.v1.SwapReply;
import dev.ballast.v1.SwapRequest;
import dev.ballast.v1.TeardownReply;
import dev.ballast.v1.TeardownRequest;
import dev.ballast.v1.TopReply;
import dev.ballast.v1.TopRequest;
import dev.ballast.v1.WatchConfigRequest;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.BlockingClientCall;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A connection to the daemon, and what its failures mean to an operator. Everything up to {@link #connect} returning
 * is "unreachable"; a change that fails after it without a refusal may have happened.
 *
 * <p>The JDK's own unix sockets carry it: Netty's epoll would unpack a native library at each start.
 */
final class Daemon implements AutoCloseable {
    private static final long CONNECT_TIMEOUT_MS = 3_000;
    private static final long READ_TIMEOUT_MS = 10_000;

    /** It looks at every interface and asks the kernel many things. */
    private static final long DOCTOR_TIMEOUT_MS = 30_000;

    /** The largest configuration takes some 20 s. */
    private static final long CHANGE_TIMEOUT_MS = 45_000;

    /** How often a change with a request id is sent at most. */
    private static final int ATTEMPTS = 3;

    private static final long RECONNECT_TIMEOUT_MS = 5_000;
    private static final long RECONNECT_PAUSE_MS = 100;

    /** What asks a copy of the program waits until the kernel has verified it, which takes a slow or busy machine a while. */
    private static final long COPY_TIMEOUT_MS = 60_000;

    /** A refusal can name hundreds of problems; the proto asks for this much. */
    private static final int METADATA_MAX_BYTES = 128 * 1024;

    private static final int MESSAGE_MAX_BYTES = 64 * 1024 * 1024;

    private static final Metadata.Key<Refusal> REFUSAL = ProtoUtils.keyForProto(Refusal.getDefaultInstance());

    /** No socket, on every Linux. */
    private static final Path NOBODY = Path.of("/dev/null");

    private final Shell shell;
    private final String verb;
    private final EventLoopGroup eventLoop;
    private final ManagedChannel channel;

    private Daemon(Path socket, Shell shell, String verb) {
        this.shell = shell;
        this.verb = verb;
        eventLoop = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("daemon", /* daemon= */ true), NioIoHandler.newFactory());
        channel = NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(socket))
                .channelFactory(NioDomainSocketChannel::new, UnixDomainSocketAddress.class)
                .eventLoopGroup(eventLoop)
                // gRPC sets it on every channel; a unix socket has none, and null takes it back.
                .withOption(ChannelOption.SO_KEEPALIVE, null)
                .maxInboundMetadataSize(METADATA_MAX_BYTES)
                .maxInboundMessageSize(MESSAGE_MAX_BYTES)
                .disableRetry()
                .usePlaintext()
                .directExecutor()
                .build();
    }

    /**
     * Connects to where nobody answers. What gRPC and Netty initialise on the way to that takes half of a command's start: a thread of
     * its own does it while another one reads the command line.
     */
    static void prepare(Shell shell) {
        try (Daemon nobody = new Daemon(NOBODY, shell, "")) {
            var _ = nobody.awaitReady();
        }
    }

    /** Connects, or fails with {@link ExitStatus#UNREACHABLE} and the reason. */
    static Daemon connect(Path socket, String instance, Shell shell, String verb) {
        Daemon daemon = new Daemon(socket, shell, verb);
        if (!daemon.awaitReady()) {
            daemon.close();
            throw Unreachable.diagnose(socket, instance);
        }
        return daemon;
    }

    private boolean awaitReady() {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CONNECT_TIMEOUT_MS);
        try {
            while (true) {
                ConnectivityState state = channel.getState(/* requestConnection= */ true);
                if (state == ConnectivityState.READY) {
                    return true;
                }
                CountDownLatch changed = new CountDownLatch(1);
                channel.notifyWhenStateChanged(state, changed::countDown);
                if (state == ConnectivityState.TRANSIENT_FAILURE
                        || !changed.await(deadlineNs - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                    return false;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    GetConfigReply config(GetConfigRequest request) {
        return ask(() -> ConfigGrpc.newBlockingStub(channel)
                .withDeadlineAfter(READ_TIMEOUT_MS, TimeUnit.MILLISECONDS)
                .get(request));
    }

    /** {@code source} is what the line numbers of a refusal belong to. */
    DiffReply diff(DiffRequest request, String source) {
        return ask(
                source,
                () -> ConfigGrpc.newBlockingStub(channel)
                        .withDeadlineAfter(READ_TIMEOUT_MS, TimeUnit.MILLISECONDS)
                        .diff(request));
    }

    HistoryReply history(HistoryRequest request) {
        return ask(() -> ConfigGrpc.newBlockingStub(channel)
                .withDeadlineAfter(READ_TIMEOUT_MS, TimeUnit.MILLISECONDS)
                .history(request));
    }

    /** Hands each revision to {@code reader} until it answers false, or the daemon ends the watch. */
    void watch(WatchConfigRequest request, Predicate<Revision> reader) {
        readAll(() -> ConfigGrpc.newBlockingStub(channel).watch(request), reader);
    }

    StatusReply status(StatusRequest request) {
        return ask(() -> readingStatus().get(request));
    }

    HealthReply health(HealthRequest request) {
        return ask(() -> readingStatus().health(request));
    }

    DoctorReply doctor(DoctorRequest request) {
        return ask(() -> StatusGrpc.newBlockingStub(channel)
                .withDeadlineAfter(DOCTOR_TIMEOUT_MS, TimeUnit.MILLISECONDS)
                .doctor(request));
    }

    /** Hands each portion to {@code reader} until it answers false, or there are no more. */
    void events(EventsRequest request, Predicate<EventsReply> reader) {
        readAll(() -> StatusGrpc.newBlockingStub(channel).events(request), reader);
    }

    /** Hands the rates of each period to {@code reader} until it answers false, or the daemon ends the call. */
    void top(TopRequest request, Predicate<TopReply> reader) {
        readAll(() -> InspectGrpc.newBlockingStub(channel).top(request), reader);
    }

    /** Hands each portion to {@code reader} until it answers false, or the daemon ends the capture. */
    void capture(CaptureRequest request, Predicate<CaptureReply> reader) {
        readAll(() -> InspectGrpc.newBlockingStub(channel).capture(request), reader);
    }

    private StatusGrpc.StatusBlockingStub readingStatus() {
        return StatusGrpc.newBlockingStub(channel).withDeadlineAfter(READ_TIMEOUT_MS, TimeUnit.MILLISECONDS);
    }

    /** Hands each state to {@code reader} until it answers false, or the daemon ends the watch. */
    void watch(StatusRequest request, Predicate<StatusReply> reader) {
        readAll(() -> StatusGrpc.newBlockingStub(channel).watch(request), reader);
    }

    private <T> void readAll(Supplier<Iterator<T>> stream, Predicate<T> reader) {
        read(() -> {
            Iterator<T> replies = stream.get();
            while (replies.hasNext() && reader.test(replies.next())) {}
            return true;
        });
    }

    FlowsReply flows(FlowsRequest request) {
        return ask(() -> InspectGrpc.newBlockingStub(channel)
                .withDeadlineAfter(READ_TIMEOUT_MS, TimeUnit.MILLISECONDS)
                .flows(request));
    }

    ExplainReply explain(ExplainRequest request) {
        return ask(() -> InspectGrpc.newBlockingStub(channel)
                .withDeadlineAfter(COPY_TIMEOUT_MS, TimeUnit.MILLISECONDS)
                .explain(request));
    }

    /** Begins a replay. Closing it, or the connection, gives up what the daemon holds for it. */
    Replay replay() {
        return new Replay(InspectGrpc.newBlockingV2Stub(channel).replay());
    }

    /** A replay: packets go in and verdicts come out, in turns. */
    final class Replay implements AutoCloseable {
        private final BlockingClientCall<ReplayRequest, ReplayReply> call;

        private Replay(BlockingClientCall<ReplayRequest, ReplayReply> call) {
            this.call = call;
        }

        /** The verdicts on these packets. */
        ReplayReply run(ReplayRequest packets) {
            return read(() -> {
                try {
                    call.write(packets);
                    ReplayReply reply = call.read(COPY_TIMEOUT_MS, TimeUnit.MILLISECONDS);
                    if (reply == null) {
                        throw Status.UNAVAILABLE
                                .withDescription("the daemon ended the replay")
                                .asRuntimeException();
                    }
                    return reply;
                } catch (StatusException e) {
                    throw new StatusRuntimeException(e.getStatus(), e.getTrailers());
                } catch (TimeoutException e) {
                    throw Status.DEADLINE_EXCEEDED.asRuntimeException();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw Status.CANCELLED.withDescription("interrupted").asRuntimeException();
                }
            });
        }

        @Override
        public void close() {
            call.cancel("the command has ended", null);
        }
    }

    /** {@code source} is what the line numbers of a refusal belong to. */
    PlanReply plan(PlanRequest request, String source) {
        return ask(
                source,
                () -> ConfigGrpc.newBlockingStub(channel)
                        .withDeadlineAfter(CHANGE_TIMEOUT_MS, TimeUnit.MILLISECONDS)
                        .plan(request));
    }

    /** {@code source} is what the line numbers of a refusal belong to. */
    ChangeReply apply(ApplyRequest request, String source) {
        return change(source, request.getOptions(), () -> changing().apply(request));
    }

    ChangeReply edit(EditRequest request) {
        return change("", request.getOptions(), () -> changing().edit(request));
    }

    ChangeReply rollback(RollbackRequest request) {
        return change("", request.getOptions(), () -> changing().rollback(request));
    }

    ChangeReply drain(DrainRequest request) {
        return change("", request.getOptions(), () -> operation().drain(request));
    }

    ChangeReply undrain(DrainRequest request) {
        return change("", request.getOptions(), () -> operation().undrain(request));
    }

    SwapReply swap(SwapRequest request) {
        return change("", request.getOptions(), () -> operation().swap(request));
    }

    TeardownReply teardown(TeardownRequest request) {
        return change("", ChangeOptions.getDefaultInstance(), () -> operation().teardown(request));
    }

    private ConfigGrpc.ConfigBlockingStub changing() {
        return ConfigGrpc.newBlockingStub(channel).withDeadlineAfter(CHANGE_TIMEOUT_MS, TimeUnit.MILLISECONDS);
    }

    private OperationGrpc.OperationBlockingStub operation() {
        return OperationGrpc.newBlockingStub(channel).withDeadlineAfter(CHANGE_TIMEOUT_MS, TimeUnit.MILLISECONDS);
    }

    /** A question with one answer. */
    private <T> T ask(Supplier<T> call) {
        return ask("", call);
    }

    private <T> T ask(String source, Supplier<T> call) {
        try (var _ = Waiting.begin(shell, "waiting for the daemon")) {
            return read(source, call);
        }
    }

    private <T> T read(Supplier<T> call) {
        return read("", call);
    }

    private <T> T read(String source, Supplier<T> call) {
        try {
            return call.get();
        } catch (StatusRuntimeException e) {
            throw switch (e.getStatus().getCode()) {
                case UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED ->
                    refusal(e) == null
                            ? new CommandFailure(ExitStatus.UNREACHABLE, "the daemon does not answer: " + text(e))
                            : refused(e, source);
                default -> refused(e, source);
            };
        }
    }

    /**
     * Sends a change. Where the connection is lost before the answer, a change with a request id is sent again: the daemon
     * knows the id of what it has accepted. Any other failure without a refusal means that it may have happened, except
     * where gRPC turned it away before the daemon saw it.
     *
     * @param call sends it, each time with a deadline of its own
     */
    private <T> T change(String source, ChangeOptions options, Supplier<T> call) {
        try (var _ = shell.interrupts()
                        .whileOpen(
                                ExitStatus.UNKNOWN,
                                () -> shell.err()
                                        .println(
                                                "ballast: interrupted: the change was sent and may happen; `ballast status` shows what"
                                                        + " runs"));
                var _ = Waiting.begin(shell, "waiting until it is done")) {
            return changeAndRetry(source, options, call);
        }
    }

    private <T> T changeAndRetry(String source, ChangeOptions options, Supplier<T> call) {
        for (int attempt = 1; ; attempt++) {
            try {
                return call.get();
            } catch (StatusRuntimeException e) {
                Status.Code code = e.getStatus().getCode();
                boolean turnedAway = code == Status.Code.UNIMPLEMENTED || code == Status.Code.RESOURCE_EXHAUSTED;
                if (turnedAway || refusal(e) != null) {
                    throw refused(e, source);
                }
                boolean repeatable =
                        !options.getRequestId().isEmpty() && code == Status.Code.UNAVAILABLE && attempt < ATTEMPTS;
                if (!repeatable || !reconnect()) {
                    throw outcomeUnknown(e, options.getRequestId());
                }
            }
        }
    }

    private CommandFailure outcomeUnknown(StatusRuntimeException failure, String requestId) {
        return new CommandFailure(
                ExitStatus.UNKNOWN,
                "the change was sent but its outcome is unknown: " + text(failure)
                        + "; `ballast status` shows what runs now"
                        + (requestId.isEmpty()
                                ? ""
                                : ", and the same command with --request-id " + requestId
                                        + " makes sure without making it twice"));
    }

    /** A daemon that was restarted listens again after a second or two. */
    private boolean reconnect() {
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(RECONNECT_TIMEOUT_MS);
        while (System.nanoTime() < deadlineNs) {
            channel.resetConnectBackoff();
            if (awaitReady()) {
                return true;
            }
            try {
                Thread.sleep(RECONNECT_PAUSE_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return false;
    }

    private CommandFailure refused(StatusRuntimeException failure, String source) {
        Refusal refusal = refusal(failure);
        int exitStatus =
                failure.getStatus().getCode() == Status.Code.ABORTED ? ExitStatus.CONFLICT : ExitStatus.REFUSED;
        return refusal == null
                ? new CommandFailure(exitStatus, text(failure))
                : CommandFailure.refused(exitStatus, refusal, source);
    }

    private static @Nullable Refusal refusal(StatusRuntimeException failure) {
        Metadata trailers = failure.getTrailers();
        return trailers == null ? null : trailers.get(REFUSAL);
    }

    private String text(StatusRuntimeException failure) {
        String code = failure.getStatus().getCode().name();
        String description = Objects.requireNonNullElse(failure.getStatus().getDescription(), code);
        return switch (failure.getStatus().getCode()) {
            case UNAVAILABLE -> "the connection was lost (" + description + ")";
            case DEADLINE_EXCEEDED -> "no answer in time";
            case UNIMPLEMENTED ->
                "the daemon does not know what `ballast %s` asks: it is of another version; `ballast status` and `ballast --version` tell which"
                        .formatted(verb);
            default -> description;
        };
    }

    @Override
    public void close() {
        channel.shutdownNow();
        var _ = eventLoop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
