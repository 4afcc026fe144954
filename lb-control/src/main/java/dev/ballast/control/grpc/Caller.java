package dev.ballast.control.grpc;

import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerCredentials;
import io.grpc.ServerInterceptor;
import io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.InternalNettyServerCredentials;
import io.grpc.netty.InternalProtocolNegotiationEvent;
import io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.InternalProtocolNegotiators;
import io.grpc.netty.ProtocolNegotiationEvent;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.util.AsciiString;
import java.io.IOException;

/**
 * Who calls: the uid at the other end of the unix socket, as the kernel noted it at connect (SO_PEERCRED, unix(7)).
 *
 * <p>gRPC shows a call the attributes of its transport but not the channel, so the uid has to be put among them while
 * the transport is negotiated. gRPC-Java has no public API for that; its {@code Internal*} classes, which its own ALTS
 * and xDS use, are the narrowest way, and the pinned version keeps them from changing under us.
 */
final class Caller {
    private static final Attributes.Key<String> ATTRIBUTE = Attributes.Key.create("dev.ballast.caller");
    private static final Context.Key<String> CONTEXT = Context.keyWithDefault("dev.ballast.caller", "unknown");

    private Caller() {}

    /** The caller of the call that the current thread serves: {@code uid:0}, or {@code unknown}. */
    static String current() {
        return CONTEXT.get();
    }

    /** Plain text over the socket, with the peer's uid among the attributes of each transport. */
    static ServerCredentials credentials() {
        return InternalNettyServerCredentials.create(new PeerNegotiator(InternalProtocolNegotiators.serverPlaintext()));
    }

    /** Makes {@link #current} answer within a call. */
    static ServerInterceptor interceptor() {
        return new ServerInterceptor() {
            @Override
            public <Q, R> ServerCall.Listener<Q> interceptCall(
                    ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
                String caller = call.getAttributes().get(ATTRIBUTE);
                Context context = Context.current();
                return Contexts.interceptCall(
                        caller == null ? context : context.withValue(CONTEXT, caller), call, headers, next);
            }
        };
    }

    private static String of(Channel channel) {
        if (channel instanceof EpollDomainSocketChannel socket) {
            try {
                return "uid:"
                        + Integer.toUnsignedString(socket.peerCredentials().uid());
            } catch (IOException e) {
                // The peer is gone; nothing that it asked for will be answered anyway.
                return "unknown";
            }
        }
        return "unknown";
    }

    private record PeerNegotiator(InternalProtocolNegotiator.ProtocolNegotiator plaintext)
            implements InternalProtocolNegotiator.ProtocolNegotiator {
        @Override
        public AsciiString scheme() {
            return plaintext.scheme();
        }

        @Override
        public ChannelHandler newHandler(GrpcHttp2ConnectionHandler connection) {
            return new AddCaller(plaintext.newHandler(connection));
        }

        @Override
        public void close() {
            plaintext.close();
        }
    }

    /** Adds the caller to the event that carries the attributes, then leaves the pipeline to {@code next}. */
    private static final class AddCaller extends ChannelInboundHandlerAdapter {
        private final ChannelHandler next;

        AddCaller(ChannelHandler next) {
            this.next = next;
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (!(event instanceof ProtocolNegotiationEvent negotiation)) {
                context.fireUserEventTriggered(event);
                return;
            }
            Attributes attributes = InternalProtocolNegotiationEvent.getAttributes(negotiation).toBuilder()
                    .set(ATTRIBUTE, of(context.channel()))
                    .build();
            context.pipeline().addAfter(context.name(), null, next);
            context.fireUserEventTriggered(InternalProtocolNegotiationEvent.withAttributes(negotiation, attributes));
            context.pipeline().remove(this);
        }
    }
}
