package dev.ballast.control.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.control.loop.Control.Change;
import dev.ballast.control.loop.Control.ChangeOptions;
import dev.ballast.control.plan.DisruptionReport;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ControlLoopTest {
    private static final int RING = 1024;
    private static final Change DONE =
            new Change(1, true, Snapshot.Progress.DONE, "", List.of(), List.of(), DisruptionReport.NONE);

    private final GatedHandler handler = new GatedHandler();
    private ControlLoop loop;

    /** Notes what comes, in order, and waits at each event until the test lets it through. */
    private static final class GatedHandler implements ControlLoop.Handler {
        final List<Event> events = Collections.synchronizedList(new ArrayList<>());
        final Semaphore arrived = new Semaphore(0);
        final Semaphore gate = new Semaphore(0);
        final AtomicInteger answered = new AtomicInteger();
        final AtomicReference<Snapshot> state = new AtomicReference<>(state(0));
        volatile Error defect;
        volatile boolean stale;

        @Override
        public void handle(Event event) {
            if (event instanceof Event.Tick) {
                return; // the clock's, not the test's
            }
            events.add(event);
            arrived.release();
            gate.acquireUninterruptibly();
            if (defect != null) {
                throw defect;
            }
            state.set(state(events.size()));
            switch (event) {
                case Event.Drain drain -> drain.reply().complete(DONE);
                case Event.Stop stop -> stop.reply().complete(null);
                case Event.Show show -> show.reply().complete(state.get());
                default -> {}
            }
        }

        @Override
        public Snapshot snapshot() {
            return state.get();
        }

        @Override
        public Brief brief() {
            return Brief.of(state.get());
        }

        @Override
        public boolean isStale() {
            return stale;
        }
    }

    private static Snapshot state(long revision) {
        return new Snapshot(
                "lb1",
                "default",
                "1",
                1,
                0,
                0,
                0,
                revision,
                Snapshot.Progress.DONE,
                "",
                "",
                "",
                "",
                "",
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                new Snapshot.Flows(0, 0, 0, 0),
                List.of(),
                Snapshot.Journal.NOTHING,
                "file",
                Snapshot.Digests.NONE);
    }

    @BeforeEach
    void start() {
        loop = ControlLoop.create(state(-1), new EventLog(() -> 0, 0));
    }

    @AfterEach
    void stop() {
        handler.gate.release(1_000_000);
        loop.close();
    }

    private CompletableFuture<Change> drain(String member) {
        return loop.drain(member, ChangeOptions.NONE);
    }

    /** An event is in the handler's hands and stays there. */
    private void occupy() throws InterruptedException {
        loop.healthChanged();
        handler.arrived.acquire();
    }

    private static Kind refusal(CompletableFuture<?> reply) {
        AtomicReference<Throwable> cause = new AtomicReference<>();
        try {
            reply.join();
        } catch (CompletionException e) {
            cause.set(e.getCause());
        }
        assertThat(cause.get()).isInstanceOf(ChangeRefusedException.class);
        return ((ChangeRefusedException) cause.get()).kind();
    }

    @Test
    void before_it_runs_it_shows_what_it_was_created_with() {
        assertThat(loop.snapshot().revision()).isEqualTo(-1);
        loop.run(handler);
        assertThat(loop.snapshot().revision()).isZero();
    }

    @Test
    void requests_are_handled_one_after_the_other_in_their_order() {
        loop.run(handler);
        handler.gate.release(100);
        List<CompletableFuture<Change>> replies = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            replies.add(drain("web/" + i));
        }
        replies.forEach(CompletableFuture::join);
        assertThat(handler.events)
                .extracting(event -> ((Event.Drain) event).member())
                .containsExactlyElementsOf(java.util.stream.IntStream.range(0, 100)
                        .mapToObj(i -> "web/" + i)
                        .toList());
    }

    @Test
    void whoever_was_answered_sees_what_became_of_it() {
        loop.run(handler);
        handler.gate.release();
        CompletableFuture<Long> seen =
                drain("web").thenApply(_ -> loop.snapshot().revision());
        assertThat(seen.join()).isEqualTo(1);
    }

    @Test
    void who_asks_for_the_state_after_something_happened_has_it_made() {
        loop.run(handler);
        handler.gate.release(2);
        drain("web").join();
        handler.stale = true;
        assertThat(loop.snapshot().revision()).isEqualTo(2);
        assertThat(handler.events.getLast()).isInstanceOf(Event.Show.class);
    }

    @Test
    void who_watches_briefly_has_no_state_made_and_does_not_wait_for_a_busy_loop() throws InterruptedException {
        handler.stale = true;
        loop.run(handler);
        BlockingQueue<Long> seen = new LinkedBlockingQueue<>();
        try (Control.Subscription _ = loop.watchBriefly(brief -> seen.add(brief.revision()))) {
            handler.gate.release(2);
            drain("web").join();
            while (seen.take() < 1) {
                // the first ones are of the beginning
            }
            occupy();
            assertThat(loop.brief().revision()).isPositive();
            handler.gate.release(100);
        }
        assertThat(handler.events).noneMatch(Event.Show.class::isInstance);
    }

    @Test
    void a_full_ring_refuses_at_once_and_loses_nothing_that_it_took() throws InterruptedException {
        loop.run(handler);
        occupy();
        List<CompletableFuture<Change>> replies = new ArrayList<>();
        for (int i = 0; i < RING + 100; i++) {
            replies.add(drain("web/" + i));
        }
        List<CompletableFuture<Change>> refused =
                replies.stream().filter(CompletableFuture::isDone).toList();
        assertThat(refused).hasSizeGreaterThanOrEqualTo(100).allSatisfy(reply -> {
            assertThat(refusal(reply)).isEqualTo(Kind.UNAVAILABLE);
            assertThatThrownBy(reply::join).hasMessageContaining("1024 changes are waiting already; repeat this");
        });

        handler.gate.release(RING + 1);
        replies.stream()
                .filter(reply -> !refused.contains(reply))
                .forEach(reply -> assertThat(reply.join()).isEqualTo(DONE));
        handler.gate.release();
        assertThat(drain("web").join()).isEqualTo(DONE);
    }

    @Test
    void a_storm_of_signals_is_one_event_and_the_last_signal_is_never_lost() throws InterruptedException {
        loop.run(handler);
        occupy();
        for (int i = 0; i < 100_000; i++) {
            loop.healthChanged();
        }
        CompletableFuture<Change> behind = drain("web");
        handler.gate.release(3);
        behind.join();
        // The one that was being handled, the one that stands for all that came meanwhile, and the request.
        assertThat(handler.events).hasSize(3);
        assertThat(handler.events.get(1)).isInstanceOf(Event.HealthChanged.class);
    }

    @Test
    void a_signal_from_many_threads_is_always_followed_by_a_look() throws InterruptedException {
        loop.run(handler);
        handler.gate.release(1_000_000);
        AtomicInteger source = new AtomicInteger();
        Thread[] threads = new Thread[4];
        for (int t = 0; t < threads.length; t++) {
            threads[t] = Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 20_000; i++) {
                    source.incrementAndGet();
                    loop.healthChanged();
                }
            });
        }
        for (Thread thread : threads) {
            thread.join();
        }
        int before = handler.events.size();
        loop.healthChanged();
        drain("web").join();
        assertThat(handler.events.subList(Math.max(0, before - 1), handler.events.size()))
                .hasAtLeastOneElementOfType(Event.HealthChanged.class);
        assertThat(source).hasValue(80_000);
    }

    @Test
    void a_change_of_the_network_arrives_after_a_quiet_moment() throws InterruptedException {
        loop.run(handler);
        for (int i = 0; i < 1_000; i++) {
            loop.networkChanged();
        }
        handler.arrived.acquire();
        assertThat(handler.events).singleElement().isInstanceOf(Event.NetworkChanged.class);
    }

    @Test
    void a_grace_period_that_ends_while_the_ring_is_full_is_handled_all_the_same() throws InterruptedException {
        loop.run(handler);
        occupy();
        for (int i = 0; i < RING; i++) {
            CompletableFuture<Change> _ = drain("web");
        }
        Thread helper = Thread.ofPlatform().start(() -> loop.graceEnded(7));
        handler.gate.release(1_000_000);
        helper.join();
        CompletableFuture<Change> behind = drain("web");
        while (behind.isCompletedExceptionally()) { // one free place was enough for the grace period
            Thread.onSpinWait();
            behind = drain("web");
        }
        behind.join();
        assertThat(handler.events).contains(new Event.GraceEnded(7));
    }

    @Test
    void who_begins_to_watch_sees_a_state_though_nothing_happens() throws InterruptedException {
        loop.run(handler);
        handler.gate.release(1_000_000);
        BlockingQueue<Snapshot> seen = new LinkedBlockingQueue<>();
        try (Control.Subscription _ = loop.watch(seen::add)) {
            // It comes, and is none of the future; the first tick may have made another since.
            assertThat(seen.take().revision())
                    .isLessThanOrEqualTo(handler.snapshot().revision());
        }
    }

    @Test
    void watches_come_and_go_while_the_ring_is_full() throws InterruptedException {
        loop.run(handler);
        occupy();
        for (int i = 0; i < RING; i++) {
            CompletableFuture<Change> _ = drain("web");
        }
        BlockingQueue<Snapshot> seen = new LinkedBlockingQueue<>();
        List<Snapshot> unseen = Collections.synchronizedList(new ArrayList<>());
        loop.watch(unseen::add).close();
        try (Control.Subscription _ = loop.watch(seen::add)) {
            handler.gate.release(1_000_000);
            seen.take();
        }
        assertThat(unseen).isEmpty();
    }

    @Test
    void a_watch_ends_from_the_loops_own_thread_while_the_ring_is_full_and_ends_once() throws InterruptedException {
        loop.run(handler);
        occupy();
        for (int i = 0; i < RING; i++) {
            CompletableFuture<Change> _ = drain("web");
        }
        AtomicInteger calls = new AtomicInteger();
        AtomicReference<Control.Subscription> own = new AtomicReference<>();
        own.set(loop.watch(_ -> {
            calls.incrementAndGet();
            own.get().close();
            own.get().close();
        }));
        CountDownLatch handled = new CountDownLatch(RING);
        try (Control.Subscription _ = loop.watch(_ -> handled.countDown())) {
            handler.gate.release(1_000_000);
            handled.await();
        }
        assertThat(calls).hasValue(1);
    }

    @Test
    void a_reader_that_fails_takes_no_state_from_another() throws InterruptedException {
        loop.run(handler);
        handler.gate.release(1_000_000);
        CountDownLatch seen = new CountDownLatch(20);
        try (Control.Subscription _ = loop.watch(_ -> {
                    throw new IllegalStateException("a defect of a reader");
                });
                Control.Subscription _ = loop.watch(_ -> seen.countDown())) {
            for (int i = 0; i < 20; i++) {
                drain("web").join();
            }
            seen.await();
        }
    }

    @Test
    void producers_at_once_are_each_answered_in_their_order_or_refused_and_readers_never_see_a_state_go_back()
            throws InterruptedException {
        loop.run(handler);
        handler.gate.release(10_000_000);
        AtomicInteger back = new AtomicInteger();
        AtomicLong latest = new AtomicLong();
        List<Thread> threads = new ArrayList<>();
        List<List<String>> accepted = new ArrayList<>();
        AtomicInteger refused = new AtomicInteger();
        try (Control.Subscription _ = loop.watch(state -> {
            if (latest.getAndSet(state.revision()) > state.revision()) {
                back.incrementAndGet();
            }
        })) {
            for (int producer = 0; producer < 4; producer++) {
                List<String> own = new ArrayList<>();
                accepted.add(own);
                String prefix = producer + "/";
                threads.add(Thread.ofPlatform().start(() -> {
                    Map<String, CompletableFuture<Change>> replies = new LinkedHashMap<>();
                    for (int i = 0; i < 5_000; i++) {
                        replies.put(prefix + i, drain(prefix + i));
                        loop.healthChanged();
                        if (i % 100 == 0) {
                            loop.watch(_ -> {}).close();
                        }
                    }
                    replies.forEach((member, reply) -> {
                        try {
                            reply.join();
                            own.add(member);
                        } catch (CompletionException e) {
                            refused.incrementAndGet();
                        }
                    });
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
        }
        List<String> handled;
        synchronized (handler.events) {
            handled = handler.events.stream()
                    .filter(Event.Drain.class::isInstance)
                    .map(event -> ((Event.Drain) event).member())
                    .toList();
        }
        for (int producer = 0; producer < 4; producer++) {
            String prefix = producer + "/";
            assertThat(handled.stream().filter(member -> member.startsWith(prefix)))
                    .containsExactlyElementsOf(accepted.get(producer));
        }
        assertThat(handled).hasSize(20_000 - refused.get());
        assertThat(back).hasValue(0);
    }

    @Test
    void a_defect_of_the_writer_is_answered_and_the_loop_goes_on() {
        loop.run(handler);
        handler.defect = new AssertionError("an invariant");
        handler.gate.release();
        CompletableFuture<Change> broken = drain("web");
        assertThat(refusal(broken)).isEqualTo(Kind.FAILED);
        assertThatThrownBy(broken::join).hasMessageContaining("a defect of the daemon");
        handler.defect = null;
        handler.gate.release();
        assertThat(drain("web").join()).isEqualTo(DONE);
    }

    @Test
    void a_stop_lets_what_waits_finish_and_refuses_what_comes_later() throws InterruptedException {
        loop.run(handler);
        occupy();
        CompletableFuture<Change> waiting = drain("web");
        CountDownLatch closed = new CountDownLatch(1);
        Thread.ofPlatform().start(() -> {
            loop.close();
            closed.countDown();
        });
        handler.gate.release(1_000_000);
        closed.await();
        assertThat(waiting.join()).isEqualTo(DONE);
        assertThat(refusal(drain("web"))).isEqualTo(Kind.UNAVAILABLE);
    }

    @Test
    void nobody_who_asks_while_it_stops_waits_for_ever() throws InterruptedException {
        for (int round = 0; round < 50; round++) {
            GatedHandler open = new GatedHandler();
            open.gate.release(1_000_000);
            ControlLoop stopping = ControlLoop.create(state(-1), new EventLog(() -> 0, 0));
            stopping.run(open);
            List<CompletableFuture<Change>> replies = Collections.synchronizedList(new ArrayList<>());
            Thread asking = Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 2_000; i++) {
                    replies.add(stopping.drain("web", ChangeOptions.NONE));
                }
            });
            stopping.close();
            asking.join();
            assertThat(replies).allMatch(CompletableFuture::isDone);
        }
    }

    @Test
    void a_loop_that_never_ran_closes_at_once_and_answers_who_waits() {
        CompletableFuture<Change> waiting = drain("web");
        loop.close();
        assertThat(refusal(waiting)).isEqualTo(Kind.UNAVAILABLE);
    }
}
