package dev.ballast.control.grpc;

import dev.ballast.control.loop.Control;
import dev.ballast.control.loop.EventLog;
import dev.ballast.control.model.Words;
import dev.ballast.v1.Event;
import dev.ballast.v1.EventsReply;
import dev.ballast.v1.EventsRequest;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Brings the log of events to one reader, as fast as that takes them: what it did not take yet stays in the log, and what goes from
 * there is counted as missed. Holds one number for it, whatever its pace.
 */
final class EventFeed {
    private static final int EVENTS_PER_MESSAGE = 256;

    private final EventLog log;
    private final EventsRequest request;
    private final ServerCallStreamObserver<EventsReply> stream;
    private final Executor executor;
    private final AtomicBoolean handedOver = new AtomicBoolean();
    private boolean closed;
    private long after;
    private Control.@Nullable Subscription subscription;

    EventFeed(EventLog log, EventsRequest request, ServerCallStreamObserver<EventsReply> stream, Executor executor) {
        this.log = log;
        this.request = request;
        this.stream = stream;
        this.executor = executor;
        this.after = begin(log, request);
    }

    /** Begins to send, on the executor. */
    synchronized void start() {
        if (request.getFollow() && !closed) {
            subscription = log.listen(this::wake);
        }
        wake();
    }

    /** Something happened: at most one task waits, however much does. */
    private void wake() {
        if (handedOver.compareAndSet(false, true)) {
            try {
                executor.execute(this::send);
            } catch (RejectedExecutionException e) {
                var _ = close(); // the server has stopped, and whose event this is must not hear of it
            }
        }
    }

    /** Sends what the reader takes; called again whenever it takes more. */
    synchronized void send() {
        handedOver.set(false);
        while (!closed && stream.isReady()) {
            EventLog.Page page = log.after(after, request.getService(), EVENTS_PER_MESSAGE);
            after = page.last();
            if (!page.entries().isEmpty() || page.missed() > 0) {
                stream.onNext(message(page));
            }
            if (page.entries().size() < EVENTS_PER_MESSAGE) {
                if (!request.getFollow()) {
                    var _ = close();
                    stream.onCompleted();
                }
                return;
            }
        }
    }

    /** Where to begin: behind what the caller has, and at most so many from the end. */
    private static long begin(EventLog log, EventsRequest request) {
        long after = request.getAfterSequence();
        if (request.getLimit() == 0) {
            return after;
        }
        int most = Integer.compareUnsigned(request.getLimit(), EventLog.KEPT) > 0 ? EventLog.KEPT : request.getLimit();
        EventLog.Page latest = log.latest(request.getService(), most);
        long first = latest.entries().isEmpty()
                ? latest.last()
                : latest.entries().getFirst().sequence() - 1;
        return Long.compareUnsigned(after, latest.last()) > 0 ? first : Math.max(first, after);
    }

    /** Sends nothing any more; says whether it might have until now. */
    synchronized boolean close() {
        boolean wasOpen = !closed;
        closed = true;
        if (subscription != null) {
            subscription.close();
        }
        return wasOpen;
    }

    private static EventsReply message(EventLog.Page page) {
        EventsReply.Builder reply = EventsReply.newBuilder().setMissed(page.missed());
        for (EventLog.Entry entry : page.entries()) {
            reply.addEvents(Event.newBuilder()
                    .setSequence(entry.sequence())
                    .setTimeUnixMs(entry.unixMs())
                    .setSeverity(Words.of(entry.severity()))
                    .setKind(Words.of(entry.kind()))
                    .setService(entry.service())
                    .setMember(entry.member())
                    .setRevision(entry.revision())
                    .setMessage(entry.message()));
        }
        return reply.build();
    }
}
