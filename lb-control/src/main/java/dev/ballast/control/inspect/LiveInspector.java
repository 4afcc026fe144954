package dev.ballast.control.inspect;

import dev.ballast.control.loop.ChangeRefusedException;
import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.control.loop.Control;
import dev.ballast.datapath.LiveSamples;
import dev.ballast.datapath.Probe;
import dev.ballast.datapath.Sampling;
import dev.ballast.datapath.Twin;
import dev.ballast.datapath.TwinSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Inspects the datapath that the control loop drives. */
public final class LiveInspector implements Inspector {
    /** The loop hands out handles between two changes; one that is stuck for longer has other worries. */
    private static final long PATIENCE_S = 20;

    private final Control control;

    /** Each replay holds kernel memory that nobody has configured. */
    private final Semaphore free = new Semaphore(1);

    /** Each swaps the program, and the event buffer has one reader. */
    private final Semaphore freeCapture = new Semaphore(1);

    private final LiveExplanations explanations;

    public LiveInspector(Control control) {
        this.control = control;
        this.explanations = new LiveExplanations(control::snapshot);
    }

    @Override
    public Replay replay() {
        if (!free.tryAcquire()) {
            throw new ChangeRefusedException(Kind.UNAVAILABLE, "another replay runs; try again when it has ended");
        }
        try (TwinSource source = source()) {
            return new TwinReplay(Twin.load(source), new ServiceNames(control::snapshot), free::release);
        } catch (RuntimeException | Error e) {
            free.release();
            throw e;
        }
    }

    @Override
    public Explained explain(Probe probe) {
        return explanations.explain(this::source, probe);
    }

    @Override
    public Capture capture(CaptureFilter filter) {
        if (!freeCapture.tryAcquire()) {
            throw new ChangeRefusedException(Kind.UNAVAILABLE, "another capture runs; try again when it has ended");
        }
        try {
            LiveSamples samples = await(control.beginCapture(filter.service(), sampling(filter)), this::endLate);
            return new LiveCapture(
                    samples, filter.service(), new ServiceNames(control::snapshot), System::currentTimeMillis, () -> {
                        var _ = control.endCapture(samples).whenComplete((_, _) -> freeCapture.release());
                    });
        } catch (RuntimeException | Error e) {
            freeCapture.release();
            throw e;
        }
    }

    private void endLate(LiveSamples samples) {
        var _ = control.endCapture(samples);
    }

    private static Sampling sampling(CaptureFilter filter) {
        return filter.reason()
                .map(Sampling.ALL::of)
                .or(() -> filter.verdictClass().map(Sampling.ALL::of))
                .orElse(Sampling.ALL);
    }

    private TwinSource source() {
        return await(control.twinSource(), TwinSource::close);
    }

    /** @param unwanted is given what comes too late */
    private static <T> T await(CompletableFuture<T> asked, Consumer<T> unwanted) {
        try {
            return asked.copy().orTimeout(PATIENCE_S, TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            var _ = asked.thenAccept(unwanted);
            throw e.getCause() instanceof ChangeRefusedException refused
                    ? refused
                    : new ChangeRefusedException(
                            Kind.UNAVAILABLE, "the control loop did not answer within " + PATIENCE_S + " s; try again");
        }
    }
}
