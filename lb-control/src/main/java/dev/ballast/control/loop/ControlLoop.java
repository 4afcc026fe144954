package dev.ballast.control.loop;

import com.lmax.disruptor.BlockingWaitStrategy;
import com.lmax.disruptor.ExceptionHandler;
import com.lmax.disruptor.dsl.Disruptor;
import com.lmax.disruptor.dsl.ProducerType;
import dev.ballast.control.journal.Accepted;
import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.control.model.Config;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queue before the {@link Writer} and the one thread behind it.
 *
 * <p>A request that finds the ring full is refused at once. Signals (health, network, tick) carry nothing: each is in the
 * ring at most once, and what it stands for waits with its source, so that a storm of them costs one event and loses none.
 */
public final class ControlLoop implements Control, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlLoop.class);
    private static final int RING_EVENTS = 1024;
    private static final long TICK_MS = 1000;
    /** Neighbour tables flicker; one look at the network a while is enough. */
    private static final long NETWORK_QUIET_MS = 50;

    private static final class Slot {
        @Nullable
        Event event;
    }

    private final Disruptor<Slot> disruptor;
    private volatile Snapshot latest;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("ballast-tick").daemon().factory());
    private final AtomicBoolean healthPending = new AtomicBoolean();
    private final AtomicBoolean networkPending = new AtomicBoolean();
    private final AtomicBoolean tickPending = new AtomicBoolean();
    private final AtomicBoolean stopped = new AtomicBoolean();

    /** What the writer does with an event, and what it then shows. */
    interface Handler {
        void handle(Event event);

        Snapshot snapshot();
    }

    private ControlLoop(Snapshot first) {
        latest = first;
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
     */
    static ControlLoop create(Snapshot first) {
        return new ControlLoop(first);
    }

    /** Starts the thread. From here on, only it touches {@code handler}. */
    void run(Handler handler) {
        disruptor.handleEventsWith((slot, _, _) -> {
            Event event = slot.event;
            slot.event = null;
            if (event != null) {
                settle(event);
                handler.handle(event);
                latest = handler.snapshot();
            }
        });
        disruptor.setDefaultExceptionHandler(new LastResort());
        disruptor.start();
        ScheduledFuture<?> _ = timer.scheduleAtFixedRate(
                () -> signal(tickPending, new Event.Tick()), 0, TICK_MS, TimeUnit.MILLISECONDS);
    }

    /** A signal that comes again while it is handled has to be handled again, so its mark goes first. */
    private void settle(Event event) {
        switch (event) {
            case Event.HealthChanged _ -> healthPending.set(false);
            case Event.NetworkChanged _ -> networkPending.set(false);
            case Event.Tick _ -> tickPending.set(false);
            default -> {}
        }
    }

    /** Tells the writer that health transitions wait. Any thread; never blocks. */
    void healthChanged() {
        signal(healthPending, new Event.HealthChanged());
    }

    /** Tells the writer to look at the network again. Any thread; never blocks. */
    void networkChanged() {
        if (networkPending.compareAndSet(false, true)) {
            ScheduledFuture<?> _ = timer.schedule(
                    () -> {
                        if (!offer(new Event.NetworkChanged())) {
                            networkPending.set(false);
                        }
                    },
                    NETWORK_QUIET_MS,
                    TimeUnit.MILLISECONDS);
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
        if (stopped.get()) {
            request.reply()
                    .completeExceptionally(new ChangeRefusedException(
                            Kind.UNAVAILABLE, "the daemon is stopping; repeat this when it is back"));
        } else if (!offer(request)) {
            request.reply()
                    .completeExceptionally(new ChangeRefusedException(
                            Kind.UNAVAILABLE,
                            "%d changes are waiting already; repeat this in a moment".formatted(RING_EVENTS)));
        }
        return request.reply();
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
    public Snapshot snapshot() {
        return latest;
    }

    @Override
    public Subscription watch(Consumer<Snapshot> reader) {
        disruptor.publishEvent((slot, _) -> slot.event = new Event.AddWatch(reader));
        return () -> disruptor.publishEvent((slot, _) -> slot.event = new Event.RemoveWatch(reader));
    }

    /** Handles what is in the ring, then stops the thread. The datapath goes on. */
    @Override
    public void close() {
        if (!stopped.compareAndSet(false, true)) {
            return;
        }
        timer.shutdownNow();
        CompletableFuture<Void> reply = new CompletableFuture<>();
        disruptor.publishEvent((slot, _) -> slot.event = new Event.Stop(reply));
        try {
            reply.get(10, TimeUnit.SECONDS);
            disruptor.shutdown(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            disruptor.halt();
        } catch (java.util.concurrent.ExecutionException
                | java.util.concurrent.TimeoutException
                | com.lmax.disruptor.TimeoutException e) {
            LOG.atError()
                    .addKeyValue("cause", e)
                    .log("the control loop did not stop in time; what is applied stays applied");
            disruptor.halt();
        }
    }

    /** The writer answers its own errors; what arrives here is a bug, and the loop has to outlive it. */
    private static final class LastResort implements ExceptionHandler<Slot> {
        @Override
        public void handleEventException(Throwable error, long sequence, Slot slot) {
            LOG.error("an event broke the control loop's writer; forwarding goes on, the event is lost", error);
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
