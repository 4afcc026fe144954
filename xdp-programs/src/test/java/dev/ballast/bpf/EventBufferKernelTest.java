package dev.ballast.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** On a ring of one page: 128 events of 32 bytes, headers included, fill it. */
class EventBufferKernelTest {
    private static final int CAPACITY = 127; // the kernel keeps one byte free, so that full and empty differ

    private BpfObject object;
    private EventBuffer events;
    private final List<Long> numbers = new ArrayList<>();

    @BeforeEach
    void setUp() {
        object = TestObjects.open("events");
        object.load();
        events = EventBuffer.open(object.map("events"));
    }

    @AfterEach
    void tearDown() {
        if (events != null) {
            events.close();
        }
        object.close();
    }

    /** Lets the program emit; how many events found room. */
    private int emit(int count, int discardEvery) {
        ByteBuffer request = ByteBuffer.allocate(12)
                .order(ByteOrder.nativeOrder())
                .putInt(count)
                .putInt(discardEvery);
        return object.program("emit").testRun(TestRun.argument(request.array())).returnValue();
    }

    private void take(MemorySegment event) {
        long number = event.get(JAVA_LONG, 0);
        assertThat(event.byteSize()).isEqualTo(20);
        assertThat(event.get(JAVA_LONG, 8)).isEqualTo(2 * number);
        assertThat(event.get(JAVA_INT, 16)).isEqualTo((int) number);
        numbers.add(number);
    }

    @Test
    void events_arrive_whole_and_in_order() {
        assertThat(events.read(this::take)).isZero();
        emit(3, 0);

        assertThat(events.backlogBytes()).isEqualTo(3 * 32);
        assertThat(events.read(this::take)).isEqualTo(3);
        assertThat(numbers).containsExactly(0L, 1L, 2L);
        assertThat(events.read(this::take)).isZero();
    }

    @Test
    void a_full_buffer_refuses_the_program_and_loses_nothing_that_it_took() {
        assertThat(emit(500, 0)).isEqualTo(CAPACITY);
        assertThat(events.read(this::take)).isEqualTo(CAPACITY);
        assertThat(emit(500, 0)).isEqualTo(CAPACITY);
        assertThat(events.read(this::take)).isEqualTo(CAPACITY);
        assertThat(numbers).hasSize(2 * CAPACITY).isSorted().last().isEqualTo(2L * CAPACITY - 1);
    }

    @Test
    void the_ring_goes_round_many_times_with_discards_in_between() {
        long expected = 0;
        for (int round = 0; round < 5_000; round++) {
            int count = 1 + round % CAPACITY;
            assertThat(emit(count, 5)).isEqualTo(count);
            events.read(this::take);
            expected += count;
        }
        long total = expected;
        assertThat(numbers).hasSizeGreaterThan(200_000).isSorted().doesNotHaveDuplicates();
        assertThat(numbers).noneMatch(number -> (number + 1) % 5 == 0);
        assertThat(numbers.size()).isEqualTo((int) (total - total / 5));
    }

    @Test
    void a_reader_beside_a_running_program_gets_every_event_once() throws Exception {
        int wanted = 300_000;
        CompletableFuture<Integer> producer = CompletableFuture.supplyAsync(() -> {
            int emitted = 0;
            while (emitted < wanted) {
                emitted += emit(Math.min(1_000, wanted - emitted), 7);
            }
            return emitted;
        });
        while (!producer.isDone() || events.backlogBytes() > 0) {
            events.await(100);
            events.read(this::take);
        }
        int emitted = producer.get();
        assertThat(emitted).isEqualTo(wanted);
        assertThat(numbers).hasSize(emitted - emitted / 7).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void a_limited_read_leaves_the_rest() {
        emit(10, 0);
        assertThat(events.read(this::take, 4)).isEqualTo(4);
        assertThat(events.await(0)).isTrue();
        assertThat(events.read(this::take, 100)).isEqualTo(6);
        assertThat(events.await(0)).isFalse();
    }

    @Test
    void await_ends_with_an_event() throws ExecutionException, InterruptedException {
        CompletableFuture<Boolean> waiting = CompletableFuture.supplyAsync(() -> events.await(-1));
        emit(1, 0);
        assertThat(waiting.get()).isTrue();
        assertThat(events.read(this::take)).isEqualTo(1);
    }

    @Test
    void await_ends_with_a_wakeup_from_before_or_during_and_each_ends_one() throws Exception {
        events.wakeup();
        assertThat(events.await(-1)).isFalse();
        CompletableFuture<Boolean> waiting = CompletableFuture.supplyAsync(() -> events.await(-1));
        events.wakeup();
        assertThat(waiting.get()).isFalse();
        assertThat(events.await(1)).isFalse();
    }

    @Test
    void close_ends_an_await_and_what_comes_after_is_an_illegal_state() throws Exception {
        CompletableFuture<Void> waiting = CompletableFuture.runAsync(() -> {
            while (true) {
                events.await(-1);
            }
        });
        events.close();
        events.close();

        assertThatThrownBy(() -> waiting.get(30, TimeUnit.SECONDS)).hasCauseInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> events.read(this::take)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> events.await(0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_consumer_that_waits_again_and_again_never_outwaits_close() throws Exception {
        for (int round = 0; round < 500; round++) {
            EventBuffer another = EventBuffer.open(object.map("events"));
            CompletableFuture<Void> waiting = CompletableFuture.runAsync(() -> {
                while (true) {
                    another.await(-1);
                }
            });
            another.close();
            assertThatThrownBy(() -> waiting.get(30, TimeUnit.SECONDS))
                    .as("round %d", round)
                    .hasCauseInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void the_next_reader_goes_on_where_the_last_one_left_off() {
        emit(5, 0);
        events.read(this::take, 2);
        events.close();
        try (EventBuffer next = EventBuffer.open(object.map("events"))) {
            next.read(this::take);
        }
        assertThat(numbers).containsExactly(0L, 1L, 2L, 3L, 4L);
    }

    @Test
    void only_a_ring_buffer_is_read_as_one() {
        try (BpfMap array = BpfMap.create(BpfMapType.ARRAY, "array", 4, 8, 1, 0)) {
            assertThatThrownBy(() -> EventBuffer.open(array))
                    .isInstanceOf(BpfException.class)
                    .hasMessageContaining("it is of type ARRAY");
        }
    }

    @Test
    void a_buffer_outlives_the_object_it_came_from() {
        emit(1, 0);
        object.close();
        assertThat(events.read(this::take)).isEqualTo(1);
    }
}
