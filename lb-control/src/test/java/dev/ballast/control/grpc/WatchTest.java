package dev.ballast.control.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.control.loop.Snapshot;
import dev.ballast.v1.Revision;
import dev.ballast.v1.StatusGrpc;
import dev.ballast.v1.StatusReply;
import dev.ballast.v1.StatusRequest;
import dev.ballast.v1.WatchConfigRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Streams of states, against the server on a socket. */
class WatchTest extends AgainstServedApi {
    @BeforeEach
    void start() throws IOException {
        start(Duration.ofMillis(500));
    }

    @Test
    void a_watch_of_revisions_begins_with_the_running_one_and_repeats_none() {
        Iterator<Revision> revisions = config().watch(WatchConfigRequest.getDefaultInstance());
        assertThat(revisions.next().getRevision()).isEqualTo(7);
        control.publish(Snapshots.at(7, 1, Snapshots.sampleMembers()));
        control.publish(Snapshots.at(8, 2, Snapshots.sampleMembers()));
        assertThat(revisions.next().getRevision()).isEqualTo(8);
    }

    @Test
    void a_watch_begins_with_the_current_state_and_follows_each_new_one() {
        Iterator<StatusReply> states = status().watch(StatusRequest.getDefaultInstance());

        assertThat(states.next().getRevision()).isEqualTo(7);
        control.publish(Snapshots.at(8, 1, Snapshots.sampleMembers()));
        assertThat(states.next().getRevision()).isEqualTo(8);
        control.publish(Snapshots.at(9, 2, Snapshots.sampleMembers()));
        assertThat(states.next().getRevision()).isEqualTo(9);
    }

    @Test
    void a_slow_watcher_gets_the_latest_state_in_order_and_nothing_piles_up() throws Exception {
        SlowWatcher watcher = new SlowWatcher();
        StatusGrpc.newStub(channel).watch(StatusRequest.getDefaultInstance(), watcher);
        watcher.request.acquire();
        awaitWatchers(1);

        // The reader asks for nothing meanwhile: 500 states of several megabytes each would not fit into its heap.
        Snapshot large = Snapshots.large(0);
        for (int revision = 100; revision <= 600; revision++) {
            control.publish(withRevision(large, revision));
        }
        List<Long> revisions = new ArrayList<>();
        while (revisions.isEmpty() || revisions.getLast() != 600) {
            watcher.next.run();
            revisions.add(watcher.states.take().getRevision());
        }

        assertThat(revisions).isSorted().doesNotHaveDuplicates().hasSizeLessThan(50);
    }

    @Test
    void a_watcher_that_leaves_is_unsubscribed() throws Exception {
        var context = io.grpc.Context.current().withCancellation();
        context.run(() -> status().watch(StatusRequest.getDefaultInstance()).next());
        awaitWatchers(1);

        context.cancel(null);

        awaitWatchers(0);
    }

    @Test
    void closing_the_server_ends_the_watches_and_removes_the_socket() throws Exception {
        Iterator<StatusReply> states = status().watch(StatusRequest.getDefaultInstance());
        states.next();

        api.server().close();

        assertThat(failureOf(states::next).getStatus().getDescription()).isEqualTo("the daemon is stopping");
        assertThat(control.watchers).isEmpty();
        assertThat(directory.resolve("x.sock")).doesNotExist();
    }

    private static Snapshot withRevision(Snapshot snapshot, long revision) {
        return new Snapshot(
                snapshot.node(),
                snapshot.instance(),
                snapshot.version(),
                snapshot.pid(),
                snapshot.startedUnixMs(),
                snapshot.timeUnixMs(),
                snapshot.countedUnixMs(),
                revision,
                snapshot.progress(),
                snapshot.reason(),
                snapshot.configYaml(),
                snapshot.configJson(),
                snapshot.programTag(),
                snapshot.builtInTag(),
                snapshot.features(),
                snapshot.interfaces(),
                snapshot.services(),
                snapshot.verdicts(),
                snapshot.txFailed(),
                snapshot.flows(),
                snapshot.warnings(),
                snapshot.journal(),
                snapshot.source(),
                snapshot.digests());
    }

    /** Asks for one state at a time, when told to. */
    private static final class SlowWatcher implements io.grpc.stub.ClientResponseObserver<StatusRequest, StatusReply> {
        final BlockingQueue<StatusReply> states = new LinkedBlockingQueue<>();
        final Semaphore request = new Semaphore(0);
        volatile Runnable next = () -> {};

        @Override
        public void beforeStart(io.grpc.stub.ClientCallStreamObserver<StatusRequest> call) {
            call.disableAutoRequestWithInitial(0);
            next = () -> call.request(1);
            request.release();
        }

        @Override
        public void onNext(StatusReply state) {
            states.add(state);
        }

        @Override
        public void onError(Throwable failure) {}

        @Override
        public void onCompleted() {}
    }
}
