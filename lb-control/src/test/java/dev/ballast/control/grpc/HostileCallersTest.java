package dev.ballast.control.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import dev.ballast.v1.ApplyRequest;
import dev.ballast.v1.ConfigGrpc;
import dev.ballast.v1.InspectGrpc;
import dev.ballast.v1.OperationGrpc;
import dev.ballast.v1.StatusGrpc;
import dev.ballast.v1.StatusReply;
import dev.ballast.v1.StatusRequest;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whoever may open the socket can be wrong in any way: the others are served all the same. */
class HostileCallersTest extends AgainstServedApi {
    /** {@code INTERNAL} and {@code UNKNOWN} would be faults of ours. */
    private static final Set<Status.Code> ANSWERS = EnumSet.complementOf(
            EnumSet.of(Status.Code.INTERNAL, Status.Code.UNKNOWN, Status.Code.DATA_LOSS, Status.Code.ABORTED));

    private static final List<ServiceDescriptor> SERVICES = List.of(
            ConfigGrpc.getServiceDescriptor(),
            OperationGrpc.getServiceDescriptor(),
            StatusGrpc.getServiceDescriptor(),
            InspectGrpc.getServiceDescriptor());

    private static final long SILENCE_MS = 100;

    @BeforeEach
    void start() throws IOException {
        start(Duration.ofSeconds(10));
    }

    @Test
    void of_a_thousand_watches_64_are_served_the_others_told_and_changes_get_through() throws Exception {
        BlockingQueue<StatusReply> states = new LinkedBlockingQueue<>();
        BlockingQueue<Throwable> refused = new LinkedBlockingQueue<>();
        List<ManagedChannel> watching = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            if (i % 50 == 0) {
                watching.add(api.connect());
            }
            StatusGrpc.newStub(watching.getLast()).watch(StatusRequest.getDefaultInstance(), new StreamObserver<>() {
                @Override
                public void onNext(StatusReply state) {
                    states.add(state);
                }

                @Override
                public void onError(Throwable failure) {
                    refused.add(failure);
                }

                @Override
                public void onCompleted() {}
            });
        }
        for (int i = 0; i < 936; i++) {
            Status status = Status.fromThrowable(refused.take());
            assertThat(status.getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
            assertThat(status.getDescription())
                    .isEqualTo("all 64 streams that the daemon serves at once are open; end a watch");
        }
        for (int i = 0; i < 64; i++) {
            assertThat(states.take().getRevision()).isEqualTo(7);
        }
        awaitWatchers(64);

        assertServes(api.connect());
        control.publish(Snapshots.at(8, 1, Snapshots.sampleMembers()));
        for (int i = 0; i < 64; i++) {
            assertThat(states.take().getRevision()).isEqualTo(8);
        }

        watching.forEach(ManagedChannel::shutdownNow);
        awaitWatchers(0);
        assertThat(StatusGrpc.newBlockingStub(api.connect())
                        .watch(StatusRequest.getDefaultInstance())
                        .next()
                        .getRevision())
                .isEqualTo(8);
    }

    @Test
    void a_caller_that_asks_and_hangs_up_again_and_again_is_refused_until_the_daemon_has_caught_up() throws Exception {
        control.stall();
        for (int i = 0; i < 32; i++) {
            ManagedChannel caller = api.connect();
            var _ = ConfigGrpc.newFutureStub(caller).apply(ApplyRequest.getDefaultInstance());
            while (control.calls.size() <= i) {
                Thread.sleep(5);
            }
            caller.shutdownNow();
        }
        ManagedChannel other = api.connect();
        while (!call(other, StatusGrpc.getGetMethod(), new byte[0]).status().isOk()) {
            Thread.sleep(5); // until the last one is known to have gone
        }

        Outcome refused = call(other, ConfigGrpc.getApplyMethod(), new byte[0]);
        assertThat(refused.status().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(refused.status().getDescription())
                .isEqualTo("the daemon still works for callers that have hung up; try again");
        assertThat(control.calls).hasSize(32);

        control.goOn();
        control.answer(FakeControl.done(9));
        assertThat(call(other, ConfigGrpc.getApplyMethod(), new byte[0])
                        .status()
                        .isOk())
                .isTrue();
    }

    @Test
    void one_call_more_than_32_is_refused_and_served_when_another_has_ended() throws Exception {
        control.stall();
        ManagedChannel first = api.connect();
        for (int i = 0; i < 32; i++) {
            var _ = ConfigGrpc.newFutureStub(first).apply(ApplyRequest.getDefaultInstance());
        }
        while (control.calls.size() < 32) {
            Thread.sleep(5);
        }
        ManagedChannel second = api.connect();

        Outcome refused = call(second, StatusGrpc.getGetMethod(), new byte[0]);
        assertThat(refused.status().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        assertThat(refused.status().getDescription())
                .isEqualTo("all 32 calls that the daemon answers at once are open; try again");

        first.shutdownNow();
        while (!call(second, StatusGrpc.getGetMethod(), new byte[0]).status().isOk()) {
            Thread.sleep(5);
        }
    }

    @Test
    void bytes_that_are_no_message_are_refused_as_wrong_input_by_every_method() throws Exception {
        Random random = seeded();
        ManagedChannel channel = api.connect();
        for (MethodDescriptor<?, ?> method : methods()) {
            assertThat(call(channel, method, new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff})
                            .status())
                    .as("%s", method.getFullMethodName())
                    .satisfies(status -> {
                        assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
                        assertThat(status.getDescription())
                                .startsWith("what was sent is no message of " + method.getFullMethodName());
                    });
            for (int i = 0; i < 50; i++) {
                byte[] bytes = new byte[random.nextInt(200)];
                random.nextBytes(bytes);
                assertAnswered(channel, method, bytes);
            }
        }
        assertServes(channel);
    }

    @Test
    void messages_with_anything_in_their_fields_are_answered_by_every_method() throws Exception {
        Random random = seeded();
        ManagedChannel channel = api.connect();
        for (MethodDescriptor<?, ?> method : methods()) {
            Descriptor request = ((ProtoMethodDescriptorSupplier) method.getSchemaDescriptor())
                    .getMethodDescriptor()
                    .getInputType();
            for (int i = 0; i < 50; i++) {
                byte[] bytes = anything(request, random, 0).toByteArray();
                if (random.nextInt(4) == 0 && bytes.length > 0) {
                    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                }
                assertAnswered(channel, method, bytes);
            }
        }
        assertServes(channel);
    }

    @Test
    void bytes_that_are_no_http_cost_their_connection_alone() throws Exception {
        Random random = seeded();
        ManagedChannel channel = api.connect();
        assertServes(channel);
        byte[] preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < 500; i++) {
            try (SocketChannel connection = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                connection.connect(UnixDomainSocketAddress.of(api.socket()));
                int shown = random.nextInt(3) == 0 ? random.nextInt(preface.length) : preface.length;
                byte[] rest = new byte[random.nextInt(400)];
                random.nextBytes(rest);
                ByteBuffer bytes = ByteBuffer.allocate(shown + rest.length);
                bytes.put(preface, 0, shown).put(rest).flip();
                connection.write(bytes);
            } catch (IOException e) {
                // The server has hung up meanwhile.
            }
        }
        assertServes(channel);
        assertServes(api.connect());
    }

    private static Random seeded() {
        long seed = new Random().nextLong();
        System.out.println("HostileCallersTest: seed " + seed);
        return new Random(seed);
    }

    private static List<MethodDescriptor<?, ?>> methods() {
        List<MethodDescriptor<?, ?>> methods = new ArrayList<>();
        SERVICES.forEach(service -> methods.addAll(service.getMethods()));
        return methods;
    }

    /** The first answer ends the call: a stream would go on. */
    private record Outcome(Status status) {}

    private static Outcome call(ManagedChannel channel, MethodDescriptor<?, ?> method, byte[] request)
            throws Exception {
        MethodDescriptor<byte[], byte[]> raw =
                method.toBuilder(new RawBytes(), new RawBytes()).build();
        CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        ClientCall<byte[], byte[]> call = channel.newCall(raw, CallOptions.DEFAULT);
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(byte[] message) {
                        outcome.complete(new Outcome(Status.OK));
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        outcome.complete(new Outcome(status));
                    }
                },
                new Metadata());
        call.request(1);
        call.sendMessage(request);
        call.halfClose();
        try {
            // A stream may have nothing to say yet: that it is not refused is the answer then.
            return method.getType().serverSendsOneMessage()
                    ? outcome.get()
                    : outcome.completeOnTimeout(new Outcome(Status.OK), SILENCE_MS, TimeUnit.MILLISECONDS)
                            .get();
        } finally {
            call.cancel("answered", null);
        }
    }

    private static void assertAnswered(ManagedChannel channel, MethodDescriptor<?, ?> method, byte[] request)
            throws Exception {
        assertThat(call(channel, method, request).status().getCode())
                .as("%s", method.getFullMethodName())
                .isIn(ANSWERS);
    }

    private void assertServes(ManagedChannel channel) {
        assertThat(StatusGrpc.newBlockingStub(channel)
                        .get(StatusRequest.getDefaultInstance())
                        .getRevision())
                .isPositive();
        assertThat(ConfigGrpc.newBlockingStub(channel)
                        .apply(ApplyRequest.newBuilder()
                                .setYaml(ByteString.copyFromUtf8("version: 1"))
                                .build())
                        .getChanged())
                .isTrue();
    }

    private static DynamicMessage anything(Descriptor type, Random random, int depth) {
        DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
        for (FieldDescriptor field : type.getFields()) {
            int values = field.isRepeated() ? random.nextInt(4) : random.nextInt(2);
            for (int i = 0; i < values && depth < 4; i++) {
                Object value = anything(field, random, depth);
                if (field.isRepeated()) {
                    message.addRepeatedField(field, value);
                } else {
                    message.setField(field, value);
                }
            }
        }
        return message.build();
    }

    private static Object anything(FieldDescriptor field, Random random, int depth) {
        return switch (field.getJavaType()) {
            case INT -> random.nextInt();
            case LONG -> random.nextLong();
            case FLOAT -> random.nextFloat();
            case DOUBLE -> random.nextDouble();
            case BOOLEAN -> random.nextBoolean();
            case STRING -> text(random);
            case BYTE_STRING -> ByteString.copyFromUtf8(text(random));
            case ENUM ->
                field.getEnumType()
                        .getValues()
                        .get(random.nextInt(field.getEnumType().getValues().size()));
            case MESSAGE -> anything(field.getMessageType(), random, depth + 1);
        };
    }

    private static String text(Random random) {
        return switch (random.nextInt(4)) {
            case 0 ->
                Stream.of("web", "web/10.0.1.11", "203.0.113.10:80", "services.web.hash", "\u0000", "%s%n")
                        .toList()
                        .get(random.nextInt(6));
            case 1 -> "9".repeat(random.nextInt(100));
            case 2 -> "\u202e\ud83d\udca5".repeat(random.nextInt(50));
            default ->
                random.ints(random.nextInt(60), 0, 0xd800)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
        };
    }

    private static final class RawBytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
