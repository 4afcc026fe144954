package dev.ballast.control.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.ballast.control.doctor.Finding;
import dev.ballast.v1.ConfigGrpc;
import dev.ballast.v1.OperationGrpc;
import dev.ballast.v1.StatusGrpc;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The server on a socket, with a loop and an inspector that answer as they are told, and one connection to it. */
@Timeout(120)
abstract class AgainstServedApi {
    @TempDir
    Path directory;

    final FakeControl control = new FakeControl();
    final FakeInspector inspector = new FakeInspector();

    /** What the doctor finds; null: it fails. */
    List<Finding> findings = List.of();

    @AutoClose
    ServedApi api;

    ManagedChannel channel;

    /** @param patience how long the server waits for an answer, or for what a caller sends next */
    void start(Duration patience) throws IOException {
        api = new ServedApi(directory, control, inspector, () -> findings, patience);
        channel = api.connect();
    }

    ConfigGrpc.ConfigBlockingStub config() {
        return ConfigGrpc.newBlockingStub(channel);
    }

    OperationGrpc.OperationBlockingStub operation() {
        return OperationGrpc.newBlockingStub(channel);
    }

    StatusGrpc.StatusBlockingStub status() {
        return StatusGrpc.newBlockingStub(channel);
    }

    void awaitWatchers(int count) throws InterruptedException {
        while (control.watchers.size() != count) {
            Thread.sleep(5);
        }
    }

    static StatusRuntimeException failureOf(Runnable call) {
        StatusRuntimeException failure = catchThrowableOfType(StatusRuntimeException.class, call::run);
        assertThat(failure).as("the call must fail").isNotNull();
        return failure;
    }
}
