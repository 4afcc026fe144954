package dev.ballast.control.grpc;

import com.google.protobuf.ByteString;
import dev.ballast.control.loop.Control;
import dev.ballast.control.loop.Snapshot;
import dev.ballast.v1.ApplyRequest;
import dev.ballast.v1.ChangeReply;
import dev.ballast.v1.ConfigGrpc;
import dev.ballast.v1.GetConfigReply;
import dev.ballast.v1.GetConfigRequest;
import dev.ballast.v1.PlanReply;
import dev.ballast.v1.PlanRequest;
import io.grpc.stub.StreamObserver;

/** {@code ballast.v1.Config}. */
final class ConfigService extends ConfigGrpc.ConfigImplBase {
    private final Control control;
    private final Answers answers;

    ConfigService(Control control, Answers answers) {
        this.control = control;
        this.answers = answers;
    }

    @Override
    public void apply(ApplyRequest request, StreamObserver<ChangeReply> call) {
        answers.whenDone(
                call,
                "apply",
                request.getFileName(),
                () -> control.apply(
                        request.getYaml().toByteArray(), request.getFileName(), Messages.options(request.getOptions())),
                Messages::change);
    }

    @Override
    public void plan(PlanRequest request, StreamObserver<PlanReply> call) {
        answers.whenDone(
                call,
                "plan",
                request.getFileName(),
                () -> control.plan(
                        request.getYaml().toByteArray(), request.getFileName(), Messages.options(request.getOptions())),
                Messages::plan);
    }

    @Override
    public void get(GetConfigRequest request, StreamObserver<GetConfigReply> call) {
        answers.now(call, () -> {
            Snapshot snapshot = control.snapshot();
            return GetConfigReply.newBuilder()
                    .setRevision(snapshot.revision())
                    .setYaml(ByteString.copyFromUtf8(snapshot.configYaml()))
                    .setJson(snapshot.configJson())
                    .build();
        });
    }
}
