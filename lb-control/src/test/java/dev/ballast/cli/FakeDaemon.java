package dev.ballast.cli;

import com.google.protobuf.Message;
import dev.ballast.v1.ConfigGrpc;
import dev.ballast.v1.InspectGrpc;
import dev.ballast.v1.StatusGrpc;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** The API without anything behind it: keeps each request and answers as it was told, or that it cannot. */
final class FakeDaemon implements AutoCloseable {
    final List<Message> requests = new CopyOnWriteArrayList<>();
    private final Map<Class<?>, List<Message>> replies = new ConcurrentHashMap<>();
    private volatile Runnable onRequest = () -> {};
    private final EventLoopGroup eventLoop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final Server server;

    FakeDaemon(Path socket) throws IOException {
        server = NettyServerBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
                .channelType(EpollServerDomainSocketChannel.class)
                .bossEventLoopGroup(eventLoop)
                .workerEventLoopGroup(eventLoop)
                .withChildOption(ChannelOption.SO_KEEPALIVE, null)
                .addService(service(ConfigGrpc.getServiceDescriptor()))
                .addService(service(StatusGrpc.getServiceDescriptor()))
                .addService(service(InspectGrpc.getServiceDescriptor()))
                .build()
                .start();
    }

    /** What requests of this kind are answered with from now on; a stream has them all. */
    FakeDaemon answer(Class<? extends Message> request, Message... answer) {
        replies.put(request, List.of(answer));
        return this;
    }

    /** Runs before a request is answered, on the thread of its call. */
    void onRequest(Runnable action) {
        onRequest = action;
    }

    /** The only request there was. */
    <M extends Message> M request(Class<M> kind) {
        if (requests.size() != 1) {
            throw new AssertionError("not one request but " + requests);
        }
        return kind.cast(requests.getFirst());
    }

    /** All methods of the service, but those to which the caller sends a stream. */
    private ServerServiceDefinition service(ServiceDescriptor service) {
        ServerServiceDefinition.Builder methods = ServerServiceDefinition.builder(service.getName());
        service.getMethods().stream()
                .filter(method -> method.getType().clientSendsOneMessage())
                .forEach(method -> add(methods, method));
        return methods.build();
    }

    /** The casts hold as long as a test answers a request with the message that the proto has for it. */
    @SuppressWarnings("unchecked")
    private void add(ServerServiceDefinition.Builder methods, MethodDescriptor<?, ?> method) {
        methods.addMethod(
                (MethodDescriptor<Message, Message>) method, ServerCalls.asyncServerStreamingCall(this::reply));
    }

    private void reply(Message request, StreamObserver<Message> observer) {
        requests.add(request);
        onRequest.run();
        List<Message> answer = replies.get(request.getClass());
        if (answer == null) {
            observer.onError(Status.UNIMPLEMENTED
                    .withDescription("no answer to " + request.getClass().getSimpleName())
                    .asRuntimeException());
            return;
        }
        answer.forEach(observer::onNext);
        observer.onCompleted();
    }

    @Override
    public void close() {
        server.shutdownNow();
        var _ = eventLoop.shutdownGracefully();
    }
}
