package dev.ballast.control.grpc;

import com.google.protobuf.MessageLite;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Bounds what is kept for callers that have not read it yet, over all calls: the state of ten thousand services is a message of 14 MB, and
 * 64 watches that never read would hold one each. A message waits for others to be read; one that waits for too long ends its call.
 */
final class UnreadLimit implements ServerInterceptor {
    /** Smaller ones fit into what a connection holds anyway. */
    private static final int SMALL_BYTES = 64 * 1024;

    private final Semaphore freeKib;
    private final int limitKib;
    private final Duration patience;

    /** @param patience how long a message waits for room */
    UnreadLimit(int limitKib, Duration patience) {
        this.limitKib = limitKib;
        this.patience = patience;
        this.freeKib = new Semaphore(limitKib, true);
    }

    /** What is not kept now, KiB. */
    int freeKib() {
        return freeKib.availablePermits();
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        Limited<Q, R> limited = new Limited<>(call);
        return new SimpleForwardingServerCallListener<>(next.startCall(limited, headers)) {
            @Override
            public void onReady() {
                limited.mayBeRead();
                super.onReady();
            }

            @Override
            public void onComplete() {
                limited.end();
                super.onComplete();
            }

            @Override
            public void onCancel() {
                limited.end();
                super.onCancel();
            }
        };
    }

    private final class Limited<Q, R> extends SimpleForwardingServerCall<Q, R> {
        private final AtomicInteger keptKib = new AtomicInteger();
        private volatile boolean over;

        Limited(ServerCall<Q, R> call) {
            super(call);
        }

        /** On a virtual thread of the call, which may wait. */
        @Override
        public void sendMessage(R message) {
            int bytes = message instanceof MessageLite counted ? counted.getSerializedSize() : 0;
            if (over || (bytes > SMALL_BYTES && !keep(Math.min(limitKib, bytes / 1024)))) {
                return;
            }
            super.sendMessage(message);
            mayBeRead();
        }

        /** The one message of an answer is sent with its end only, and until then the call counts as ready. */
        void mayBeRead() {
            if (isReady() && !getMethodDescriptor().getType().serverSendsOneMessage()) {
                wasRead();
            }
        }

        private boolean keep(int kib) {
            try {
                if (freeKib.tryAcquire(kib, patience.toMillis(), TimeUnit.MILLISECONDS)) {
                    keptKib.addAndGet(kib);
                    if (over) {
                        wasRead(); // it ended meanwhile
                    }
                    return !over;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            StatusRuntimeException refusal = Failures.busy(
                    "%d MiB wait for callers that do not read them; end their calls (`ballast status --watch` that was stopped?), then repeat this"
                            .formatted(limitKib / 1024));
            close(refusal.getStatus(), Failures.trailers(refusal));
            return false;
        }

        /** Who was refused a message may go on to end the call. */
        @Override
        public synchronized void close(Status status, Metadata trailers) {
            if (!over) {
                over = true;
                super.close(status, trailers);
            }
        }

        private void wasRead() {
            freeKib.release(keptKib.getAndSet(0));
        }

        void end() {
            over = true;
            wasRead();
        }
    }
}
