package dev.ballast.control.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.ballast.control.loop.EventLog.Kind;
import dev.ballast.control.loop.EventLog.Severity;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class EventLogTest {
    private final EventLog log = new EventLog(() -> 1_000, 0);

    private void add(String service, String message) {
        log.add(Severity.INFO, Kind.HEALTH, service, "", 7, message);
    }

    private void add(int count) {
        for (int i = 0; i < count; i++) {
            add("web", "event");
        }
    }

    @Test
    void entries_are_numbered_from_one_and_read_in_their_order() {
        add("web", "first");
        add("dns", "second");

        assertThat(log.after(0, "", 10).entries())
                .extracting(EventLog.Entry::sequence, EventLog.Entry::message)
                .containsExactly(tuple(1L, "first"), tuple(2L, "second"));
        assertThat(log.after(1, "", 10).entries()).hasSize(1);
        assertThat(log.after(2, "", 10).entries()).isEmpty();
    }

    @Test
    void who_reads_in_pages_gets_everything_once() {
        add(5);

        EventLog.Page first = log.after(0, "", 3);
        assertThat(first.entries()).hasSize(3);
        assertThat(log.after(first.last(), "", 3).entries())
                .extracting(EventLog.Entry::sequence)
                .containsExactly(4L, 5L);
    }

    @Test
    void who_falls_behind_is_told_how_many_are_gone() {
        add(3);
        add(EventLog.KEPT);

        EventLog.Page page = log.after(1, "", 10);
        assertThat(page.missed()).isEqualTo(2);
        assertThat(page.entries().getFirst().sequence()).isEqualTo(4);
        assertThat(log.after(3, "", 10).missed()).isZero();
        assertThat(log.after(0, "", 10).missed()).as("asked for what is kept").isZero();
    }

    @Test
    void a_number_of_an_earlier_daemon_means_from_the_beginning() {
        add(2);

        assertThat(log.after(5_000, "", 10).entries()).hasSize(2);
    }

    @Test
    void a_filter_leaves_out_what_concerns_others_and_does_not_lose_its_place() {
        add("web", "one");
        add("dns", "two");
        add("web", "three");
        add("dns", "four");

        assertThat(log.after(0, "web", 10).entries())
                .extracting(EventLog.Entry::message)
                .containsExactly("one", "three");
        assertThat(log.after(0, "web", 10).last()).isEqualTo(4);
        assertThat(log.latest("web", 1).entries())
                .extracting(EventLog.Entry::message)
                .containsExactly("three");
    }

    @Test
    void a_message_is_one_line_of_bounded_length() {
        add("web", "a\nb\u0000c" + "x".repeat(5_000));

        assertThat(log.after(0, "", 1).entries().getFirst().message())
                .startsWith("a b cx")
                .hasSizeLessThan(1_010);
    }

    @Test
    void listeners_hear_of_each_entry_until_they_leave() {
        AtomicInteger heard = new AtomicInteger();
        try (Control.Subscription _ = log.listen(heard::incrementAndGet)) {
            add(3);
        }
        add(1);

        assertThat(heard).hasValue(3);
    }

    @Test
    void a_number_of_an_earlier_daemon_is_answered_with_all_that_this_one_has_seen() {
        EventLog earlier = EventLog.sinceNow(() -> 1_795_348_800_123L);
        for (int event = 0; event < 500; event++) {
            earlier.add(Severity.INFO, Kind.DAEMON, "", "", 1, "earlier");
        }
        long known = earlier.latest("", 1).last();
        EventLog later = EventLog.sinceNow(() -> 1_795_348_801_000L);
        for (int event = 0; event < 600; event++) {
            later.add(Severity.INFO, Kind.DAEMON, "", "", 1, "later");
        }

        EventLog.Page page = later.after(known, "", 1_000);

        assertThat(page.entries()).hasSize(600);
        assertThat(page.missed()).isZero();
        for (int event = 0; event < EventLog.KEPT; event++) {
            later.add(Severity.INFO, Kind.DAEMON, "", "", 1, "much later");
        }
        assertThat(later.after(known, "", 1).missed())
                .as("what it has seen and forgotten")
                .isEqualTo(600);
        assertThat(later.after(0, "", 1).missed())
                .as("nothing was asked for that is gone")
                .isZero();
    }
}
