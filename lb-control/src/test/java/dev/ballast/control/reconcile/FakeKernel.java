package dev.ballast.control.reconcile;

import dev.ballast.control.model.Node;
import dev.ballast.datapath.DatapathOptions;
import dev.ballast.datapath.Feature;
import dev.ballast.datapath.Grace;
import dev.ballast.datapath.LiveSamples;
import dev.ballast.datapath.Sampling;
import dev.ballast.datapath.TableMemory;
import dev.ballast.datapath.Tables;
import dev.ballast.datapath.TwinSource;
import dev.ballast.datapath.Variant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * A kernel in memory: tables that outlive the daemon, interfaces that somebody can take away, and grace periods that end when a test
 * says so. Its program is a name.
 */
public final class FakeKernel implements Kernel {
    private static final String TAG = "fake";

    /** A grace period that has begun. */
    private record Waiting(Grace grace, long begunAt, Runnable ended) {}

    private final TableMemory memory;
    private final TableWatch watch;
    private final Deque<Waiting> graces = new ArrayDeque<>();
    private boolean pinned;

    /** The interfaces that carry the program. */
    public final Set<String> carrying = new TreeSet<>();

    /** Those on which the kernel refuses it. */
    public final Set<String> refusing = new TreeSet<>();

    public FakeKernel(TableMemory memory, TableWatch watch) {
        this.memory = memory;
        this.watch = watch;
    }

    /** A daemon's reconciler over it. */
    public Reconciler reconciler(Secret secret, LongConsumer graceEnded, LongSupplier unixMs) {
        return new Reconciler(this, secret, graceEnded, unixMs);
    }

    /** The daemon is killed: nobody waits for a grace period any more, and by the next start none is under way. */
    public void kill() {
        graces.clear();
        watch.allRested();
    }

    /** Ends the oldest grace period that was begun; false if there is none. */
    public boolean endGrace() {
        Waiting oldest = graces.poll();
        if (oldest != null) {
            watch.rested(oldest.begunAt);
            oldest.ended.run();
        }
        return oldest != null;
    }

    @Override
    public Optional<Tables> adopt() {
        return pinned ? Optional.of(memory.adopt()) : Optional.empty();
    }

    @Override
    public Tables load(DatapathOptions options) {
        pinned = true;
        return memory.adopt();
    }

    @Override
    public List<String> teardown() {
        List<String> removed = List.copyOf(carrying);
        carrying.clear();
        memory.clear();
        pinned = false;
        return removed;
    }

    @Override
    public void finishUnfinishedSwap() {
        // A name has no successor.
    }

    @Override
    public String tag() {
        return TAG;
    }

    @Override
    public Variant variant() {
        return Variant.of(Set.of());
    }

    @Override
    public TwinSource twinSource() {
        throw new ReconcileException("the object of the running program is not kept: there is only its name");
    }

    @Override
    public LiveSamples beginSamples(String service, Sampling outcomes) {
        throw new ReconcileException("nothing in memory has packets to sample");
    }

    @Override
    public void endSamples(LiveSamples samples) {
        throw new IllegalStateException("none was begun: " + samples);
    }

    @Override
    public SwapResult swap(byte[] object, boolean dryRun) {
        return new SwapResult(TAG, TAG, 1, 1, List.copyOf(carrying));
    }

    @Override
    public Optional<String> trySwap(Set<Feature> wanted) {
        return Optional.empty();
    }

    @Override
    public Optional<String> addFeatures(Set<Feature> wanted) {
        return Optional.empty();
    }

    @Override
    public Optional<String> reduceFeatures(Set<Feature> wanted) {
        return Optional.empty();
    }

    @Override
    public void preflight(Node node) {
        // It carries everything that it does not refuse later.
    }

    @Override
    public Set<Feature> features(Node node) {
        return Set.of();
    }

    @Override
    public List<String> carry(Node node, Set<Integer> egressIndexes) {
        List<String> refusals = new ArrayList<>();
        for (Node.Interface wanted : node.interfaces()) {
            if (refusing.contains(wanted.name())) {
                refusals.add("attach " + wanted.name() + ": EPERM");
            } else {
                carrying.add(wanted.name());
            }
        }
        carrying.retainAll(node.interfaces().stream().map(Node.Interface::name).toList());
        return refusals;
    }

    @Override
    public void restorePins() {
        // Its pins are a word.
    }

    @Override
    public void look() {
        // It knows.
    }

    @Override
    public boolean drifted(Node node) {
        return !carrying.containsAll(
                node.interfaces().stream().map(Node.Interface::name).toList());
    }

    @Override
    public List<Attachment> attached() {
        return List.of();
    }

    @Override
    public List<String> egressWarnings() {
        return List.of();
    }

    @Override
    public List<Lost> lost() {
        return List.of();
    }

    @Override
    public void awaitGrace(Grace grace, Runnable ended) {
        graces.add(new Waiting(grace, watch.now(), ended));
    }

    @Override
    public void close() {
        // What is in memory stays.
    }
}
