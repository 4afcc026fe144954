package dev.ballast.control.grpc;

import com.google.protobuf.ByteString;
import dev.ballast.control.loop.ChangeRefusedException;
import dev.ballast.control.loop.Control;
import dev.ballast.control.loop.Snapshot;
import dev.ballast.v1.ApplyRequest;
import dev.ballast.v1.ChangeReply;
import dev.ballast.v1.ConfigGrpc;
import dev.ballast.v1.DiffReply;
import dev.ballast.v1.DiffRequest;
import dev.ballast.v1.EditRequest;
import dev.ballast.v1.GetConfigReply;
import dev.ballast.v1.GetConfigRequest;
import dev.ballast.v1.HistoryReply;
import dev.ballast.v1.HistoryRequest;
import dev.ballast.v1.PlanReply;
import dev.ballast.v1.PlanRequest;
import dev.ballast.v1.Revision;
import dev.ballast.v1.RollbackRequest;
import dev.ballast.v1.WatchConfigRequest;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.atomic.AtomicLong;

/** {@code ballast.v1.Config}. */
final class ConfigService extends ConfigGrpc.ConfigImplBase {
    private static final int HISTORY_USUAL = 100;
    private static final int HISTORY_MAX = 1_000;

    private final Control control;
    private final Answers answers;
    private final Watches watches;

    ConfigService(Control control, Answers answers, Watches watches) {
        this.control = control;
        this.answers = answers;
        this.watches = watches;
    }

    @Override
    public void apply(ApplyRequest request, StreamObserver<ChangeReply> call) {
        answers.whenInForce(
                call,
                "apply",
                request.getFileName(),
                request.getOptions(),
                options -> control.apply(request.getYaml().toByteArray(), request.getFileName(), options));
    }

    @Override
    public void edit(EditRequest request, StreamObserver<ChangeReply> call) {
        answers.whenInForce(
                call,
                "edit",
                request.getEditsCount() == 0 ? "" : request.getEdits(0).getPath(),
                request.getOptions(),
                options -> control.edit(Edits.of(request), options));
    }

    @Override
    public void plan(PlanRequest request, StreamObserver<PlanReply> call) {
        answers.whenKnown(
                call,
                () -> control.plan(
                        request.getYaml().toByteArray(), request.getFileName(), Messages.options(request.getOptions())),
                Messages::plan);
    }

    @Override
    public void diff(DiffRequest request, StreamObserver<DiffReply> call) {
        answers.whenKnown(
                call,
                () -> request.getYaml().isEmpty()
                        ? control.diff(request.getFromRevision(), request.getToRevision())
                        : control.diff(
                                request.getFromRevision(), request.getYaml().toByteArray(), request.getFileName()),
                HistoryMessages::diff);
    }

    @Override
    public void history(HistoryRequest request, StreamObserver<HistoryReply> call) {
        int limit = request.getLimit() == 0 ? HISTORY_USUAL : request.getLimit();
        if (limit < 0 || limit > HISTORY_MAX) {
            String given = Integer.toUnsignedString(limit);
            call.onError(Failures.invalid(
                    "limit",
                    given,
                    "1 to " + HISTORY_MAX,
                    "limit: %s; allowed: 1 to %d".formatted(given, HISTORY_MAX)));
            return;
        }
        answers.whenKnown(call, () -> control.history(request.getBeforeRevision(), limit), HistoryMessages::history);
    }

    @Override
    public void rollback(RollbackRequest request, StreamObserver<ChangeReply> call) {
        if (request.getRevision() <= 0) {
            call.onError(Failures.invalid(
                    "revision",
                    Long.toUnsignedString(request.getRevision()),
                    "a revision of `ballast history`",
                    "revision: name the one to go back to; `ballast history` lists them"));
            return;
        }
        answers.whenInForce(
                call,
                "rollback",
                "revision " + request.getRevision(),
                request.getOptions(),
                options -> control.rollback(request.getRevision(), options));
    }

    @Override
    public void watch(WatchConfigRequest request, StreamObserver<Revision> call) {
        AtomicLong sent = new AtomicLong();
        watches.add(
                call,
                control.snapshot(),
                state -> state.journal().latest().stream()
                        .filter(latest -> latest.revision() > sent.getAndSet(latest.revision()))
                        .map(HistoryMessages::revision));
    }

    @Override
    public void get(GetConfigRequest request, StreamObserver<GetConfigReply> call) {
        answers.now(call, () -> {
            Snapshot snapshot = control.snapshot();
            if (snapshot.revision() == 0) {
                throw new ChangeRefusedException(
                        ChangeRefusedException.Kind.STATE,
                        "nothing is configured yet; `ballast apply -f FILE` does that");
            }
            return GetConfigReply.newBuilder()
                    .setRevision(snapshot.revision())
                    .setYaml(ByteString.copyFromUtf8(snapshot.configYaml()))
                    .setJson(snapshot.configJson())
                    .build();
        });
    }
}
