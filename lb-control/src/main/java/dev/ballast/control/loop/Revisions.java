package dev.ballast.control.loop;

import dev.ballast.control.journal.Journal;
import dev.ballast.control.journal.JournalException;
import dev.ballast.control.journal.Revision;
import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.control.loop.Control.Change;
import dev.ballast.control.model.Config;
import dev.ballast.control.plan.DisruptionReport;
import dev.ballast.control.plan.MemberKey;
import dev.ballast.control.plan.StateDigest;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What was accepted, as the writer needs it: makes a change durable, knows a request that comes again, and opens the {@link Past}.
 * Loop thread only; what takes long is done on {@code offLoop}.
 */
final class Revisions {
    private final Journal journal;
    private final Function<Config, byte[]> text;
    private final LongSupplier unixMs;
    private final OffLoop offLoop;
    private final StateDigest.Configured digest = new StateDigest.Configured();

    /** @param text of a configuration, as the journal keeps it; nobody changes what it gives */
    Revisions(Journal journal, Function<Config, byte[]> text, LongSupplier unixMs, OffLoop offLoop) {
        this.journal = journal;
        this.text = text;
        this.unixMs = unixMs;
        this.offLoop = offLoop;
    }

    /**
     * Makes a change durable.
     *
     * @param current the revision that it follows
     * @param running the configuration of that; null: none
     * @return its own revision
     * @throws ChangeRefusedException if the disk says no; nothing was accepted then
     */
    @SuppressWarnings("ReferenceEquality") // a drain leaves it as it is, and all else changes it
    long append(long current, Event.ChangeRequest request, Candidate candidate, @Nullable Config running) {
        Control.Origin origin = request.options().origin();
        Revision accepted = new Revision(
                current + 1,
                current,
                unixMs.getAsLong(),
                origin.author(),
                request.operation(),
                request.object(),
                origin.requestId(),
                origin.requestId().isEmpty() ? "" : RequestDigest.of(request),
                candidate.effects(),
                digest.of(candidate.wanted(), candidate.drains()));
        try {
            journal.append(
                    accepted,
                    candidate.drains().stream().map(MemberKey::toString).collect(Collectors.toCollection(TreeSet::new)),
                    candidate.wanted() == running ? Optional.empty() : Optional.of(text.apply(candidate.wanted())));
        } catch (JournalException e) {
            throw new ChangeRefusedException(Kind.FAILED, String.valueOf(e.getMessage()));
        }
        return accepted.revision();
    }

    /**
     * What became of the change that was accepted with the same request id, if there was one: who heard no answer asks again. A dry
     * run is never one.
     *
     * @param now the revision in force, and how far it has come
     */
    Optional<Change> repeated(Event.ChangeRequest request, Change now) {
        String id = request.options().origin().requestId();
        Optional<Revision> accepted =
                id.isEmpty() || request.options().dryRun() ? Optional.empty() : journal.byRequest(id);
        return accepted.map(earlier -> {
            if (!earlier.requestDigest().equals(RequestDigest.of(request))) {
                throw new ChangeRefusedException(
                        Kind.STATE,
                        "request id %s was that of another change, %s %s, which is revision %d; repeat this one with an id of its own"
                                .formatted(id, earlier.operation(), earlier.object(), earlier.revision()));
            }
            return repetition(earlier.revision(), now);
        });
    }

    private Change repetition(long number, Change now) {
        List<String> effects;
        try (Past past = Past.of(journal)) {
            effects = past.revision(number).map(Revision::effects).orElse(List.of());
        }
        String warning = "this request was accepted before, as revision %d; it was not made again".formatted(number)
                + (number == now.revision() ? "" : ", and revision %d is in force now".formatted(now.revision()));
        return new Change(number, true, now.progress(), now.reason(), effects, List.of(warning), DisruptionReport.NONE);
    }

    /** The configuration of a revision. */
    Config config(long number) {
        try (Past past = Past.of(journal)) {
            return past.config(number);
        }
    }

    /** How to tell who looks back; the look itself is taken off the loop. */
    <T> Runnable lookBack(Event.LookBack<T> look) {
        Past past = Past.of(journal);
        var _ = look.reply().whenComplete((_, _) -> past.close());
        return () -> offLoop.ask(look.reply(), () -> {
            try {
                look.reply().complete(look.look().apply(past));
            } catch (RuntimeException e) {
                look.reply().completeExceptionally(e);
            }
        });
    }

    /** For readers of the state. */
    Snapshot.Journal status() {
        Journal.Status status = journal.status();
        return new Snapshot.Journal(
                status.oldestRevision(),
                status.revisions(),
                status.bytes(),
                status.failure(),
                journal.latestRevision());
    }
}
