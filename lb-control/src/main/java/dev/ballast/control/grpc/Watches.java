package dev.ballast.control.grpc;

import dev.ballast.control.loop.Control;
import dev.ballast.control.loop.Snapshot;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The calls that are told of each state, until the caller hangs up or the daemon stops. One that does not read holds one state, and
 * nobody up.
 */
final class Watches {
    private final Control control;
    private final Executor executor;
    private final Set<Watch> open = ConcurrentHashMap.newKeySet();
    private volatile boolean stopping;

    /** One call; nothing is sent to it after {@link #stop}. Compared by identity. */
    private static final class Watch {
        final ServerCallStreamObserver<?> stream;
        private final LatestState<Snapshot> states;
        private final Control.Subscription subscription;

        Watch(ServerCallStreamObserver<?> stream, LatestState<Snapshot> states, Control.Subscription subscription) {
            this.stream = stream;
            this.states = states;
            this.subscription = subscription;
        }

        void stop() {
            states.close();
            subscription.close();
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
        Watch watch = new Watch(stream, states, control.watch(states::offer));
        open.add(watch);
        stream.setOnCancelHandler(() -> {
            open.remove(watch);
            watch.stop();
        });
        stream.setOnReadyHandler(states::send);
        if (stopping) {
            end();
        }
    }

    /** Ends those that are open and all that come later: the daemon is stopping. */
    void end() {
        stopping = true;
        List.copyOf(open).stream().filter(open::remove).forEach(watch -> {
            watch.stop();
            watch.stream.onError(io.grpc.Status.UNAVAILABLE
                    .withDescription("the daemon is stopping")
                    .asRuntimeException());
        });
    }
}
