package dev.ballast.control.reconcile;

import dev.ballast.control.model.Node;
import dev.ballast.datapath.DatapathOptions;
import dev.ballast.datapath.Feature;
import dev.ballast.datapath.Grace;
import dev.ballast.datapath.LiveSamples;
import dev.ballast.datapath.Sampling;
import dev.ballast.datapath.Tables;
import dev.ballast.datapath.TwinSource;
import dev.ballast.datapath.Variant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the {@link Reconciler} drives: one datapath at most, its program, and the interfaces that carry it. {@link LinuxKernel} is the
 * one that runs; simulations have one in memory that fails, stalls and forgets. What refuses is an exception that
 * {@link ReconcileException#attempt} knows. One thread: the loop's.
 */
interface Kernel extends AutoCloseable {
    /** Takes over what is pinned, with the interfaces that carry it; empty if nothing is. */
    Optional<Tables> adopt();

    /** Loads a datapath with tables of its own, and pins it. */
    Tables load(DatapathOptions options);

    /** Detaches everywhere, ends the datapath if one runs, and removes every pin; says what was removed. */
    List<String> teardown();

    // --- program: while a datapath runs ---

    /** Goes on with a swap that a crash has cut short. */
    void finishUnfinishedSwap();

    /** The tag of the program that runs. */
    String tag();

    /** What it is loaded with. */
    Variant variant();

    /** What a copy of it is made of; the caller closes it. */
    TwinSource twinSource();

    /**
     * Has the program sample packets, until {@link #endSamples} or the tables end; one sampling at a time.
     *
     * @param service the only one that is wanted; "": any, and none
     * @param outcomes the reasons that are wanted
     * @throws ReconcileException if there is no such service in the tables
     */
    LiveSamples beginSamples(String service, Sampling outcomes);

    /** Ends it, if it has not ended: the program is again one that takes none. */
    void endSamples(LiveSamples samples);

    /** Replaces the program on every interface, or on none. */
    SwapResult swap(byte[] object, boolean dryRun);

    /** See {@link ProgramSwap#trial}. */
    Optional<String> trySwap(Set<Feature> wanted);

    /** See {@link ProgramSwap#add}. */
    Optional<String> addFeatures(Set<Feature> wanted);

    /** See {@link ProgramSwap#reduceTo}. */
    Optional<String> reduceFeatures(Set<Feature> wanted);

    // --- interfaces ---

    /** See {@link Attachments#preflight}. */
    void preflight(Node node);

    /** See {@link Attachments#features}. */
    Set<Feature> features(Node node);

    /** Makes the interfaces those of the configuration, with the program that runs; see {@link Attachments#carry}. */
    List<String> carry(Node node, Set<Integer> egressIndexes);

    /** Pins again what somebody unpinned: without its pins a datapath is lost to the next daemon. */
    void restorePins();

    /** Asks anew what carries the program; the methods below answer by it. */
    void look();

    /** See {@link Attachments#drifted}; and whether pins are missing. */
    boolean drifted(Node node);

    /** What carried a program at the last {@link #look}, by name. */
    List<Attachment> attached();

    /** See {@link Attachments#egressWarnings}. */
    List<String> egressWarnings();

    /** The frames that were lost after the verdict, by interface and cause. */
    List<Lost> lost();

    // --- grace ---

    /** Waits for the end of a grace period without holding up the caller, then calls {@code ended} on a thread of its own. */
    void awaitGrace(Grace grace, Runnable ended);

    /** Lets go of all of it; pins, links and traffic stay. */
    @Override
    void close();
}
