package dev.ballast.control.inspect;

import dev.ballast.control.loop.ChangeRefusedException;
import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.control.loop.Control;
import dev.ballast.datapath.Probe;
import dev.ballast.datapath.Twin;
import dev.ballast.datapath.TwinSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Inspects the datapath that the control loop drives. */
public final class LiveInspector implements Inspector {
    /** The loop hands out handles between two changes; one that is stuck for longer has other worries. */
    private static final long PATIENCE_S = 20;

    private final Control control;

    /** Each replay holds kernel memory that nobody has configured. */
    private final Semaphore free = new Semaphore(1);

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

    private TwinSource source() {
        CompletableFuture<TwinSource> source = control.twinSource();
        try {
            return source.copy().orTimeout(PATIENCE_S, TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            // It may still come, to nobody.
            var _ = source.thenAccept(TwinSource::close);
            throw e.getCause() instanceof ChangeRefusedException refused
                    ? refused
                    : new ChangeRefusedException(
                            Kind.UNAVAILABLE, "the control loop did not answer within " + PATIENCE_S + " s; try again");
        }
    }
}
