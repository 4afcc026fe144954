package dev.ballast.control.loop;

import com.lmax.disruptor.BlockingWaitStrategy;
import com.lmax.disruptor.ExceptionHandler;
import com.lmax.disruptor.dsl.Disruptor;
import com.lmax.disruptor.dsl.ProducerType;
import dev.ballast.control.journal.Accepted;
import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.ConfigEdit;
import dev.ballast.datapath.LiveSamples;
import dev.ballast.datapath.Sampling;
import dev.ballast.datapath.TwinSource;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queue before the {@link Writer} and the one thread behind it.
 *
 * <p>A request that finds the ring full is refused at once. Signals (health, network, tick, a new watch) carry nothing: each is in the
 * ring at most once, and what it stands for waits with its source, so that a storm of them costs one event and loses none.
 */
public final class ControlLoop implements Control, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlLoop.class);
    private static final int RING_EVENTS = 1024;
    private static final long TICK_MS = 1000;
    /** Neighbour tables flicker; one look at the network a while is enough. */
    private static final long NETWORK_QUIET_MS = 50;

    private static final long STOP_SECONDS = 10;

    /** So long a reader of the state waits for a loop that is busy, before it gets an older one. */
    private static final int SHOW_SECONDS = 10;

    /** A reader of states; the same reader may watch twice. Compared by identity. */
    private static final class Watch<T> {
        final Consumer<T> reader;

        Watch(Consumer<T> reader) {
            this.reader = reader;
        }

        void tell(T state) {
            try {
                reader.accept(state);
            } catch (RuntimeException e) {
                LOG.error("a watcher failed; it has missed a state", e);
            }
        }
    }

    private static final class Slot {
        @Nullable
        Event event;
    }

    private final Disruptor<Slot> disruptor;
    private final Snapshot first;
    private final EventLog events;
    private volatile @Nullable Handler handler;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("ballast-tick").daemon().factory());
    private final AtomicBoolean healthPending = new AtomicBoolean();
    private final AtomicBoolean networkPending = new AtomicBoolean();
    private final AtomicBoolean tickPending = new AtomicBoolean();
    private final AtomicBoolean watchPending = new AtomicBoolean();
    private final AtomicBoolean stopped = new AtomicBoolean();
    /** Not in the ring: who comes or goes while it is full, or from the loop's own thread, must not wait for it. */
    private final Set<Watch<Snapshot>> watches = ConcurrentHashMap.newKeySet();

    private final Set<Watch<Brief>> briefed = ConcurrentHashMap.newKeySet();
    private volatile Brief brief;
    /** Requests without an answer: whoever stops the loop answers them. */
    private final Map<Long, CompletableFuture<?>> unanswered = new ConcurrentHashMap<>();

    private final AtomicLong requests = new AtomicLong();
    private final LoopStatistics statistics = LoopStatistics.of(this::waiting);

    /** What the writer does with an event, and what it then shows. */
    interface Handler {
        /** Handles an event and answers its request, if it is one. On the loop's thread. */
        void handle(Event event);

        /** The state as {@link Event.Show} last showed it. Any thread. */
        Snapshot snapshot();

        /** The state in a line. On the loop's thread. */
        Brief brief();

        /** Whether something has happened since. Any thread; a request is answered only when this tells of what became of it. */
        boolean isStale();
    }

    private ControlLoop(Snapshot first, EventLog events) {
        this.first = first;
        this.events = events;
        this.brief = Brief.of(first);
        disruptor = new Disruptor<>(
                Slot::new,
                RING_EVENTS,
                Thread.ofPlatform().name("ballast-loop").factory(),
                ProducerType.MULTI,
                new BlockingWaitStrategy());
    }

    /**
     * A loop that is not running yet: {@code writer} needs its signals before {@link #run} is called.
     *
     * @param first what readers see until the first event was handled
     * @param events what the writer notes, for readers
     */
    static ControlLoop create(Snapshot first, EventLog events) {
        return new ControlLoop(first, events);
    }

    /** Starts the thread. From here on, only it touches {@code handler}. */
    void run(Handler writer) {
        disruptor.handleEventsWith((slot, _, _) -> {
            Event event = slot.event;
            slot.event = null;
            if (event != null) {
                settle(event);
                long startedNs = System.nanoTime();
                handle(writer, event);
                tell(writer);
                statistics.handled(event, System.nanoTime() - startedNs);
            }
        });
        handler = writer;
        disruptor.setDefaultExceptionHandler(new LastResort());
        disruptor.start();
        ScheduledFuture<?> _ = timer.scheduleAtFixedRate(
                () -> signal(tickPending, new Event.Tick()), 0, TICK_MS, TimeUnit.MILLISECONDS);
    }

    /** The writer answers its own errors; what arrives here is a bug, and neither the loop nor who waits may hang on it. */
    private static void handle(Handler writer, Event event) {
        try {
            writer.handle(event);
        } catch (RuntimeException | Error e) {
            LOG.error("{} broke the control loop's writer; forwarding goes on, the event is lost", event, e);
            if (event instanceof Event.Request<?> request) {
                request.reply()
                        .completeExceptionally(new ChangeRefusedException(
                                Kind.FAILED,
                                "a defect of the daemon: %s; its log has the details, `ballast status` shows what is in force"
                                        .formatted(e)));
            }
        }
    }

    private void tell(Handler writer) {
        Brief now = writer.brief();
        brief = now;
        briefed.forEach(watch -> watch.tell(now));
        if (watches.isEmpty()) {
            return;
        }
        if (writer.isStale()) {
            handle(writer, new Event.Show(new CompletableFuture<>()));
        }
        Snapshot snapshot = writer.snapshot();
        watches.forEach(watch -> watch.tell(snapshot));
    }

    /** A signal that comes again while it is handled has to be handled again, so its mark goes first. */
    private void settle(Event event) {
        switch (event) {
            case Event.HealthChanged _ -> healthPending.set(false);
            case Event.NetworkChanged _ -> networkPending.set(false);
            case Event.Tick _ -> tickPending.set(false);
            case Event.WatchAdded _ -> watchPending.set(false);
            default -> {}
        }
    }

    /** Tells the writer that health transitions wait. Any thread; never blocks. */
    void healthChanged() {
        signal(healthPending, new Event.HealthChanged());
    }

    /** Tells the writer to look at the network again. Any thread; never blocks. */
    void networkChanged() {
        if (!stopped.get() && networkPending.compareAndSet(false, true)) {
            try {
                ScheduledFuture<?> _ = timer.schedule(
                        () -> {
                            if (!offer(new Event.NetworkChanged())) {
                                networkPending.set(false);
                            }
                        },
                        NETWORK_QUIET_MS,
                        TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                LOG.debug("stopping: a change of the network is for the next start to see");
            }
        }
    }

    /** Tells the writer that a grace period has ended. Waits while the ring is full: it must not be lost. */
    void graceEnded(long number) {
        disruptor.publishEvent((slot, _) -> slot.event = new Event.GraceEnded(number));
    }

    /** The ring being full loses nothing: the next tick looks at everything. */
    private void signal(AtomicBoolean pending, Event event) {
        if (pending.compareAndSet(false, true) && !offer(event)) {
            pending.set(false);
        }
    }

    private boolean offer(Event event) {
        return disruptor.getRingBuffer().tryPublishEvent((slot, _) -> slot.event = event);
    }

    private <T> CompletableFuture<T> request(Event.Request<T> request) {
        CompletableFuture<T> reply = request.reply();
        // Noted before the look at `stopped`: either this sees the stop, or the stop sees the request.
        long number = requests.incrementAndGet();
        unanswered.put(number, reply);
        if (stopped.get()) {
            reply.completeExceptionally(stopping());
        } else if (!offer(request)) {
            statistics.refused();
            reply.completeExceptionally(new ChangeRefusedException(
                    Kind.UNAVAILABLE,
                    "%d changes are waiting already; repeat this in a moment".formatted(RING_EVENTS)));
        }
        return reply.whenComplete((_, _) -> unanswered.remove(number));
    }

    /** Events in the ring that were not handled yet, the one that is being handled included. */
    private long waiting() {
        return RING_EVENTS - disruptor.getRingBuffer().remainingCapacity();
    }

    /** How the loop keeps up. Any thread. */
    LoopStatistics statistics() {
        return statistics;
    }

    private static ChangeRefusedException stopping() {
        return new ChangeRefusedException(Kind.UNAVAILABLE, "the daemon is stopping; repeat this when it is back");
    }

    /** Takes up what was accepted before the daemon was started; fails as {@link #apply} does. */
    CompletableFuture<Long> restore(Config config, Accepted accepted) {
        return request(new Event.Restore(config, accepted, new CompletableFuture<>()));
    }

    @Override
    public CompletableFuture<Change> apply(byte[] yaml, String fileName, ChangeOptions options) {
        return request(new Event.Apply(ByteBuffer.wrap(yaml), fileName, options, new CompletableFuture<>()));
    }

    @Override
    public CompletableFuture<Change> edit(List<ConfigEdit> edits, ChangeOptions options) {
        return request(new Event.Edit(List.copyOf(edits), options, new CompletableFuture<>()));
    }

    @Override
    public CompletableFuture<Preview> plan(byte[] yaml, String fileName, ChangeOptions options) {
        return request(new Event.Plan(ByteBuffer.wrap(yaml), fileName, options, new CompletableFuture<>()));
    }

    @Override
    public CompletableFuture<Change> rollback(long revision, ChangeOptions options) {
        return request(new Event.Rollback(revision, options, new CompletableFuture<>()));
    }

    @Override
    public CompletableFuture<Page> history(long before, int limit) {
        return request(new Event.LookBack<>(past -> past.page(before, limit), new CompletableFuture<>()));
    }

    @Override
    public CompletableFuture<Comparison> diff(long from, long to) {
        return request(new Event.LookBack<>(past -> past.diff(from, to), new CompletableFuture<>()));
    }

    @Override
    public CompletableFuture<Comparison> diff(long from, byte[] yaml, String fileName) {
        return request(new Event.LookBack<>(past -> past.diff(from, yaml, fileName), new CompletableFuture<>()));
    }

    @Override
    public CompletableFuture<Change> drain(String member, ChangeOptions options) {
        return request(new Event.Drain(member, true, options, new CompletableFuture<>()));
    }

    @Override
    public CompletableFuture<Change> undrain(String member, ChangeOptions options) {
        return request(new Event.Drain(member, false, options, new CompletableFuture<>()));
    }

    @Override
    public CompletableFuture<Swap> swap(Optional<ObjectFile> object, ChangeOptions options) {
        return request(new Event.SwapProgram(object, options, new CompletableFuture<>()));
    }

    @Override
    public CompletableFuture<List<String>> teardown(boolean force) {
        return request(new Event.Teardown(force, new CompletableFuture<>()));
    }

    @Override
    public CompletableFuture<TwinSource> twinSource() {
        return request(new Event.CopyProgram(new CompletableFuture<>()));
    }

    @Override
    public CompletableFuture<LiveSamples> beginCapture(String service, Sampling outcomes) {
        return request(new Event.BeginCapture(service, outcomes, new CompletableFuture<>()));
    }

    @Override
    public CompletableFuture<Void> endCapture(LiveSamples samples) {
        return request(new Event.EndCapture(samples, new CompletableFuture<>()));
    }

    @Override
    public CompletableFuture<FlowCounts> flows() {
        return request(new Event.CountFlows(new CompletableFuture<>()));
    }

    @Override
    public CompletableFuture<Map<String, List<CheckStatus>>> checks(String service) {
        return request(new Event.Checks(service, new CompletableFuture<>()));
    }

    @Override
    public EventLog events() {
        return events;
    }

    @Override
    public Snapshot snapshot() {
        Handler writer = handler;
        if (writer == null) {
            return first;
        }
        return writer.isStale() ? shown(writer) : writer.snapshot();
    }

    /** A state of ten thousand services takes a while to put together: it is made for who asks, not with each event. */
    private Snapshot shown(Handler writer) {
        try {
            return request(new Event.Show(new CompletableFuture<>())).get(SHOW_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.atDebug()
                    .addKeyValue("cause", e)
                    .log("the loop has no time to show its state; the one before is shown");
        }
        return writer.snapshot();
    }

    @Override
    public Brief brief() {
        return brief;
    }

    @Override
    public Subscription watchBriefly(Consumer<Brief> reader) {
        Watch<Brief> watch = new Watch<>(reader);
        briefed.add(watch);
        signal(watchPending, new Event.WatchAdded());
        return () -> briefed.remove(watch);
    }

    @Override
    public Subscription watch(Consumer<Snapshot> reader) {
        Watch<Snapshot> watch = new Watch<>(reader);
        watches.add(watch);
        signal(watchPending, new Event.WatchAdded());
        return () -> watches.remove(watch);
    }

    /** Handles what is in the ring, then stops the thread, and answers whoever came too late. The datapath goes on. */
    @Override
    public void close() {
        if (!stopped.compareAndSet(false, true)) {
            return;
        }
        timer.shutdownNow();
        if (handler != null) {
            stopThread();
        }
        unanswered.values().forEach(reply -> reply.completeExceptionally(stopping()));
    }

    private void stopThread() {
        CompletableFuture<Void> reply = new CompletableFuture<>();
        disruptor.publishEvent((slot, _) -> slot.event = new Event.Stop(reply));
        try {
            reply.get(STOP_SECONDS, TimeUnit.SECONDS);
            disruptor.shutdown(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            disruptor.halt();
        } catch (ExecutionException | TimeoutException | com.lmax.disruptor.TimeoutException e) {
            LOG.atError()
                    .addKeyValue("cause", e)
                    .log("the control loop did not stop in time; what is applied stays applied");
            disruptor.halt();
        }
    }

    /** The handler throws nothing; what arrives here is of the Disruptor's own making. */
    private static final class LastResort implements ExceptionHandler<Slot> {
        @Override
        public void handleEventException(Throwable error, long sequence, Slot slot) {
            LOG.error("the control loop lost an event; forwarding goes on", error);
        }

        @Override
        public void handleOnStartException(Throwable error) {
            LOG.error("the control loop did not start", error);
        }

        @Override
        public void handleOnShutdownException(Throwable error) {
            LOG.error("the control loop did not stop cleanly", error);
        }
    }
}
