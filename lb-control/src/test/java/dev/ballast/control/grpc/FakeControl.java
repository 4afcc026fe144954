package dev.ballast.control.grpc;

import dev.ballast.control.loop.Brief;
import dev.ballast.control.loop.ChangeRefusedException;
import dev.ballast.control.loop.Control;
import dev.ballast.control.loop.EventLog;
import dev.ballast.control.loop.FlowCounts;
import dev.ballast.control.loop.Snapshot;
import dev.ballast.control.model.ConfigEdit;
import dev.ballast.control.model.Difference;
import dev.ballast.control.plan.DisruptionReport;
import dev.ballast.datapath.LiveSamples;
import dev.ballast.datapath.Sampling;
import dev.ballast.datapath.TwinSource;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A control loop without a loop: it notes each call as one line in {@link #calls} and answers as it was told. Unless
 * told otherwise every change is done at once.
 */
public final class FakeControl implements Control {
    static final List<Difference> DIFFERENCES =
            List.of(new Difference("services.web.backends[10.0.1.11].weight", "100", "50"));

    public final List<String> calls = new CopyOnWriteArrayList<>();
    public final List<Consumer<Snapshot>> watchers = new CopyOnWriteArrayList<>();
    /** Who is told the state in a line. */
    final List<Consumer<Brief>> briefed = new CopyOnWriteArrayList<>();

    public final EventLog events = new EventLog(() -> Snapshots.NOW_UNIX_MS, 0);
    private final AtomicReference<Snapshot> snapshot = new AtomicReference<>(Snapshots.sample());
    private volatile Supplier<CompletableFuture<Change>> change =
            () -> CompletableFuture.completedFuture(done(8, "web: 1 member leaves the ring"));
    private volatile Supplier<CompletableFuture<Preview>> preview = () ->
            CompletableFuture.completedFuture(new Preview(7, List.of(), List.of(), DisruptionReport.NONE, List.of()));
    private volatile Supplier<CompletableFuture<Swap>> swap = () -> CompletableFuture.completedFuture(
            new Swap("3b185187f1855c4c", "90e31b5af1c0d2ee", 811, 812, List.of("eth0", "eth1"), true));
    private volatile Supplier<CompletableFuture<List<String>>> teardown =
            () -> CompletableFuture.completedFuture(List.of("detached from eth0", "unpinned 9 maps"));

    private final Queue<CompletableFuture<Change>> stalled = new ConcurrentLinkedQueue<>();

    private volatile Runnable onCall = () -> {};

    /** Runs on the thread that brings a change, before it is answered. */
    public void onCall(Runnable action) {
        onCall = action;
    }

    public static Change done(long revision, String... effects) {
        return new Change(
                revision, true, Snapshot.Progress.DONE, "", List.of(effects), List.of(), DisruptionReport.NONE);
    }

    /** What apply, drain and undrain answer from now on. */
    public FakeControl answer(Change answer) {
        change = () -> CompletableFuture.completedFuture(answer);
        return this;
    }

    /** What plan answers from now on. */
    public FakeControl preview(Preview answer) {
        preview = () -> CompletableFuture.completedFuture(answer);
        return this;
    }

    /** What every change fails with from now on. */
    public FakeControl fail(RuntimeException failure) {
        change = () -> CompletableFuture.failedFuture(failure);
        preview = () -> CompletableFuture.failedFuture(failure);
        swap = () -> CompletableFuture.failedFuture(failure);
        teardown = () -> CompletableFuture.failedFuture(failure);
        return this;
    }

    public FakeControl refuse(ChangeRefusedException.Kind kind, String message) {
        return fail(new ChangeRefusedException(kind, message));
    }

    /** Every change fails before there is even a future. */
    public FakeControl throwAtOnce(RuntimeException failure) {
        change = () -> {
            throw failure;
        };
        return this;
    }

    /** Changes are accepted and not answered until {@link #goOn}. */
    public FakeControl stall() {
        change = () -> {
            CompletableFuture<Change> reply = new CompletableFuture<>();
            stalled.add(reply);
            return reply;
        };
        swap = CompletableFuture::new;
        teardown = CompletableFuture::new;
        return this;
    }

    /** Answers the changes that have stalled. */
    void goOn() {
        stalled.forEach(reply -> reply.complete(done(8)));
    }

    public FakeControl swapTo(Swap answer) {
        swap = () -> CompletableFuture.completedFuture(answer);
        return this;
    }

    /** Makes this the current state, without telling the watchers. */
    public FakeControl state(Snapshot state) {
        snapshot.set(state);
        return this;
    }

    /** Makes this the current state and tells the watchers, as the loop's thread does. */
    public void publish(Snapshot state) {
        snapshot.set(state);
        watchers.forEach(watcher -> watcher.accept(state));
        tell(Brief.of(state));
    }

    /** Tells who listens the state in a line, as the loop's thread does. */
    void tell(Brief now) {
        briefed.forEach(reader -> reader.accept(now));
    }

    @Override
    public CompletableFuture<Change> apply(byte[] yaml, String fileName, ChangeOptions options) {
        called("apply " + fileName + " " + text(options) + ": " + new String(yaml, StandardCharsets.UTF_8));
        return change.get();
    }

    @Override
    public CompletableFuture<Change> edit(List<ConfigEdit> edits, ChangeOptions options) {
        called("edit " + text(options) + ": " + edits);
        return change.get();
    }

    @Override
    public CompletableFuture<Preview> plan(byte[] yaml, String fileName, ChangeOptions options) {
        called("plan " + fileName + " " + text(options) + ": " + new String(yaml, StandardCharsets.UTF_8));
        return preview.get();
    }

    @Override
    public CompletableFuture<Change> rollback(long revision, ChangeOptions options) {
        called("rollback " + revision + " " + text(options));
        return change.get();
    }

    @Override
    public CompletableFuture<Page> history(long before, int limit) {
        calls.add("history before=" + before + " limit=" + limit);
        return CompletableFuture.completedFuture(new Page(List.of(Snapshots.REVISION), 3));
    }

    @Override
    public CompletableFuture<Comparison> diff(long from, long to) {
        calls.add("diff " + from + " " + to);
        return CompletableFuture.completedFuture(new Comparison(from, to, DIFFERENCES));
    }

    @Override
    public CompletableFuture<Comparison> diff(long from, byte[] yaml, String fileName) {
        calls.add("diff " + from + " " + fileName + ": " + new String(yaml, StandardCharsets.UTF_8));
        return CompletableFuture.completedFuture(new Comparison(from, 0, DIFFERENCES));
    }

    @Override
    public CompletableFuture<Change> drain(String member, ChangeOptions options) {
        called("drain " + member + " " + text(options));
        return change.get();
    }

    @Override
    public CompletableFuture<Change> undrain(String member, ChangeOptions options) {
        called("undrain " + member + " " + text(options));
        return change.get();
    }

    @Override
    public CompletableFuture<Swap> swap(Optional<ObjectFile> object, ChangeOptions options) {
        called("swap "
                + object.map(file -> file.name() + " of " + file.bytes().remaining() + " bytes")
                        .orElse("built-in") + " " + text(options));
        return swap.get();
    }

    @Override
    public CompletableFuture<List<String>> teardown(boolean force) {
        called("teardown force=" + force);
        return teardown.get();
    }

    @Override
    public CompletableFuture<TwinSource> twinSource() {
        return CompletableFuture.failedFuture(
                new ChangeRefusedException(ChangeRefusedException.Kind.FAILED, "no datapath is loaded"));
    }

    @Override
    public CompletableFuture<LiveSamples> beginCapture(String service, Sampling outcomes) {
        return CompletableFuture.failedFuture(
                new ChangeRefusedException(ChangeRefusedException.Kind.FAILED, "no datapath is loaded"));
    }

    @Override
    public CompletableFuture<Void> endCapture(LiveSamples samples) {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<FlowCounts> flows() {
        return CompletableFuture.completedFuture(new FlowCounts(
                new TreeMap<>(Map.of(
                        "web/10.0.1.11", new FlowCounts.Count(7, 2, 1, 3),
                        "web/10.0.1.99", new FlowCounts.Count(1, 0, 0, 0),
                        "dns/10.0.1.11", new FlowCounts.Count(5, 0, 0, 0))),
                Snapshots.NOW_UNIX_MS,
                1_500_000));
    }

    @Override
    public CompletableFuture<Map<String, List<CheckStatus>>> checks(String service) {
        return CompletableFuture.completedFuture(Map.of(
                "web/10.0.1.12",
                List.of(new CheckStatus(
                        "tcp 10.0.1.12:443 each 2s",
                        "down",
                        "connection refused",
                        Snapshots.NOW_UNIX_MS - 1_000,
                        310,
                        7))));
    }

    @Override
    public EventLog events() {
        return events;
    }

    @Override
    public Snapshot snapshot() {
        return snapshot.get();
    }

    @Override
    public Brief brief() {
        return Brief.of(snapshot());
    }

    @Override
    public Subscription watchBriefly(Consumer<Brief> reader) {
        briefed.add(reader);
        return () -> briefed.remove(reader);
    }

    @Override
    public Subscription watch(Consumer<Snapshot> reader) {
        watchers.add(reader);
        return () -> watchers.remove(reader);
    }

    private void called(String call) {
        onCall.run();
        calls.add(call);
    }

    private static String text(ChangeOptions options) {
        return "revision=" + options.expectedRevision()
                + (options.dryRun() ? " dryRun" : "")
                + (options.noWait() ? " noWait" : "")
                + (options.allowDelete() ? " allowDelete" : "")
                + options.maxDisruption().map(max -> " maxDisruption=" + max).orElse("")
                + (options.origin().requestId().isEmpty()
                        ? ""
                        : " requestId=" + options.origin().requestId());
    }
}
