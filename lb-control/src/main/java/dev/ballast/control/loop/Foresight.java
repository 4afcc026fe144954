package dev.ballast.control.loop;

import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.control.loop.ChangeRefusedException.Problem;
import dev.ballast.control.loop.Control.Change;
import dev.ballast.control.plan.DisruptionReport;
import dev.ballast.control.plan.Disruptions;
import dev.ballast.control.plan.Disruptions.Detail;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a candidate disturbs: as much of it as decides, at once on the loop's thread, and all of it, for who asked, on another one. For
 * many services that takes longer than the loop has time.
 */
final class Foresight {
    private static final Logger LOG = LoggerFactory.getLogger(Foresight.class);

    private final Disruptions disruptions;
    private final OffLoop offLoop;
    /** How to answer changes that are made and whose reports are not: what is durable is not refused because the daemon ends. */
    private final Set<Runnable> owed = ConcurrentHashMap.newKeySet();

    Foresight(Disruptions disruptions, OffLoop offLoop) {
        this.disruptions = disruptions;
        this.offLoop = offLoop;
    }

    /**
     * Builds rings if there is a budget at all: of services that are not tracked and change, whose tracking ends, or of which a QUIC
     * server id leads elsewhere.
     *
     * @throws ChangeRefusedException naming each service that is over it
     */
    void keepTo(Optional<Budget> budget, Candidate candidate) {
        if (budget.isPresent()) {
            List<Problem> problems = budget.get().problems(disruptions.of(candidate.proposal(), Detail.BUDGET));
            if (!problems.isEmpty()) {
                throw new ChangeRefusedException(Kind.STATE, problems);
            }
        }
    }

    /** What tells who asked, with all that the candidate disturbs. */
    <T> Runnable tell(CompletableFuture<T> reply, Candidate candidate, Function<DisruptionReport, T> answer) {
        return () -> offLoop.ask(reply, () -> reply.complete(answer.apply(report(candidate))));
    }

    /**
     * The same of a change that is made, which is answered in any case: without its report where too many wait for theirs, or by
     * {@link #settle}.
     */
    Runnable tellMade(CompletableFuture<Change> reply, Candidate candidate, Change made) {
        Runnable without = () -> reply.complete(
                made.withWarning(
                        "the daemon ended before it was worked out what this disturbs; it is durable, and in force as far as it says"));
        owed.add(without);
        return () -> {
            var _ = reply.whenComplete((_, _) -> owed.remove(without));
            if (!offLoop.answer(() -> reply.complete(made.with(report(candidate))))) {
                reply.complete(made.withWarning(
                        "it was not worked out what this disturbs: too many changes wait to hear that"));
            }
        };
    }

    private DisruptionReport report(Candidate candidate) {
        try {
            return disruptions.of(candidate.proposal(), Detail.ALL);
        } catch (RuntimeException e) {
            // The change is made or not made already, and whoever waits has to hear of that.
            LOG.error("what a change disturbs could not be worked out", e);
            return DisruptionReport.NONE;
        }
    }

    /** The loop ends. */
    void settle() {
        owed.forEach(Runnable::run);
    }
}
