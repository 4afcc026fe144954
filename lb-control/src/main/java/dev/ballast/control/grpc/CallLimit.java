package dev.ballast.control.grpc;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.Semaphore;

/**
 * Bounds the calls that are open at once over all connections, watches included; one too many is refused before its
 * message is read. With the limit on a message's size it bounds the memory that callers can take.
 */
final class CallLimit implements ServerInterceptor {
    private final int limit;
    private final Semaphore free;

    CallLimit(int limit) {
        this.limit = limit;
        this.free = new Semaphore(limit);
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        if (!free.tryAcquire()) {
            StatusRuntimeException refusal = Failures.busy(
                    "all " + limit + " calls that the daemon serves at once are open; end a watch, or try again");
            call.close(refusal.getStatus(), Failures.trailers(refusal));
            return new ServerCall.Listener<>() {};
        }
        try {
            return new Release<>(next.startCall(call, headers));
        } catch (RuntimeException e) {
            free.release();
            throw e;
        }
    }

    /** gRPC ends each listener with exactly one of the two. */
    private final class Release<Q> extends SimpleForwardingServerCallListener<Q> {
        Release(ServerCall.Listener<Q> call) {
            super(call);
        }

        @Override
        public void onComplete() {
            free.release();
            super.onComplete();
        }

        @Override
        public void onCancel() {
            free.release();
            super.onCancel();
        }
    }
}
