package dev.ballast.control.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.StatusRuntimeException;

/** Answers bytes that are no message of the method as wrong input: gRPC's own answer is an unknown failure of the daemon. */
final class MalformedRequests implements ServerInterceptor {
    private MalformedRequests() {}

    /** The same service; its messages are parsed where a failure can be caught. */
    static ServerServiceDefinition refusedBy(ServerServiceDefinition service) {
        return ServerInterceptors.intercept(
                ServerInterceptors.useInputStreamMessages(service), new MalformedRequests());
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        return new Parsing<>(next.startCall(call, headers), call);
    }

    private static final class Parsing<Q> extends SimpleForwardingServerCallListener<Q> {
        private final ServerCall<?, ?> call;
        private boolean refused;

        Parsing(ServerCall.Listener<Q> listener, ServerCall<?, ?> call) {
            super(listener);
            this.call = call;
        }

        @Override
        public void onMessage(Q bytes) {
            if (refused) {
                return;
            }
            try {
                super.onMessage(bytes);
            } catch (StatusRuntimeException e) {
                if (!(e.getCause() instanceof InvalidProtocolBufferException)) {
                    throw e;
                }
                refused = true;
                StatusRuntimeException refusal = Failures.malformed("what was sent is no message of "
                        + call.getMethodDescriptor().getFullMethodName()
                        + "; caller and daemon may be of different versions");
                call.close(refusal.getStatus(), Failures.trailers(refusal));
            }
        }

        @Override
        public void onHalfClose() {
            if (!refused) {
                super.onHalfClose();
            }
        }
    }
}
