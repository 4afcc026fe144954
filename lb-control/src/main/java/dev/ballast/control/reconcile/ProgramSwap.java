package dev.ballast.control.reconcile;

import static dev.ballast.control.reconcile.ReconcileException.attempt;

import dev.ballast.attach.AttachException;
import dev.ballast.datapath.Candidate;
import dev.ballast.datapath.Datapath;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One program in the place of another, on all interfaces or on none, the maps kept.
 *
 * <p>The candidate is announced before the first interface changes: wherever a crash cuts this short, the next start finds both
 * programs and finishes it.
 */
final class ProgramSwap {
    private static final Logger LOG = LoggerFactory.getLogger(ProgramSwap.class);

    private final Datapath datapath;
    private final Attachments attachments;
    private final ObjectStore objects;

    ProgramSwap(Datapath datapath, Attachments attachments, ObjectStore objects) {
        this.datapath = datapath;
        this.attachments = attachments;
        this.objects = objects;
    }

    /**
     * Replaces the program.
     *
     * @param dryRun load and compare only
     */
    SwapResult swap(byte[] object, boolean dryRun) {
        return attempt(() -> {
            try (Candidate candidate = datapath.prepare(object, datapath.variant())) {
                List<String> names = attachments.namesNow();
                SwapResult result = new SwapResult(
                        datapath.tag(),
                        candidate.tag(),
                        datapath.program().id(),
                        candidate.program().id(),
                        names);
                if (!dryRun) {
                    objects.keep(candidate.tag(), object);
                    exchange(candidate);
                    attachments.look();
                }
                return result;
            }
        });
    }

    private void exchange(Candidate candidate) {
        datapath.announce(candidate);
        try {
            attachments.swap(candidate.program(), datapath.program());
            commit(candidate);
        } catch (RuntimeException e) {
            datapath.withdraw();
            throw e;
        }
    }

    private void commit(Candidate candidate) {
        try {
            datapath.commit(candidate);
        } catch (RuntimeException e) {
            // The next start adopts the program that is pinned: it has to be the one that runs.
            attachments.swap(datapath.program(), candidate.program());
            throw e;
        }
    }

    /** What a crash cut short goes on: it was wanted, the kernel has verified it, and some interfaces may run it. */
    void finishUnfinished() {
        datapath.unfinished().ifPresent(this::finish);
    }

    private void finish(Candidate next) {
        try (next) {
            attachments.swap(next.program(), datapath.program());
            datapath.commit(next);
            LOG.atInfo().addKeyValue("tag", next.tag()).log("finished a swap that a crash had cut short");
        } catch (AttachException e) {
            LOG.atError()
                    .addKeyValue("tag", next.tag())
                    .addKeyValue("reason", e.getMessage())
                    .log(
                            "a swap that a crash had cut short cannot be finished; forwarding goes on, the next start tries again");
        }
    }
}
