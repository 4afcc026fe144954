package dev.ballast.control.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.control.loop.EventLog.Entry;
import dev.ballast.control.loop.EventLog.Severity;
import dev.ballast.control.model.Address;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the writer tells of what happens to it and to a real datapath. */
@Timeout(120)
class EventsKernelTest extends WriterOverKernel {
    private List<Entry> since(long sequence) {
        return events.after(sequence, "", EventLog.KEPT).entries();
    }

    private long now() {
        return events.after(0, "", EventLog.KEPT).last();
    }

    @Test
    void a_change_is_told_with_its_author_and_effects_and_so_is_the_interface() {
        apply(one(web(11, 12)));

        assertThat(since(0))
                .extracting(Entry::kind, Entry::revision, Entry::message)
                .anySatisfy(each -> assertThat(each)
                        .isEqualTo(
                                tuple(EventLog.Kind.DATAPATH, 1L, "interface one carries the program, in native mode")))
                .anySatisfy(each -> assertThat(each.toList().get(2).toString())
                        .startsWith("apply test.yaml by daemon: ")
                        .contains("web"));
    }

    @Test
    void a_refused_change_is_told_and_a_look_is_not() {
        apply(one(web(11, 12)));
        long before = now();

        assertThat(refusal(() -> apply("version: 2"))).isEqualTo(Kind.INVALID);
        assertThat(refusal(() -> plan("version: 2", Control.ChangeOptions.NONE)))
                .isEqualTo(Kind.INVALID);
        apply(one(web(11, 12))); // the same again

        assertThat(since(before)).singleElement().satisfies(event -> {
            assertThat(event.severity()).isEqualTo(Severity.WARNING);
            assertThat(event.message()).startsWith("apply test.yaml by daemon was refused: ");
        });
    }

    @Test
    void a_member_that_goes_down_and_comes_back_is_told_with_the_reason_and_counted() {
        apply(one(web(11, 12)));
        probing.pass(10);
        handle(new Event.HealthChanged());
        long before = now();

        probing.kill(backend(11), 80);
        probing.pass(20);
        handle(new Event.HealthChanged());
        probing.revive(backend(11), 80);
        probing.pass(20);
        handle(new Event.HealthChanged());

        List<Entry> told = events.after(before, "web", EventLog.KEPT).entries();
        assertThat(told).allSatisfy(event -> assertThat(event.member()).isEqualTo("web/10.0.1.11"));
        assertThat(told)
                .anySatisfy(event -> {
                    assertThat(event.severity()).isEqualTo(Severity.WARNING);
                    assertThat(event.message()).startsWith("down, was ").contains("tcp 10.0.1.11:80");
                })
                .last()
                .satisfies(event -> assertThat(event.message()).startsWith("up, was down"));
        assertThat(statistics.healthChanges()).containsEntry("down", 1L);
    }

    @Test
    void what_somebody_else_changed_is_told_with_its_repair() {
        apply(one(web(11, 12)));
        ticks(AUDIT_TICKS);
        long before = now();

        kernel(tables -> {
            tables.vips().remove(VIP);
            return tables;
        });
        ticks(AUDIT_TICKS);

        assertThat(since(before)).anySatisfy(event -> {
            assertThat(event.severity()).isEqualTo(Severity.WARNING);
            assertThat(event.message()).startsWith("was changed behind this daemon's back; repaired: ");
        });
    }

    @Test
    void a_swap_a_restart_and_a_teardown_are_told() throws Exception {
        apply(one(web(11, 12)));
        swap(otherBuild());
        assertThat(since(0)).anySatisfy(event -> assertThat(event.message()).contains("was replaced by", " on one"));

        restart();
        assertThat(since(0))
                .anySatisfy(event -> assertThat(event.message()).startsWith("started; restored revision 1"));

        long before = now();
        this.<List<String>>ask(reply -> new Event.Teardown(false, reply));
        assertThat(since(before))
                .anySatisfy(event -> assertThat(event.message()).startsWith("torn down: "));
    }

    @Test
    void what_happens_to_thousands_at_once_leaves_room_for_other_events() {
        Chronicle chronicle = new Chronicle(events, statistics);
        chronicle.nextHopsChanged(IntStream.range(0, 3 * Chronicle.MOST_AT_ONCE)
                .mapToObj(i ->
                        new NextHops.Change(Address.parse("10.1.%d.%d".formatted(i / 250, i % 250)), true, "gone"))
                .toList());

        assertThat(since(0)).hasSize(Chronicle.MOST_AT_ONCE + 1);
        assertThat(since(0).getLast().message()).isEqualTo("and 2000 more backends have other next hops, or none");
    }
}
