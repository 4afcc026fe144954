package dev.ballast.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The reader's half of the protocol, on memory in which the test plays the kernel. */
class EventRingTest {
    private static final int SIZE = 64;

    private final Arena arena = Arena.ofAuto();
    private final MemorySegment consumer = arena.allocate(8, 8);
    private final MemorySegment producer = arena.allocate(8, 8);
    private final MemorySegment data = arena.allocate(2 * SIZE, 8);
    private final EventRing ring = new EventRing(consumer, producer, data);
    private final List<Long> seen = new ArrayList<>();

    /** An event of 8 bytes at {@code position}, in both copies of the data. */
    private void write(long position, int flags, long value) {
        for (int copy = 0; copy < 2 * SIZE; copy += SIZE) {
            long at = copy + position % SIZE;
            data.set(JAVA_INT, at, 8 | flags);
            data.set(JAVA_LONG, copy + (position + 8) % SIZE, value);
        }
        producer.set(JAVA_LONG, 0, position + 16);
    }

    private int read() {
        return ring.read(event -> seen.add(event.get(JAVA_LONG, 0)), Integer.MAX_VALUE);
    }

    @Test
    void complete_events_are_handed_over_in_order_and_their_room_is_given_back() {
        write(0, 0, 10);
        write(16, 0, 11);

        assertThat(ring.backlogBytes()).isEqualTo(32);
        assertThat(read()).isEqualTo(2);
        assertThat(seen).containsExactly(10L, 11L);
        assertThat(consumer.get(JAVA_LONG, 0)).isEqualTo(32);
        assertThat(ring.backlogBytes()).isZero();
    }

    @Test
    void a_busy_event_stops_the_reader_although_one_behind_it_is_complete() {
        write(0, 0, 10);
        write(16, EventRing.BUSY, 11);
        write(32, 0, 12);

        assertThat(read()).isEqualTo(1);
        assertThat(consumer.get(JAVA_LONG, 0)).isEqualTo(16);

        write(16, 0, 11);
        producer.set(JAVA_LONG, 0, 48);
        assertThat(read()).isEqualTo(2);
        assertThat(seen).containsExactly(10L, 11L, 12L);
    }

    @Test
    void a_discarded_event_is_passed_in_silence() {
        write(0, EventRing.DISCARD, 10);
        write(16, 0, 11);

        assertThat(read()).isEqualTo(1);
        assertThat(seen).containsExactly(11L);
        assertThat(consumer.get(JAVA_LONG, 0)).isEqualTo(32);
    }

    @Test
    void a_discarded_event_that_is_still_busy_stops_the_reader() {
        write(0, EventRing.BUSY | EventRing.DISCARD, 10);

        assertThat(read()).isZero();
        assertThat(consumer.get(JAVA_LONG, 0)).isZero();
    }

    @Test
    void an_event_that_wraps_is_one_piece() {
        consumer.set(JAVA_LONG, 0, SIZE - 8);
        producer.set(JAVA_LONG, 0, SIZE - 8);
        EventRing late = new EventRing(consumer, producer, data);
        write(SIZE - 8, 0, 99);

        late.read(event -> seen.add(event.get(JAVA_LONG, 0)), 1);

        assertThat(seen).containsExactly(99L);
        assertThat(consumer.get(JAVA_LONG, 0)).isEqualTo(SIZE + 8);
    }

    @Test
    void the_limit_leaves_the_rest_for_the_next_read() {
        write(0, 0, 10);
        write(16, 0, 11);

        assertThat(ring.read(event -> {}, 1)).isEqualTo(1);
        assertThat(read()).isEqualTo(1);
        assertThat(seen).containsExactly(11L);
    }

    @Test
    void an_event_whose_handler_throws_counts_as_read() {
        write(0, 0, 10);
        write(16, 0, 11);

        assertThatThrownBy(() -> ring.read(
                        event -> {
                            throw new IllegalArgumentException("of the handler");
                        },
                        2))
                .hasMessage("of the handler");
        assertThat(read()).isEqualTo(1);
        assertThat(seen).containsExactly(11L);
    }

    @Test
    void a_handler_cannot_write_into_an_event() {
        write(0, 0, 10);

        assertThatThrownBy(() -> ring.read(event -> event.set(JAVA_LONG, 0, 1), 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("read-only");
    }
}
