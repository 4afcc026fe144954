package dev.ballast.control.inspect;

import dev.ballast.bpf.BpfException;
import dev.ballast.control.inspect.Inspector.Explained;
import dev.ballast.control.inspect.Inspector.NamedMember;
import dev.ballast.control.loop.ChangeRefusedException;
import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.control.loop.Snapshot;
import dev.ballast.control.model.Address;
import dev.ballast.control.plan.NameHash;
import dev.ballast.datapath.DatapathException;
import dev.ballast.datapath.Explainer;
import dev.ballast.datapath.Explanation;
import dev.ballast.datapath.MemberRow;
import dev.ballast.datapath.Probe;
import dev.ballast.datapath.TwinSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Explanations by one copy of the running program, which is loaded for the first question and kept for as long as questions come:
 * what takes long is the load. One question at a time, on any thread.
 */
final class LiveExplanations {
    /** A copy holds on to the live maps, so that a teardown frees them only after this. */
    private static final long KEPT_S = 60;

    private static final long KEPT_NS = TimeUnit.SECONDS.toNanos(KEPT_S);

    private final Supplier<Snapshot> snapshots;
    private @Nullable Explainer explainer;
    private int programId;
    private long lastAskedNs;

    LiveExplanations(Supplier<Snapshot> snapshots) {
        this.snapshots = snapshots;
    }

    synchronized Explained explain(Supplier<TwinSource> running, Probe probe) {
        Snapshot snapshot = snapshots.get();
        Explainer current = current(running);
        Explanation explanation;
        try {
            explanation = current.explain(probe);
        } catch (BpfException | DatapathException e) {
            throw new ChangeRefusedException(
                    Kind.INVALID,
                    "a frame of " + probe.length() + " bytes cannot be run: " + e.getMessage()
                            + "; ask for a shorter one");
        }
        Names names = new Names(current, snapshot);
        return new Explained(
                current.tag(),
                snapshot.revision(),
                explanation,
                explanation
                        .service()
                        .flatMap(row -> names.service(row.nameHash()))
                        .map(Snapshot.Service::name)
                        .orElse(""),
                names.members(explanation));
    }

    private Explainer current(Supplier<TwinSource> running) {
        try (TwinSource source = running.get()) {
            Explainer kept = explainer;
            if (kept == null || programId != source.programId()) {
                release();
                kept = Explainer.load(source);
                explainer = kept;
                programId = source.programId();
                releaseLater();
            }
            lastAskedNs = System.nanoTime();
            return kept;
        } catch (ChangeRefusedException e) {
            release(); // nothing runs any more
            throw e;
        }
    }

    private void releaseLater() {
        Explainer loaded = explainer;
        CompletableFuture.delayedExecutor(KEPT_S, TimeUnit.SECONDS).execute(() -> releaseIfIdle(loaded));
    }

    private synchronized void releaseIfIdle(@Nullable Explainer loaded) {
        if (explainer != loaded) {
            return; // another one has followed
        }
        if (System.nanoTime() - lastAskedNs >= KEPT_NS) {
            release();
        } else {
            releaseLater();
        }
    }

    private void release() {
        Explainer kept = explainer;
        if (kept != null) {
            kept.close();
            explainer = null;
        }
    }

    /** What the numbers of an explanation are called in the state that the loop shows. */
    private record Names(Explainer tables, Snapshot snapshot) {
        Optional<Snapshot.Service> service(long nameHash) {
            return snapshot.services().stream()
                    .filter(service -> NameHash.of(service.name()) == nameHash)
                    .findFirst();
        }

        Map<Integer, NamedMember> members(Explanation explanation) {
            Map<Integer, NamedMember> named = new HashMap<>();
            IntStream.concat(
                            IntStream.concat(
                                    explanation.outcome().member().stream(),
                                    explanation.flow().stream()
                                            .mapToInt(flow -> flow.entry().member())),
                            explanation.ring().stream()
                                    .flatMapToInt(
                                            ring -> IntStream.concat(ring.member().stream(), ring.previous().stream())))
                    .distinct()
                    .forEach(id -> tables.member(id).ifPresent(row -> named.put(id, member(row))));
            return named;
        }

        private NamedMember member(MemberRow row) {
            String address = Address.of(row.backend()).toString();
            Optional<Snapshot.Service> service = tables.serviceNameHash(row.service()).stream()
                    .mapToObj(this::service)
                    .flatMap(Optional::stream)
                    .findFirst();
            return service.stream()
                    .flatMap(each -> each.members().stream())
                    .filter(member -> member.address().equals(address))
                    .findFirst()
                    .map(member ->
                            new NamedMember(member.name(), member.health(), member.healthReason(), member.admin()))
                    .orElseGet(() -> new NamedMember(
                            service.map(each -> each.name() + "/").orElse("") + address, "", "", ""));
        }
    }
}
