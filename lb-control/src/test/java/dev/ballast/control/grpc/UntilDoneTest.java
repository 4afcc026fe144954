package dev.ballast.control.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.control.loop.Brief;
import dev.ballast.control.loop.Control.Change;
import dev.ballast.control.loop.Control.ChangeOptions;
import dev.ballast.control.loop.Control.Origin;
import dev.ballast.control.loop.Snapshot.Progress;
import dev.ballast.control.plan.DisruptionReport;
import io.grpc.Context;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class UntilDoneTest {
    private static final Change FAILED = new Change(
            7,
            true,
            Progress.FAILED,
            "no interface eth9",
            List.of("web: added"),
            List.of("careful"),
            DisruptionReport.NONE);
    private static final Change DONE = FAILED.with(Progress.DONE, "");

    private final FakeControl control = new FakeControl();

    @AutoClose
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

    private UntilDone waiting(Duration patience) {
        return new UntilDone(control, Runnable::run, patience, 2);
    }

    private UntilDone patient() {
        return waiting(Duration.ofMinutes(1));
    }

    private static CompletableFuture<Change> asked(UntilDone waiting, Change accepted) {
        return waiting.of(ChangeOptions.NONE, () -> CompletableFuture.completedFuture(accepted));
    }

    private void become(long revision, Progress progress, String reason, String awaited) {
        control.tell(new Brief(Snapshots.NOW_UNIX_MS, "lb1", revision, progress, reason, awaited, 1));
    }

    @Test
    void what_is_done_is_answered_at_once() {
        assertThat(asked(patient(), DONE)).isCompletedWithValue(DONE);
        assertThat(control.briefed).isEmpty();
    }

    @Test
    void what_is_not_done_is_answered_when_a_later_round_was_the_whole_of_it() {
        CompletableFuture<Change> answer = asked(patient(), FAILED);

        become(7, Progress.FAILED, "no interface eth9", "");
        assertThat(answer).isNotDone();
        become(7, Progress.DONE, "", "");

        assertThat(answer).isCompletedWithValue(DONE);
        assertThat(control.briefed).as("who listens still").isEmpty();
    }

    @Test
    void a_later_revision_that_is_in_force_has_this_one_in_it() {
        CompletableFuture<Change> answer = asked(patient(), FAILED);

        become(6, Progress.DONE, "", "");
        assertThat(answer).as("an earlier revision says nothing of this one").isNotDone();
        become(8, Progress.DONE, "", "");

        assertThat(answer).isCompletedWithValue(DONE);
    }

    @Test
    void a_way_that_is_asked_for_the_first_time_is_waited_for() {
        CompletableFuture<Change> answer =
                asked(patient(), FAILED.with(Progress.PENDING, "no next hop to 10.0.1.77: it is being asked for"));

        become(7, Progress.DONE, "", "no next hop to 10.0.1.77: it is being asked for");
        assertThat(answer).isNotDone();
        become(7, Progress.DONE, "", "");

        assertThat(answer).isCompletedWithValue(DONE);
    }

    @Test
    void a_wait_that_runs_out_is_answered_with_what_is_missing_then() {
        CompletableFuture<Change> answer = asked(waiting(Duration.ofMillis(300)), FAILED);

        become(7, Progress.DONE, "", "no next hop to 10.0.1.77");

        assertThat(answer.join()).isEqualTo(FAILED.with(Progress.PENDING, "no next hop to 10.0.1.77"));
        assertThat(control.briefed).isEmpty();
    }

    @Test
    void nobody_waits_longer_than_the_deadline_of_the_call() throws Exception {
        try (Context.CancellableContext call = Context.current().withDeadlineAfter(800, TimeUnit.MILLISECONDS, timer)) {
            CompletableFuture<Change> answer = call.call(() -> asked(patient(), FAILED));

            assertThat(answer.join()).isEqualTo(FAILED);
            assertThat(call.isCancelled()).as("answered before the deadline").isFalse();
        }
    }

    @Test
    void who_hangs_up_takes_nobody_s_place() throws Exception {
        UntilDone waiting = patient();
        for (int caller = 0; caller < 10; caller++) {
            try (Context.CancellableContext call = Context.current().withCancellation()) {
                CompletableFuture<Change> answer = call.call(() -> asked(waiting, FAILED));
                assertThat(answer).as("caller %d", caller).isNotDone();
                call.cancel(null);
                assertThat(answer).as("caller %d", caller).isDone();
            }
        }
        assertThat(control.briefed).isEmpty();
    }

    @Test
    void one_too_many_is_answered_at_once_until_another_one_has_ended() {
        UntilDone waiting = patient();
        CompletableFuture<Change> first = asked(waiting, FAILED);
        CompletableFuture<Change> second = asked(waiting, FAILED);

        assertThat(asked(waiting, FAILED)).isCompletedWithValue(FAILED);
        become(7, Progress.DONE, "", "");

        assertThat(List.of(first, second))
                .allSatisfy(answer -> assertThat(answer).isDone());
        assertThat(asked(waiting, FAILED)).isNotDone();
    }

    @Test
    void who_does_not_want_to_wait_is_answered_at_once() {
        ChangeOptions noWait = new ChangeOptions(0, false, true, false, Optional.empty(), Origin.DAEMON);
        ChangeOptions dryRun = new ChangeOptions(0, true, false, false, Optional.empty(), Origin.DAEMON);

        for (ChangeOptions options : List.of(noWait, dryRun)) {
            assertThat(patient().of(options, () -> CompletableFuture.completedFuture(FAILED)))
                    .isCompletedWithValue(FAILED);
        }
    }

    @Test
    void a_refused_change_is_not_waited_for() {
        CompletableFuture<Change> answer = patient()
                .of(ChangeOptions.NONE, () -> CompletableFuture.failedFuture(new IllegalStateException("full disk")));

        assertThat(answer).isCompletedExceptionally();
        assertThat(control.briefed).isEmpty();
    }
}
