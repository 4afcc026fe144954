package dev.ballast.control.grpc;

import dev.ballast.control.inspect.Inspector;
import dev.ballast.v1.CaptureReply;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One caller of a capture, served by a thread of its own: packets are taken out of the kernel's buffer only while the caller reads,
 * so that what waits for a slow one is that buffer and one message. The capture is closed on whichever end comes first.
 */
final class CaptureCall {
    private static final Logger LOG = LoggerFactory.getLogger(CaptureCall.class);

    /** 1,000 heads are about 200 KB. */
    private static final int PORTION = 1_000;

    /** How soon an end of the call is noticed. */
    private static final int LOOK_MS = 100;

    private final ServerCallStreamObserver<CaptureReply> call;
    private final Inspector.Capture capture;
    private final long limit;
    private final long durationMs;
    private final String by = Caller.current();
    private boolean ended;

    /**
     * @param limit packets; 0: without
     * @param durationMs 0: without end
     */
    CaptureCall(ServerCallStreamObserver<CaptureReply> call, Inspector.Capture capture, long limit, long durationMs) {
        this.call = call;
        this.capture = capture;
        this.limit = limit == 0 ? Long.MAX_VALUE : limit;
        this.durationMs = durationMs == 0 ? Long.MAX_VALUE : durationMs;
    }

    void start() {
        Thread.ofPlatform().name("capture").daemon().start(this::run);
    }

    private void run() {
        long packets = 0;
        long lost = 0;
        long beganNs = System.nanoTime();
        try (capture) {
            send(CaptureReply.getDefaultInstance());
            while (packets < limit && elapsedMs(beganNs) < durationMs && awaitReady()) {
                long restMs = durationMs - elapsedMs(beganNs);
                Inspector.Portion portion = capture.take(
                        Math.toIntExact(Math.min(PORTION, limit - packets)),
                        Math.toIntExact(Math.clamp(restMs, 0, LOOK_MS)));
                packets += portion.packets().size();
                if (!portion.packets().isEmpty() || portion.lost() != lost) {
                    send(CaptureMessages.reply(portion));
                }
                lost = portion.lost();
            }
            if (stop()) {
                call.onCompleted();
            }
        } catch (RuntimeException e) {
            if (stop()) {
                call.onError(Failures.of(e));
            }
        }
        LOG.atInfo()
                .setMessage("captured")
                .addKeyValue("packets", packets)
                .addKeyValue("lost", lost)
                .addKeyValue("by", by)
                .log();
    }

    private static long elapsedMs(long beganNs) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNs);
    }

    private synchronized void send(CaptureReply reply) {
        if (!ended) {
            call.onNext(reply);
        }
    }

    /** Waits a look's time at most until the caller reads; false when the call has ended. */
    private synchronized boolean awaitReady() {
        try {
            while (!ended && !call.isReady()) {
                wait(LOOK_MS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        return !ended;
    }

    /** The caller reads again. */
    synchronized void ready() {
        notifyAll();
    }

    /** Nothing is sent after this; whether something might have been until then. */
    synchronized boolean stop() {
        boolean wasOpen = !ended;
        ended = true;
        notifyAll();
        return wasOpen;
    }
}
