package dev.ballast.control.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

final class LatestStateTest {
    private final Deque<Runnable> queued = new ArrayDeque<>();
    private final AtomicBoolean ready = new AtomicBoolean(true);
    private final List<Integer> sent = new ArrayList<>();
    private final LatestState<Integer> states = new LatestState<>(0, queued::add, ready::get, sent::add);

    @Test
    void states_that_come_faster_than_they_are_sent_queue_one_task_and_only_the_latest_is_sent() {
        states.send();
        for (int state = 1; state <= 100_000; state++) {
            states.offer(state);
        }
        assertThat(queued).hasSize(1);
        queued.remove().run();
        assertThat(sent).containsExactly(0, 100_000);
    }

    @Test
    void a_reader_that_is_not_ready_gets_the_latest_state_when_it_is() {
        states.send();
        ready.set(false);
        states.offer(1);
        queued.remove().run();
        states.offer(2);
        assertThat(queued).isEmpty();
        ready.set(true);
        states.send();
        states.offer(3);
        queued.remove().run();
        assertThat(sent).containsExactly(0, 2, 3);
    }

    @Test
    void nothing_is_sent_after_the_close() {
        states.offer(1);
        states.close();
        queued.forEach(Runnable::run);
        assertThat(sent).isEmpty();
    }
}
