package dev.ballast.control.grpc;

import com.google.protobuf.ByteString;
import dev.ballast.control.loop.Control;
import dev.ballast.v1.ChangeReply;
import dev.ballast.v1.DrainRequest;
import dev.ballast.v1.OperationGrpc;
import dev.ballast.v1.SwapReply;
import dev.ballast.v1.SwapRequest;
import dev.ballast.v1.TeardownReply;
import dev.ballast.v1.TeardownRequest;
import io.grpc.stub.StreamObserver;
import java.util.Optional;

/** {@code ballast.v1.Operation}. */
final class OperationService extends OperationGrpc.OperationImplBase {
    private final Control control;
    private final Answers answers;

    OperationService(Control control, Answers answers) {
        this.control = control;
        this.answers = answers;
    }

    @Override
    public void drain(DrainRequest request, StreamObserver<ChangeReply> call) {
        answers.whenInForce(
                call,
                "drain",
                request.getMember(),
                request.getOptions(),
                options -> control.drain(request.getMember(), options));
    }

    @Override
    public void undrain(DrainRequest request, StreamObserver<ChangeReply> call) {
        answers.whenInForce(
                call,
                "undrain",
                request.getMember(),
                request.getOptions(),
                options -> control.undrain(request.getMember(), options));
    }

    @Override
    public void swap(SwapRequest request, StreamObserver<SwapReply> call) {
        if (!request.getOptions().getRequestId().isEmpty()) {
            call.onError(Failures.invalid(
                    "options.request_id",
                    request.getOptions().getRequestId(),
                    "",
                    "options.request_id: a swap is no revision, and the ids of swaps are not known; leave it empty, and"
                            + " compare new_program_id with the status"));
            return;
        }
        ByteString bytes = request.getObject();
        Optional<Control.ObjectFile> object = bytes.isEmpty()
                ? Optional.empty()
                : Optional.of(new Control.ObjectFile(request.getFileName(), bytes.asReadOnlyByteBuffer()));
        answers.whenDone(
                call,
                "swap",
                object.isPresent() ? request.getFileName() : "built-in",
                () -> control.swap(object, Messages.options(request.getOptions())),
                Messages::swap);
    }

    @Override
    public void teardown(TeardownRequest request, StreamObserver<TeardownReply> call) {
        answers.whenDone(
                call,
                "teardown",
                request.getForce() ? "forced" : "",
                () -> control.teardown(request.getForce()),
                removed -> TeardownReply.newBuilder().addAllRemoved(removed).build());
    }
}
