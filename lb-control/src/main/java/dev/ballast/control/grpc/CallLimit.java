package dev.ballast.control.grpc;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.Semaphore;

/**
 * Bounds the calls that are open at once over all connections; one too many is refused before its message is read. Streams have a limit of their own: however many watches are left open, a
 * change and a status get through.
 */
final class CallLimit implements ServerInterceptor {
    private final int calls;
    private final int streams;
    private final Semaphore freeCalls;
    private final Semaphore freeStreams;

    CallLimit(int calls, int streams) {
        this.calls = calls;
        this.streams = streams;
        this.freeCalls = new Semaphore(calls);
        this.freeStreams = new Semaphore(streams);
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        boolean unary = call.getMethodDescriptor().getType() == MethodType.UNARY;
        Semaphore free = unary ? freeCalls : freeStreams;
        if (!free.tryAcquire()) {
            StatusRuntimeException refusal = Failures.busy(
                    unary
                            ? "all " + calls + " calls that the daemon answers at once are open; try again"
                            : "all " + streams + " streams that the daemon serves at once are open; end a watch");
            call.close(refusal.getStatus(), Failures.trailers(refusal));
            return new ServerCall.Listener<>() {};
        }
        try {
            return new Release<>(next.startCall(call, headers), free);
        } catch (RuntimeException e) {
            free.release();
            throw e;
        }
    }

    /** gRPC ends each listener with exactly one of the two. */
    private static final class Release<Q> extends SimpleForwardingServerCallListener<Q> {
        private final Semaphore free;

        Release(ServerCall.Listener<Q> call, Semaphore free) {
            super(call);
            this.free = free;
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
