package dev.ballast.control.grpc;

import dev.ballast.control.loop.Control;
import dev.ballast.v1.ChangeOptions;
import dev.ballast.v1.ChangeReply;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Turns what the control loop says into the answer of a call, and logs each change with its caller; who only asks is in no log. A
 * change goes on when its caller hangs up: it was accepted, and the log has its outcome.
 *
 * @param executor runs what follows a completed future; the loop's thread only hands over to it
 * @param patience how long a change may take before the call ends with DEADLINE_EXCEEDED
 * @param work one for each request that may be with the loop, or with who works for it, at a time. It is given back when the answer is
 *     there, not when the caller hangs up: a caller that asks and gives up again and again must not fill the memory
 */
record Answers(Executor executor, Duration patience, UntilDone untilDone, Semaphore work) {
    private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

    /** Answers from what is at hand. */
    <R> void now(StreamObserver<R> call, Supplier<R> reply) {
        R message;
        try {
            message = reply.get();
        } catch (RuntimeException e) {
            call.onError(Failures.of(e));
            return;
        }
        call.onNext(message);
        call.onCompleted();
    }

    /** Answers when the datapath holds the change, or its options or the time do not let it wait for that. The rest as {@link #whenDone}. */
    void whenInForce(
            StreamObserver<ChangeReply> call,
            String verb,
            String object,
            ChangeOptions conditions,
            Function<Control.ChangeOptions, CompletableFuture<Control.Change>> change) {
        whenDone(
                call,
                verb,
                object,
                () -> {
                    Control.ChangeOptions options = Messages.options(conditions);
                    return untilDone.of(options, () -> change.apply(options));
                },
                Messages::change);
    }

    /** Answers when the change is through. {@code verb} and {@code object} are for the log. */
    <T, R> void whenDone(
            StreamObserver<R> call,
            String verb,
            String object,
            Supplier<CompletableFuture<T>> change,
            Function<T, R> reply) {
        answer(call, change, reply, status -> log(verb, object, status));
    }

    /** Answers a question when the loop, or who works for it, has the answer. */
    <T, R> void whenKnown(StreamObserver<R> call, Supplier<CompletableFuture<T>> question, Function<T, R> reply) {
        answer(call, question, reply, _ -> {});
    }

    private <T, R> void answer(
            StreamObserver<R> call,
            Supplier<CompletableFuture<T>> change,
            Function<T, R> reply,
            Consumer<Status> ended) {
        // Without a handler an answer to a cancelled call throws; with one it is dropped, which is what we want.
        ((ServerCallStreamObserver<R>) call).setOnCancelHandler(() -> {});
        CompletableFuture<T> outcome = work.tryAcquire()
                ? begun(change).whenComplete((_, _) -> work.release())
                : CompletableFuture.failedFuture(
                        Failures.busy("the daemon still works for callers that have hung up; try again"));
        // In the call's context the log knows its caller.
        Executor inCall = Context.current().fixedContextExecutor(executor);
        var _ = outcome.copy()
                .orTimeout(patience.toMillis(), TimeUnit.MILLISECONDS)
                .thenApplyAsync(reply, inCall)
                .whenCompleteAsync(
                        (message, failure) -> {
                            if (failure == null) {
                                ended.accept(Status.OK);
                                call.onNext(message);
                                call.onCompleted();
                            } else {
                                StatusRuntimeException status = Failures.of(failure);
                                ended.accept(status.getStatus());
                                call.onError(status);
                            }
                        },
                        inCall);
    }

    private static <T> CompletableFuture<T> begun(Supplier<CompletableFuture<T>> change) {
        try {
            return change.get();
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static void log(String verb, String object, Status status) {
        LoggingEventBuilder event = LOG.atInfo()
                .setMessage("change")
                .addKeyValue("verb", verb)
                .addKeyValue("object", object)
                .addKeyValue("by", Caller.current())
                .addKeyValue("status", status.getCode());
        if (status.getDescription() != null) {
            event = event.addKeyValue("reason", status.getDescription());
        }
        event.log();
    }
}
