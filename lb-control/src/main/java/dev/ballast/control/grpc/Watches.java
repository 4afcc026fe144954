package dev.ballast.control.grpc;

import dev.ballast.control.loop.Control;
import dev.ballast.control.loop.Snapshot;
import dev.ballast.v1.EventsReply;
import dev.ballast.v1.EventsRequest;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The calls that are told of each state or of events, until the caller hangs up or the daemon stops. One that does not read holds one
 * state, or a place in the events, and nobody up.
 */
final class Watches {
    private final Control control;
    private final Executor executor;
    private final Set<Watch> open = ConcurrentHashMap.newKeySet();
    private volatile boolean stopping;

    /** One call. Compared by identity. */
    private static final class Watch {
        final ServerCallStreamObserver<?> stream;
        final BooleanSupplier stop;

        Watch(ServerCallStreamObserver<?> stream, BooleanSupplier stop) {
            this.stream = stream;
            this.stop = stop;
        }
    }

    Watches(Control control, Executor executor) {
        this.control = control;
        this.executor = executor;
    }

    /**
     * Sends what {@code messages} makes of {@code first} and of each later state.
     *
     * @param messages called for one state at a time, in their order
     */
    <R> void add(StreamObserver<R> call, Snapshot first, Function<Snapshot, Stream<R>> messages) {
        ServerCallStreamObserver<R> stream = (ServerCallStreamObserver<R>) call;
        LatestState<Snapshot> states = new LatestState<>(
                first, executor, stream::isReady, state -> messages.apply(state).forEach(stream::onNext));
        Control.Subscription subscription = control.watch(states::offer);
        stream.setOnReadyHandler(states::send);
        keep(stream, () -> {
            subscription.close();
            return states.close();
        });
    }

    /** Sends events as the request asks for them. */
    void add(StreamObserver<EventsReply> call, EventsRequest request) {
        ServerCallStreamObserver<EventsReply> stream = (ServerCallStreamObserver<EventsReply>) call;
        EventFeed feed = new EventFeed(control.events(), request, stream, executor);
        stream.setOnReadyHandler(feed::send);
        keep(stream, feed::close);
        feed.start();
    }

    /**
     * Keeps a call until it is over.
     *
     * @param stop after it nothing is sent to the call; says whether something might have been until then
     */
    void keep(ServerCallStreamObserver<?> stream, BooleanSupplier stop) {
        Watch watch = new Watch(stream, stop);
        open.add(watch);
        stream.setOnCloseHandler(() -> open.remove(watch));
        stream.setOnCancelHandler(() -> {
            open.remove(watch);
            var _ = stop.getAsBoolean();
        });
        if (stopping) {
            end();
        }
    }

    /** Ends those that are open and all that come later: the daemon is stopping. */
    void end() {
        stopping = true;
        List.copyOf(open).stream().filter(open::remove).forEach(watch -> {
            if (watch.stop.getAsBoolean()) {
                watch.stream.onError(io.grpc.Status.UNAVAILABLE
                        .withDescription("the daemon is stopping")
                        .asRuntimeException());
            }
        });
    }
}
