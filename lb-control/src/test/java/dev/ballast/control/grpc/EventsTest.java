package dev.ballast.control.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.control.loop.EventLog;
import dev.ballast.control.loop.EventLog.Kind;
import dev.ballast.control.loop.EventLog.Severity;
import dev.ballast.v1.Event;
import dev.ballast.v1.EventsReply;
import dev.ballast.v1.EventsRequest;
import dev.ballast.v1.StatusGrpc;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EventsTest extends AgainstServedApi {
    @BeforeEach
    void start() throws IOException {
        start(Duration.ofMillis(500));
    }

    private void happen(int count) {
        for (int i = 0; i < count; i++) {
            control.events.add(Severity.WARNING, Kind.HEALTH, "web", "web/10.0.1.11", 7, "x".repeat(500));
        }
    }

    private Iterator<EventsReply> events(EventsRequest.Builder request) {
        return StatusGrpc.newBlockingStub(channel).events(request.build());
    }

    private static List<Event> all(Iterator<EventsReply> replies) {
        List<Event> events = new ArrayList<>();
        replies.forEachRemaining(reply -> events.addAll(reply.getEventsList()));
        return events;
    }

    @Test
    void all_that_is_kept_comes_in_order_and_the_call_ends() {
        happen(1_000);

        List<Event> events = all(events(EventsRequest.newBuilder()));

        assertThat(events).hasSize(1_000);
        assertThat(events.getLast().getSequence()).isEqualTo(1_000);
        assertThat(events.getFirst().getSeverity()).isEqualTo("warning");
        assertThat(events.getFirst().getKind()).isEqualTo("health");
        assertThat(events.getFirst().getMember()).isEqualTo("web/10.0.1.11");
    }

    @Test
    void a_limit_takes_the_last_so_many_and_a_number_those_behind_it() {
        happen(10);

        assertThat(all(events(EventsRequest.newBuilder().setLimit(3))))
                .extracting(Event::getSequence)
                .containsExactly(8L, 9L, 10L);
        assertThat(all(events(EventsRequest.newBuilder().setLimit(100)))).hasSize(10);
        assertThat(all(events(EventsRequest.newBuilder().setAfterSequence(9)))).hasSize(1);
        assertThat(all(events(EventsRequest.newBuilder().setAfterSequence(9).setLimit(5))))
                .hasSize(1);
    }

    @Test
    void a_follower_gets_what_happens_later() {
        happen(1);
        Iterator<EventsReply> replies = events(EventsRequest.newBuilder().setFollow(true));
        assertThat(replies.next().getEvents(0).getSequence()).isEqualTo(1);

        happen(1);

        assertThat(replies.next().getEvents(0).getSequence()).isEqualTo(2);
    }

    @Test
    void a_follower_that_does_not_read_stalls_nobody_and_is_told_what_it_missed() {
        happen(1);
        Iterator<EventsReply> slow = events(EventsRequest.newBuilder().setFollow(true));
        assertThat(slow.next().getEvents(0).getSequence()).isEqualTo(1);

        happen(5 * EventLog.KEPT);
        assertThat(all(events(EventsRequest.newBuilder()))).hasSize(EventLog.KEPT);

        long told = 1;
        while (told < 5L * EventLog.KEPT + 1) {
            EventsReply reply = slow.next();
            told += reply.getMissed() + reply.getEventsCount();
        }
        assertThat(told).as("each is read or known to be missed").isEqualTo(5L * EventLog.KEPT + 1);
    }

    @Test
    void a_reader_that_hangs_up_and_comes_back_goes_on_where_it_was() {
        happen(5);
        Context.CancellableContext call = Context.current().withCancellation();
        call.run(() -> assertThat(events(EventsRequest.newBuilder().setFollow(true))
                        .next()
                        .getEventsCount())
                .isEqualTo(5));
        call.cancel(null);
        happen(3);

        assertThat(all(events(EventsRequest.newBuilder().setAfterSequence(5))))
                .extracting(Event::getSequence)
                .containsExactly(6L, 7L, 8L);
        assertThat(all(events(EventsRequest.newBuilder().setAfterSequence(1_000))))
                .as("a number of an earlier daemon")
                .hasSize(8);
    }

    @Test
    void a_follower_is_told_that_the_daemon_stops() throws Exception {
        happen(1);
        Iterator<EventsReply> replies = events(EventsRequest.newBuilder().setFollow(true));
        replies.next();

        api.server().close();

        assertThatThrownBy(replies::hasNext)
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageContaining("the daemon is stopping");
    }

    @Test
    void a_service_that_is_not_there_is_not_found() {
        assertThatThrownBy(() -> all(events(EventsRequest.newBuilder().setService("wbe"))))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessageContaining("did you mean web?");
    }
}
