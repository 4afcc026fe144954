package dev.ballast.control.loop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.control.loop.Control.Change;
import dev.ballast.control.loop.Control.ChangeOptions;
import dev.ballast.control.loop.Control.Page;
import dev.ballast.control.loop.Snapshot.Progress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class OffLoopKernelTest extends WriterOverKernel {
    @Test
    void a_change_is_answered_while_plans_and_looks_at_the_history_wait() {
        apply(one(web(11, 12)));
        List<Runnable> waiting = new ArrayList<>();
        questions = waiting::add;
        CompletableFuture<Control.Preview> plan = new CompletableFuture<>();
        CompletableFuture<Page> history = new CompletableFuture<>();
        handle(new Event.Plan(ByteBuffer.wrap(one(web(11)).getBytes(UTF_8)), "test.yaml", ChangeOptions.NONE, plan));
        handle(new Event.LookBack<>(past -> past.page(0, 10), history));

        assertThat(drain("web/10.0.1.12", true).revision()).isEqualTo(2);

        assertThat(plan).isNotDone();
        assertThat(history).isNotDone();
        waiting.forEach(Runnable::run);
        assertThat(plan.join().revision()).isEqualTo(1);
        assertThat(history.join().revisions()).as("when it was asked for").hasSize(1);
    }

    @Test
    void a_question_that_finds_no_room_is_to_be_asked_again() {
        apply(one(web(11, 12)));
        questions = _ -> {
            throw new RejectedExecutionException("full");
        };
        assertThat(refusal(() -> plan(one(web(11)), ChangeOptions.NONE))).isEqualTo(Kind.UNAVAILABLE);
        assertThatThrownBy(() -> this.<Page>ask(reply -> new Event.LookBack<>(past -> past.page(0, 10), reply)))
                .isInstanceOf(ChangeRefusedException.class)
                .hasMessageContaining("try again");
    }

    @Test
    void a_change_that_is_made_is_answered_without_its_report_where_too_many_wait_for_theirs() {
        apply(one(web(11, 12)));
        answers = _ -> {
            throw new RejectedExecutionException("full");
        };
        Change change = drain("web/10.0.1.12", true);
        assertThat(change.changed()).isTrue();
        assertThat(change.progress()).isEqualTo(Progress.DONE);
        assertThat(change.warnings()).singleElement(STRING).contains("not worked out what this disturbs");
    }

    @Test
    void a_worker_takes_as_many_as_may_wait_and_no_more_and_works_on() throws InterruptedException {
        CountDownLatch free = new CountDownLatch(1);
        CountDownLatch done = new CountDownLatch(1 + OffLoop.WAITING_MAX);
        try (ExecutorService worker = OffLoop.worker("questions")) {
            OffLoop offLoop = new OffLoop(Runnable::run, worker);
            Runnable work = () -> {
                try {
                    assertThat(free.await(60, TimeUnit.SECONDS)).isTrue();
                    done.countDown();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            };
            for (int i = 0; i < 1 + OffLoop.WAITING_MAX; i++) {
                CompletableFuture<Void> reply = new CompletableFuture<>();
                offLoop.ask(reply, work);
                assertThat(reply).isNotDone();
            }
            CompletableFuture<Void> late = new CompletableFuture<>();
            offLoop.ask(late, work);
            assertThat(late).isCompletedExceptionally();

            free.countDown();
            assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
        }
    }
}
