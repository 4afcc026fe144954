package dev.ballast.control.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.v1.StatusGrpc;
import dev.ballast.v1.StatusReply;
import dev.ballast.v1.StatusRequest;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Callers that ask and do not read. */
@Timeout(20)
class UnreadLimitTest {
    private static final int LIMIT_KIB = 1024;
    private static final StatusReply LARGE =
            StatusReply.newBuilder().setReason("x".repeat(300 * 1024)).build();

    private final UnreadLimit limit = new UnreadLimit(LIMIT_KIB, Duration.ofMillis(200));
    private Server server;
    private ManagedChannel channel;

    @BeforeEach
    void start() throws Exception {
        StatusGrpc.StatusImplBase large = new StatusGrpc.StatusImplBase() {
            @Override
            public void get(StatusRequest request, StreamObserver<StatusReply> call) {
                call.onNext(LARGE);
                call.onCompleted();
            }
        };
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        server = NettyServerBuilder.forAddress(anyPort)
                .addService(ServerInterceptors.intercept(large, limit))
                .build()
                .start();
        // What fits its window counts as read.
        channel = NettyChannelBuilder.forAddress(server.getListenSockets().getFirst())
                .flowControlWindow(65_535)
                .usePlaintext()
                .build();
    }

    @AfterEach
    void stop() throws Exception {
        channel.shutdownNow();
        server.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    }

    private ClientCall<StatusRequest, StatusReply> ask(BlockingQueue<Status> ended) {
        ClientCall<StatusRequest, StatusReply> call = channel.newCall(StatusGrpc.getGetMethod(), CallOptions.DEFAULT);
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        ended.add(status);
                    }
                },
                new Metadata());
        call.sendMessage(StatusRequest.getDefaultInstance());
        call.halfClose();
        return call;
    }

    @Test
    void what_is_not_read_is_bounded_and_who_gets_no_room_is_told() throws Exception {
        BlockingQueue<Status> ended = new LinkedBlockingQueue<>();
        List<ClientCall<StatusRequest, StatusReply>> calls = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            calls.add(ask(ended));
        }
        while (limit.freeKib() > LIMIT_KIB - 3 * 300) {
            Thread.sleep(5);
        }
        BlockingQueue<Status> refused = new LinkedBlockingQueue<>();
        ask(refused).request(2);
        Status status = refused.take();
        assertThat(status.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(status.getDescription()).startsWith("1 MiB wait for callers that do not read them");

        calls.forEach(call -> call.request(2));
        for (int i = 0; i < 3; i++) {
            assertThat(ended.take().isOk()).isTrue();
        }
        awaitFree();
        ask(ended).request(2);
        assertThat(ended.take().isOk()).isTrue();
    }

    @Test
    void who_hangs_up_gives_its_room_back() throws Exception {
        BlockingQueue<Status> ended = new LinkedBlockingQueue<>();
        List<ClientCall<StatusRequest, StatusReply>> calls = List.of(ask(ended), ask(ended), ask(ended));
        while (limit.freeKib() > LIMIT_KIB - 3 * 300) {
            Thread.sleep(5);
        }
        calls.forEach(call -> call.cancel("gone", null));
        awaitFree();
    }

    private void awaitFree() throws InterruptedException {
        while (limit.freeKib() < LIMIT_KIB) {
            Thread.sleep(5);
        }
    }
}
