package dev.ballast.control.grpc;

import dev.ballast.control.loop.Brief;
import dev.ballast.control.loop.Control;
import dev.ballast.control.loop.Control.Change;
import dev.ballast.control.loop.Control.ChangeOptions;
import dev.ballast.control.loop.Control.Subscription;
import dev.ballast.control.loop.Snapshot.Progress;
import io.grpc.Context;
import io.grpc.Deadline;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * Holds the answer to an accepted change back until the datapath holds it: until a round at the tables and interfaces went through, and
 * the kernel has said of each new backend how it is reached, or that it does not answer. Who does not want to wait is answered at once,
 * and so is one of too many who wait, since they keep calls open that a status needs. Any thread.
 */
final class UntilDone {
    /** So that the answer is there before the caller gives up. */
    private static final Duration BEFORE_DEADLINE = Duration.ofMillis(250);

    private final Control control;
    private final Executor executor;
    private final Duration patience;
    private final Semaphore waits;

    /**
     * Over the control loop.
     *
     * @param executor what follows the end of a wait runs on it; the loop's thread only hands over
     * @param patience how long to wait at most, from the request on
     * @param most how many wait at a time
     */
    UntilDone(Control control, Executor executor, Duration patience, int most) {
        this.control = control;
        this.executor = executor;
        this.patience = patience;
        this.waits = new Semaphore(most);
    }

    /**
     * What became of a change, once that is settled or the wait has run out, with what is missing then. In the context of its call.
     *
     * @param change hands the change in
     */
    CompletableFuture<Change> of(ChangeOptions options, Supplier<CompletableFuture<Change>> change) {
        Context call = Context.current();
        long deadlineNs = System.nanoTime() + patienceFor(call).toNanos();
        CompletableFuture<Change> accepted = change.get();
        if (options.noWait() || options.dryRun()) {
            return accepted;
        }
        return accepted.thenCompose(answer -> answer.progress() == Progress.DONE
                ? CompletableFuture.completedFuture(answer)
                : settled(answer, call, deadlineNs - System.nanoTime()));
    }

    private Duration patienceFor(Context call) {
        Deadline deadline = call.getDeadline();
        if (deadline == null) {
            return patience;
        }
        Duration left =
                Duration.ofNanos(deadline.timeRemaining(TimeUnit.NANOSECONDS)).minus(BEFORE_DEADLINE);
        return left.compareTo(patience) < 0 ? left : patience;
    }

    private CompletableFuture<Change> settled(Change answer, Context call, long patienceNs) {
        if (patienceNs <= 0 || !waits.tryAcquire()) {
            return CompletableFuture.completedFuture(answer);
        }
        AtomicReference<Change> latest = new AtomicReference<>(answer);
        CompletableFuture<Change> settled = new CompletableFuture<>();
        Subscription briefs = control.watchBriefly(now -> {
            if (now.revision() >= answer.revision()) {
                Change come = asOf(now, answer);
                latest.set(come);
                if (come.progress() == Progress.DONE) {
                    executor.execute(() -> settled.complete(come));
                }
            }
        });
        Context.CancellationListener hangUp = _ -> settled.complete(latest.get());
        call.addListener(hangUp, executor);
        CompletableFuture.delayedExecutor(patienceNs, TimeUnit.NANOSECONDS, executor)
                .execute(() -> settled.complete(latest.get()));
        return settled.whenComplete((_, _) -> {
            call.removeListener(hangUp);
            briefs.close();
            waits.release();
        });
    }

    private static Change asOf(Brief now, Change answer) {
        boolean pending = now.progress() == Progress.DONE && !now.awaited().isEmpty();
        return answer.with(pending ? Progress.PENDING : now.progress(), pending ? now.awaited() : now.reason());
    }
}
