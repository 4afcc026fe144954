package dev.ballast.control.grpc;

import com.google.protobuf.UnsafeByteOperations;
import dev.ballast.control.inspect.Inspector;
import dev.ballast.control.loop.Control;
import dev.ballast.control.loop.Snapshot;
import dev.ballast.datapath.Probe;
import dev.ballast.v1.CaptureReply;
import dev.ballast.v1.CaptureRequest;
import dev.ballast.v1.ExplainReply;
import dev.ballast.v1.ExplainRequest;
import dev.ballast.v1.FlowsReply;
import dev.ballast.v1.FlowsRequest;
import dev.ballast.v1.InspectGrpc;
import dev.ballast.v1.ReplayPacket;
import dev.ballast.v1.ReplayReply;
import dev.ballast.v1.ReplayRequest;
import dev.ballast.v1.ReplayVerdict;
import dev.ballast.v1.TopReply;
import dev.ballast.v1.TopRequest;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code ballast.v1.Inspect}. */
final class InspectService extends InspectGrpc.InspectImplBase {
    private static final Logger LOG = LoggerFactory.getLogger(InspectService.class);

    /** The loop reads the counters as often. */
    private static final int TOP_PERIOD_MIN_MS = 1_000;

    private static final int TOP_PERIOD_MAX_MS = 3_600_000;

    private final Control control;
    private final Inspector inspector;
    private final Answers answers;
    private final Watches watches;
    private final Executor executor;
    private final Duration idle;

    /** @param idle how long a caller may send nothing before its replay is given up */
    InspectService(
            Control control, Inspector inspector, Answers answers, Watches watches, Executor executor, Duration idle) {
        this.control = control;
        this.answers = answers;
        this.watches = watches;
        this.inspector = inspector;
        this.executor = executor;
        this.idle = idle;
    }

    @Override
    public StreamObserver<ReplayRequest> replay(StreamObserver<ReplayReply> observer) {
        ServerCallStreamObserver<ReplayReply> call = (ServerCallStreamObserver<ReplayReply>) observer;
        call.disableAutoRequest();
        Inspector.Replay replay;
        try {
            replay = inspector.replay();
        } catch (RuntimeException e) {
            call.onError(Failures.of(e));
            return ignoring();
        }
        ReplayCall packets = new ReplayCall(call, replay);
        call.setOnCancelHandler(packets::cancelled);
        call.setOnCloseHandler(packets::cancelled); // also by somebody before us, who refused a message
        call.setOnReadyHandler(packets::ready);
        packets.ready();
        return packets;
    }

    @Override
    public void explain(ExplainRequest request, StreamObserver<ExplainReply> call) {
        ExplainReply reply;
        try {
            Probe probe = ExplainMessages.probe(request);
            reply = ExplainMessages.reply(probe, inspector.explain(probe));
        } catch (RuntimeException e) {
            call.onError(Failures.of(e));
            return;
        }
        call.onNext(reply);
        call.onCompleted();
    }

    @Override
    public void flows(FlowsRequest request, StreamObserver<FlowsReply> call) {
        answers.whenKnown(
                call,
                () -> {
                    StatusService.requireService(control.snapshot(), request.getService());
                    return control.flows();
                },
                counted -> FlowMessages.flows(control.snapshot(), request.getService(), counted));
    }

    @Override
    public void top(TopRequest request, StreamObserver<TopReply> call) {
        Snapshot first;
        TopRates rates;
        try {
            first = control.snapshot();
            StatusService.requireService(first, request.getService());
            rates = new TopRates(request.getService(), periodMs(request), first);
        } catch (RuntimeException e) {
            call.onError(Failures.of(e));
            return;
        }
        watches.add(call, first, rates::next);
    }

    @Override
    public void capture(CaptureRequest request, StreamObserver<CaptureReply> observer) {
        ServerCallStreamObserver<CaptureReply> call = (ServerCallStreamObserver<CaptureReply>) observer;
        CaptureCall capture;
        try {
            Inspector.CaptureFilter filter = CaptureMessages.filter(request);
            StatusService.requireService(control.snapshot(), request.getService());
            capture = new CaptureCall(
                    call,
                    inspector.capture(filter),
                    Integer.toUnsignedLong(request.getLimit()),
                    Integer.toUnsignedLong(request.getDurationMs()));
        } catch (RuntimeException e) {
            call.onError(Failures.of(e));
            return;
        }
        call.setOnReadyHandler(capture::ready);
        watches.keep(call, capture::stop);
        capture.start();
    }

    private static int periodMs(TopRequest request) {
        int periodMs = request.getPeriodMs();
        if (periodMs == 0) {
            return TOP_PERIOD_MIN_MS;
        }
        if (periodMs < TOP_PERIOD_MIN_MS || periodMs > TOP_PERIOD_MAX_MS) {
            String given = Integer.toUnsignedString(periodMs);
            String allowed = "0 for a second, or " + TOP_PERIOD_MIN_MS + " to " + TOP_PERIOD_MAX_MS;
            throw Failures.invalid("period_ms", given, allowed, "a period of " + given + " ms: give " + allowed);
        }
        return periodMs;
    }

    private static <Q> StreamObserver<Q> ignoring() {
        return new StreamObserver<>() {
            @Override
            public void onNext(Q request) {}

            @Override
            public void onError(Throwable failure) {}

            @Override
            public void onCompleted() {}
        };
    }

    /**
     * One caller. The next request is asked for only when the reply to the last one could be sent: neither side buffers more
     * than one. The kernel's part is given back on whichever end comes first.
     */
    private final class ReplayCall implements StreamObserver<ReplayRequest> {
        private final ServerCallStreamObserver<ReplayReply> call;
        private final Inspector.Replay replay;
        private final String by = Caller.current();
        private CompletableFuture<Void> patience = CompletableFuture.completedFuture(null);
        private boolean asked;
        private boolean ended;
        private long packets;

        ReplayCall(ServerCallStreamObserver<ReplayReply> call, Inspector.Replay replay) {
            this.call = call;
            this.replay = replay;
        }

        synchronized void ready() {
            if (!ended && !asked && call.isReady()) {
                asked = true;
                await();
                call.request(1);
            }
        }

        /** Waits for the caller, in both directions, for so long. */
        private void await() {
            patience.complete(null);
            CompletableFuture<Void> next = new CompletableFuture<>();
            patience = next;
            var _ = next.orTimeout(idle.toMillis(), TimeUnit.MILLISECONDS)
                    .whenCompleteAsync(
                            (_, timeout) -> {
                                if (timeout != null) {
                                    fail(Status.DEADLINE_EXCEEDED
                                            .withDescription("nothing came for " + idle.toSeconds()
                                                    + " s; the replay was given up, begin it anew")
                                            .asRuntimeException());
                                }
                            },
                            executor);
        }

        @Override
        public synchronized void onNext(ReplayRequest request) {
            if (ended) {
                return;
            }
            ReplayReply.Builder reply = ReplayReply.newBuilder().setProgramTag(replay.tag());
            try {
                for (ReplayPacket packet : request.getPacketsList()) {
                    reply.addVerdicts(verdict(packet));
                    packets++;
                }
            } catch (RuntimeException e) {
                call.onNext(reply.build()); // those before it
                fail(Failures.of(e));
                return;
            }
            await();
            asked = false;
            call.onNext(reply.build());
            ready();
        }

        private ReplayVerdict verdict(ReplayPacket packet) {
            byte[] head = packet.getHead().toByteArray();
            Inspector.Verdict verdict = replay.run(
                    packet.getTimeUnixNs(), head, packet.getLength() == 0 ? head.length : packet.getLength());
            return ReplayVerdict.newBuilder()
                    .setClass_(verdict.verdictClass())
                    .setReason(verdict.reason())
                    .setService(verdict.service())
                    .setBackend(verdict.backend())
                    .setSent(UnsafeByteOperations.unsafeWrap(verdict.sent()))
                    .build();
        }

        @Override
        public synchronized void onCompleted() {
            if (end()) {
                call.onCompleted();
            }
        }

        @Override
        public void onError(Throwable failure) {
            cancelled();
        }

        synchronized void cancelled() {
            end();
        }

        private synchronized void fail(RuntimeException failure) {
            if (end()) {
                call.onError(failure);
            }
        }

        /** Whether it had not ended before. */
        private boolean end() {
            if (ended) {
                return false;
            }
            ended = true;
            patience.complete(null);
            replay.close();
            LOG.atInfo()
                    .setMessage("replayed")
                    .addKeyValue("packets", packets)
                    .addKeyValue("program", replay.tag())
                    .addKeyValue("by", by)
                    .log();
            return true;
        }
    }
}
