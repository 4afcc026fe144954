package dev.ballast.control.grpc;

import dev.ballast.control.loop.Control;
import dev.ballast.control.loop.Snapshot;
import dev.ballast.control.model.Nearest;
import dev.ballast.v1.StatusGrpc;
import dev.ballast.v1.StatusReply;
import dev.ballast.v1.StatusRequest;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/** {@code ballast.v1.Status}. */
final class StatusService extends StatusGrpc.StatusImplBase {
    private final Control control;
    private final Answers answers;
    private final Executor executor;
    private final Set<Watch> watches = ConcurrentHashMap.newKeySet();
    private volatile boolean stopping;

    /** One caller of Watch; nothing is sent to it after {@link #stop}. Compared by identity. */
    private static final class Watch {
        final ServerCallStreamObserver<StatusReply> stream;
        private final LatestState<Snapshot> states;
        private final Control.Subscription subscription;

        Watch(
                ServerCallStreamObserver<StatusReply> stream,
                LatestState<Snapshot> states,
                Control.Subscription subscription) {
            this.stream = stream;
            this.states = states;
            this.subscription = subscription;
        }

        void stop() {
            states.close();
            subscription.close();
        }
    }

    StatusService(Control control, Answers answers, Executor executor) {
        this.control = control;
        this.answers = answers;
        this.executor = executor;
    }

    @Override
    public void get(StatusRequest request, StreamObserver<StatusReply> call) {
        answers.now(call, () -> {
            Snapshot snapshot = control.snapshot();
            requireService(snapshot, request.getService());
            return Messages.status(snapshot, request.getService());
        });
    }

    @Override
    public void watch(StatusRequest request, StreamObserver<StatusReply> call) {
        Snapshot first;
        try {
            first = control.snapshot();
            requireService(first, request.getService());
        } catch (RuntimeException e) {
            call.onError(Failures.of(e));
            return;
        }
        ServerCallStreamObserver<StatusReply> stream = (ServerCallStreamObserver<StatusReply>) call;
        LatestState<Snapshot> states = new LatestState<>(
                first, executor, stream::isReady, state -> stream.onNext(Messages.status(state, request.getService())));
        Watch watch = new Watch(stream, states, control.watch(states::offer));
        watches.add(watch);
        stream.setOnCancelHandler(() -> {
            watches.remove(watch);
            watch.stop();
        });
        stream.setOnReadyHandler(states::send);
        if (stopping) {
            endWatches();
        }
    }

    /** Ends the watches that are open and all that come later: the daemon is stopping. */
    void endWatches() {
        stopping = true;
        List.copyOf(watches).stream().filter(watches::remove).forEach(watch -> {
            watch.stop();
            watch.stream.onError(io.grpc.Status.UNAVAILABLE
                    .withDescription("the daemon is stopping")
                    .asRuntimeException());
        });
    }

    private static void requireService(Snapshot snapshot, String name) {
        List<String> names =
                snapshot.services().stream().map(Snapshot.Service::name).toList();
        if (name.isEmpty() || names.contains(name)) {
            return;
        }
        String allowed = String.join(", ", names.subList(0, Math.min(names.size(), 20)));
        String near = Nearest.didYouMean(name, names);
        String cure = near.isEmpty() ? "`ballast status` lists the services" : near;
        throw Failures.notFound("services", name, allowed, "no service " + name + "; " + cure);
    }
}
