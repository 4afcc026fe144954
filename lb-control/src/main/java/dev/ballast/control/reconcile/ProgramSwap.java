package dev.ballast.control.reconcile;

import static dev.ballast.control.reconcile.ReconcileException.attempt;

import dev.ballast.attach.AttachException;
import dev.ballast.datapath.Candidate;
import dev.ballast.datapath.Datapath;
import dev.ballast.datapath.DatapathObjects;
import dev.ballast.datapath.Feature;
import dev.ballast.datapath.Sampling;
import dev.ballast.datapath.Variant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
    private final Optional<Sampling> sampling;

    /** @param sampling what somebody reads samples of; a program that is made meanwhile takes them, any other takes none */
    ProgramSwap(Datapath datapath, Attachments attachments, ObjectStore objects, Optional<Sampling> sampling) {
        this.datapath = datapath;
        this.attachments = attachments;
        this.objects = objects;
        this.sampling = sampling;
    }

    /**
     * Replaces the program by that of another object, loaded with the same features.
     *
     * @param dryRun load and compare only
     */
    SwapResult swap(byte[] object, boolean dryRun) {
        return swap(object, datapath.variant(), dryRun);
    }

    /**
     * What other features mean: loads the programs that it takes to get there, and lets go of them again.
     *
     * @return in words; empty if the program has just these
     */
    Optional<String> trial(Set<Feature> wanted) {
        Variant after = withThese(wanted);
        Variant between = withMore(wanted);
        if (!between.equals(datapath.variant())) {
            swap(runningObject(), between, true);
        }
        if (!after.equals(between)) {
            swap(runningObject(), after, true);
        }
        return after.equals(datapath.variant())
                ? Optional.empty()
                : Optional.of(difference(datapath.variant(), after) + "; connections stay");
    }

    /** Adds what is missing of these features: before the rows that need them. Says what was done, if anything. */
    Optional<String> add(Set<Feature> wanted) {
        return become(withMore(wanted));
    }

    /** Leaves out all but these features: after the rows that needed them. Says what was done, if anything. */
    Optional<String> reduceTo(Set<Feature> wanted) {
        return become(withThese(wanted));
    }

    /** Takes the samples that are wanted, or none; the other features stay. */
    void sample() {
        become(withMore(Set.of()));
    }

    private Optional<String> become(Variant variant) {
        Variant before = datapath.variant();
        if (variant.equals(before)) {
            return Optional.empty();
        }
        swap(runningObject(), variant, false);
        LOG.atInfo()
                .addKeyValue("tag", datapath.tag())
                .addKeyValue("features", String.join(",", labels(variant.features())))
                .log("program swapped, the same with other features");
        return Optional.of(difference(before, variant));
    }

    private Variant withMore(Set<Feature> wanted) {
        Set<Feature> features = EnumSet.noneOf(Feature.class);
        features.addAll(datapath.variant().features());
        features.addAll(wanted);
        return withThese(features);
    }

    /** The configuration says nothing of samples. Those that a daemon which died had wanted go with the next change. */
    private Variant withThese(Set<Feature> wanted) {
        Set<Feature> features = EnumSet.noneOf(Feature.class);
        features.addAll(wanted);
        features.remove(Feature.SAMPLES);
        if (sampling.isPresent()) {
            features.add(Feature.SAMPLES);
        }
        return new Variant(features, sampling.orElse(Sampling.ALL));
    }

    private static String difference(Variant before, Variant after) {
        return "program: swap" + those(" with ", after, before) + those(" without ", before, after);
    }

    /** The features that the first has and the second has not. */
    private static String those(String word, Variant one, Variant other) {
        Set<Feature> features = EnumSet.noneOf(Feature.class);
        features.addAll(one.features());
        features.removeAll(other.features());
        return features.isEmpty() ? "" : word + String.join(", ", labels(features));
    }

    /** As operators read them, in their own order. */
    static List<String> labels(Set<Feature> features) {
        return features.stream().sorted().map(Feature::label).toList();
    }

    /**
     * What the running program was loaded from.
     *
     * @throws ReconcileException if that is neither this build's nor kept
     */
    byte[] runningObject() {
        byte[] builtIn = DatapathObjects.balancer();
        if (DatapathObjects.tag(builtIn).equals(datapath.tag())) {
            return builtIn;
        }
        return objects.find(datapath.tag())
                .orElseThrow(() -> new ReconcileException(
                        "the object of the running program, %s, is not kept any more, or damaged; after `ballast swap` one runs that is"
                                .formatted(objects.place(datapath.tag()))));
    }

    private SwapResult swap(byte[] object, Variant variant, boolean dryRun) {
        return attempt(() -> {
            try (Candidate candidate = datapath.prepare(object, variant)) {
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
