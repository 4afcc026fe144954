package dev.ballast.health.schedule;

import dev.ballast.health.ProbeResult;
import dev.ballast.health.ProbeResult.Failure;
import dev.ballast.health.ProbeResult.FailureKind;
import dev.ballast.health.ProbeResult.Success;
import dev.ballast.health.probe.Probe;
import dev.ballast.health.probe.ProbeSpec;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Probes whose results the test gives. */
final class ManualProbe implements Probe {
    static final ProbeResult GOOD = new Success(1_000_000);
    static final ProbeResult BAD = new Failure(FailureKind.REFUSED, "connection refused");

    /** One started probe. */
    static final class Started implements Attempt {
        final InetSocketAddress target;
        private final Consumer<ProbeResult> done;
        boolean cancelled;
        boolean ended;

        Started(InetSocketAddress target, Consumer<ProbeResult> done) {
            this.target = target;
            this.done = done;
        }

        void end(ProbeResult result) {
            ended = true;
            done.accept(result);
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }

    final List<Started> started = new ArrayList<>();

    /** If set, the result of each probe, given while it is being started. */
    ProbeResult immediate;

    @Override
    public Attempt start(InetSocketAddress target, ProbeSpec spec, Consumer<ProbeResult> done) {
        Started attempt = new Started(target, done);
        started.add(attempt);
        if (immediate != null) {
            attempt.end(immediate);
        }
        return attempt;
    }

    Started last() {
        return started.getLast();
    }

    long underWay() {
        return started.stream()
                .filter(attempt -> !attempt.ended && !attempt.cancelled)
                .count();
    }
}
