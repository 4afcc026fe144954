package dev.ballast.control.loop;

import dev.ballast.control.journal.Revision;
import dev.ballast.control.model.ConfigEdit;
import dev.ballast.control.model.Difference;
import dev.ballast.control.model.Percent;
import dev.ballast.control.plan.DisruptionReport;
import dev.ballast.datapath.LiveSamples;
import dev.ballast.datapath.Sampling;
import dev.ballast.datapath.TwinSource;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * What an edge may ask of the single writer. All methods but {@link #snapshot} may be called from any thread and return at once; a future
 * completes on the loop's thread or, where what a change disturbs is told, on one of a pool, so its callbacks must only hand
 * over. A refused change fails its future with {@link ChangeRefusedException} and has changed nothing.
 */
public interface Control {
    /** Replaces the configuration. {@code fileName} is for messages only. */
    CompletableFuture<Change> apply(byte[] yaml, String fileName, ChangeOptions options);

    /** Changes single places of the running configuration: at least one edit, made in their order, all of them or none. */
    CompletableFuture<Change> edit(List<ConfigEdit> edits, ChangeOptions options);

    /** Says what {@link #apply} of the same would change and disturb, and what speaks against it; changes nothing. */
    CompletableFuture<Preview> plan(byte[] yaml, String fileName, ChangeOptions options);

    /** Makes the configuration of an earlier revision the running one, as a new revision; drains by command stay. */
    CompletableFuture<Change> rollback(long revision, ChangeOptions options);

    /**
     * The accepted revisions, the newest first.
     *
     * @param before only older ones; 0: from the newest
     */
    CompletableFuture<Page> history(long before, int limit);

    /** What differs between two revisions; 0: the running one. */
    CompletableFuture<Comparison> diff(long from, long to);

    /** What differs between a revision (0: the running one) and a configuration that is handed in. */
    CompletableFuture<Comparison> diff(long from, byte[] yaml, String fileName);

    /** Takes {@code service/address}, or all members of {@code service}, out of the ring; their flows stay. */
    CompletableFuture<Change> drain(String member, ChangeOptions options);

    /** Ends a drain of the same. */
    CompletableFuture<Change> undrain(String member, ChangeOptions options);

    /** Replaces the program on every interface by {@code object} (empty: the one of this build), its maps kept. */
    CompletableFuture<Swap> swap(Optional<ObjectFile> object, ChangeOptions options);

    /** Detaches, unpins and ends the daemon. Answers with what was removed. */
    CompletableFuture<List<String>> teardown(boolean force);

    /**
     * What a copy of the running program is made of. Fails with {@link ChangeRefusedException} where none runs, or its object
     * is not kept any more; the caller closes what it gets.
     */
    CompletableFuture<TwinSource> twinSource();

    /**
     * Has the program sample packets, until {@link #endCapture}. Fails with {@link ChangeRefusedException} where none runs, or the
     * tables have no such service.
     *
     * @param service the only one that is wanted; "": any, and none
     * @param outcomes the reasons that are wanted
     */
    CompletableFuture<LiveSamples> beginCapture(String service, Sampling outcomes);

    /** Ends what {@link #beginCapture} has begun, also where it has ended by itself. */
    CompletableFuture<Void> endCapture(LiveSamples samples);

    /** The checks of each member of a service ("": of all), by the member's name; none for members that are not checked. */
    CompletableFuture<Map<String, List<CheckStatus>>> checks(String service);

    /** Counts the live flows; fails with {@link ChangeRefusedException} where no datapath runs. */
    CompletableFuture<FlowCounts> flows();

    /** What happened since the daemon was started. */
    EventLog events();

    /**
     * The state after the last event, made by the loop for who asks: waits until the loop has had time for it, seconds where it is
     * at a large change. Not from the loop's own thread.
     */
    Snapshot snapshot();

    /** The state in a line, as of the last event; never waits. */
    Brief brief();

    /** Hands {@code reader} the state in a line with each event. On the loop's thread: it must only hand over. */
    Subscription watchBriefly(Consumer<Brief> reader);

    /**
     * Calls {@code reader} on the loop's thread with the snapshot after each event until the subscription is closed, the first time
     * soon. The reader must only hand over.
     */
    Subscription watch(Consumer<Snapshot> reader);

    /** Ends a watch. Idempotent, from any thread, never waits: a call that is under way on the loop's thread still ends. */
    interface Subscription extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Conditions of a change.
     *
     * @param expectedRevision 0: any
     * @param maxDisruption empty: what the running configuration says
     * @param origin who asks, and by what name a repetition is known
     */
    record ChangeOptions(
            long expectedRevision,
            boolean dryRun,
            boolean noWait,
            boolean allowDelete,
            Optional<Percent> maxDisruption,
            Origin origin) {
        public static final ChangeOptions NONE =
                new ChangeOptions(0, false, false, false, Optional.empty(), Origin.DAEMON);
    }

    /**
     * Where a change comes from.
     *
     * @param author {@code uid:1000}, or {@code daemon} for what it does by itself
     * @param requestId makes a repetition safe: a change with the id of an accepted one changes nothing; "": none
     */
    record Origin(String author, String requestId) {
        /** The daemon itself, at its first start. */
        public static final Origin DAEMON = new Origin("daemon", "");
    }

    /**
     * One check of one member.
     *
     * @param check {@code tcp 10.0.1.11:443 each 2s}
     * @param reason what the latest probe saw, or where the health comes from before the first one
     * @param probedUnixMs when that was; 0: never yet
     * @param tookUs how long it took
     * @param inARow probes that ended the same way, the latest included
     */
    record CheckStatus(String check, String health, String reason, long probedUnixMs, long tookUs, int inARow) {}

    /** Some of the history. {@code oldest} is the oldest revision that is kept; 0: nothing was ever accepted. */
    record Page(List<Revision> revisions, long oldest) {}

    /** What differs; {@code to} is 0 for what was handed in. */
    record Comparison(long from, long to, List<Difference> differences) {}

    /** What became of a change; {@code effects} has one line for each thing that changes. */
    record Change(
            long revision,
            boolean changed,
            Snapshot.Progress progress,
            String reason,
            List<String> effects,
            List<String> warnings,
            DisruptionReport disruption) {
        /** The same, with what it disturbs. */
        public Change with(DisruptionReport disturbed) {
            return new Change(revision, changed, progress, reason, effects, warnings, disturbed);
        }

        /** The same, with one warning more. */
        public Change withWarning(String warning) {
            List<String> more = new ArrayList<>(warnings);
            more.add(warning);
            return new Change(revision, changed, progress, reason, effects, List.copyOf(more), disruption);
        }

        /** The same, as far as it has come now. */
        public Change with(Snapshot.Progress now, String why) {
            return new Change(revision, changed, now, why, effects, warnings, disruption);
        }
    }

    /**
     * What would become of a change.
     *
     * @param revision that it was judged by
     * @param obstacles what it would be refused for as it is, each with the way around
     */
    record Preview(
            long revision,
            List<String> effects,
            List<String> warnings,
            DisruptionReport disruption,
            List<ChangeRefusedException.Problem> obstacles) {}

    /** An object file as somebody handed it in; read-only. */
    record ObjectFile(String name, ByteBuffer bytes) {}

    /** What a swap did; {@code changed} is false on a dry run. Ids are the kernel's, tags those of the objects. */
    record Swap(
            String oldTag,
            String newTag,
            int oldProgramId,
            int newProgramId,
            List<String> interfaces,
            boolean changed) {}
}
