package dev.ballast.cli;

import com.google.protobuf.Message;
import dev.ballast.v1.ApplyRequest;
import dev.ballast.v1.ChangeReply;
import dev.ballast.v1.ConfigGrpc;
import dev.ballast.v1.DiffReply;
import dev.ballast.v1.DiffRequest;
import dev.ballast.v1.DoctorReply;
import dev.ballast.v1.DoctorRequest;
import dev.ballast.v1.EditRequest;
import dev.ballast.v1.EventsReply;
import dev.ballast.v1.EventsRequest;
import dev.ballast.v1.HealthReply;
import dev.ballast.v1.HealthRequest;
import dev.ballast.v1.HistoryReply;
import dev.ballast.v1.HistoryRequest;
import dev.ballast.v1.PlanReply;
import dev.ballast.v1.PlanRequest;
import dev.ballast.v1.Revision;
import dev.ballast.v1.RollbackRequest;
import dev.ballast.v1.StatusGrpc;
import dev.ballast.v1.WatchConfigRequest;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
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
                .addService(new Config())
                .addService(new StatusOf())
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

    /** The cast holds as long as a test answers a request with the message that the proto has for it. */
    @SuppressWarnings("unchecked")
    private <M extends Message> void reply(Message request, StreamObserver<M> observer) {
        requests.add(request);
        onRequest.run();
        List<Message> answer = replies.get(request.getClass());
        if (answer == null) {
            observer.onError(Status.UNIMPLEMENTED
                    .withDescription("no answer to " + request.getClass().getSimpleName())
                    .asRuntimeException());
            return;
        }
        answer.forEach(message -> observer.onNext((M) message));
        observer.onCompleted();
    }

    @Override
    public void close() {
        server.shutdownNow();
        var _ = eventLoop.shutdownGracefully();
    }

    private final class Config extends ConfigGrpc.ConfigImplBase {
        @Override
        public void apply(ApplyRequest request, StreamObserver<ChangeReply> observer) {
            reply(request, observer);
        }

        @Override
        public void edit(EditRequest request, StreamObserver<ChangeReply> observer) {
            reply(request, observer);
        }

        @Override
        public void plan(PlanRequest request, StreamObserver<PlanReply> observer) {
            reply(request, observer);
        }

        @Override
        public void diff(DiffRequest request, StreamObserver<DiffReply> observer) {
            reply(request, observer);
        }

        @Override
        public void history(HistoryRequest request, StreamObserver<HistoryReply> observer) {
            reply(request, observer);
        }

        @Override
        public void rollback(RollbackRequest request, StreamObserver<ChangeReply> observer) {
            reply(request, observer);
        }

        @Override
        public void watch(WatchConfigRequest request, StreamObserver<Revision> observer) {
            reply(request, observer);
        }
    }

    private final class StatusOf extends StatusGrpc.StatusImplBase {
        @Override
        public void events(EventsRequest request, StreamObserver<EventsReply> observer) {
            reply(request, observer);
        }

        @Override
        public void health(HealthRequest request, StreamObserver<HealthReply> observer) {
            reply(request, observer);
        }

        @Override
        public void doctor(DoctorRequest request, StreamObserver<DoctorReply> observer) {
            reply(request, observer);
        }
    }
}
