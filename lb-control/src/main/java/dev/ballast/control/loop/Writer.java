package dev.ballast.control.loop;

import dev.ballast.control.journal.Accepted;
import dev.ballast.control.journal.Journal;
import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.control.loop.ChangeRefusedException.Problem;
import dev.ballast.control.loop.Control.Change;
import dev.ballast.control.loop.Control.ChangeOptions;
import dev.ballast.control.loop.Control.Preview;
import dev.ballast.control.loop.Control.Swap;
import dev.ballast.control.model.Address;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.PerService;
import dev.ballast.control.plan.DisruptionReport;
import dev.ballast.control.plan.MemberKey;
import dev.ballast.control.plan.Plan;
import dev.ballast.control.reconcile.Live;
import dev.ballast.control.reconcile.ReconcileException;
import dev.ballast.control.reconcile.Reconciler;
import dev.ballast.control.reconcile.SwapResult;
import dev.ballast.datapath.FlowStates;
import dev.ballast.netlink.NetlinkException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The single writer: the state, and what each event does to it. On the loop thread only.
 *
 * <p>A change goes one way: checked, planned, made durable, put into the tables, answered. Up to the durable write a refusal
 * leaves no trace; after it the change is accepted, and tables that could not be written are tried again with each tick.
 */
final class Writer implements ControlLoop.Handler {
    private static final Logger LOG = LoggerFactory.getLogger(Writer.class);
    /** Every so many ticks the flow tables are walked. */
    private static final int CENSUS_TICKS = 5;
    /** Every so many ticks network and tables are looked at even though nothing was heard. */
    private static final int AUDIT_TICKS = 10;

    /** What the writer works with; it owns none of it. */
    record Parts(
            Journal journal,
            Reconciler reconciler,
            HealthChecks health,
            NextHops hops,
            Supplier<Set<Address>> localAddresses,
            LongSupplier unixMs,
            OffLoop offLoop,
            LoopStatistics statistics,
            Chronicle chronicle,
            Consumer<Config> onConfig,
            Runnable onTeardown) {}

    private final Parts parts;
    private final Admission admission;
    private final Planning planning;
    private final Candidates candidates;
    private final Foresight foresight;
    private final SnapshotWriter snapshots;
    private final Revisions revisions;
    private final WatchedMembers watched;

    private final PerService<List<String>> warningsOfServices = new PerService<>();

    private @Nullable Config config;
    private long revision;
    private SortedSet<MemberKey> drains = new TreeSet<>();
    private Plan plan;
    private String failure = "";
    private Live live = Live.NONE;
    private int ticks;
    private boolean tornDown;
    private volatile Snapshot snapshot;
    private volatile boolean stale;

    /**
     * A writer that knows nothing but what {@code parts.reconciler} adopted.
     *
     * @param snapshots makes what readers see
     */
    Writer(Parts parts, SnapshotWriter snapshots) {
        this.parts = parts;
        this.admission = new Admission(parts.reconciler(), parts.localAddresses());
        this.planning = new Planning(parts.health(), parts.hops());
        this.candidates = new Candidates(parts.reconciler(), admission, planning);
        this.foresight = new Foresight(parts.reconciler().disruptions(), parts.offLoop());
        this.snapshots = snapshots;
        this.revisions = new Revisions(parts.journal(), snapshots::text, parts.unixMs(), parts.offLoop());
        this.watched = new WatchedMembers(parts.health(), parts.hops());
        this.plan = parts.reconciler().adoptedPlan();
        this.snapshot = snapshots.empty();
    }

    @Override
    public Snapshot snapshot() {
        return snapshot;
    }

    @Override
    public Brief brief() {
        Config running = config;
        return new Brief(
                parts.unixMs().getAsLong(),
                running == null ? "" : running.node().name(),
                revision,
                progress(),
                failure,
                parts.hops().awaited(),
                running == null ? 0 : running.services().size());
    }

    @Override
    public boolean isStale() {
        return stale;
    }

    @Override
    public void handle(Event event) {
        if (event instanceof Event.Show show) {
            show();
            show.reply().complete(snapshot);
            return;
        }
        Runnable answer = outcome(event);
        stale = true;
        parts.chronicle().attached(parts.reconciler().attached());
        answer.run(); // last: whoever was answered reads a state that has the answer in it
    }

    /** Does what the event asks for; answers with how to tell who waits. */
    private Runnable outcome(Event event) {
        try {
            if (tornDown && !(event instanceof Event.Stop)) {
                throw new ChangeRefusedException(
                        Kind.UNAVAILABLE, "the datapath was torn down and the daemon is ending; start it again");
            }
            return switch (event) {
                case Event.Restore restore -> answer(restore, restore(restore));
                case Event.Apply apply -> change(apply, () -> Admission.read(apply.fileName(), bytes(apply.yaml())));
                case Event.Edit edit -> change(edit, () -> Admission.edit(running(), edit.edits()));
                case Event.Plan request -> plan(request);
                case Event.Rollback rollback -> change(rollback, () -> revisions.config(rollback.revision()));
                case Event.LookBack<?> look -> revisions.lookBack(look);
                case Event.Drain drain -> drain(drain);
                case Event.SwapProgram swap -> answer(swap, swap(swap));
                case Event.Teardown teardown -> answer(teardown, teardown(teardown));
                case Event.Checks checks -> answer(checks, parts.health().checks(checks.service()));
                case Event.CountFlows count -> answer(count, flows());
                case Event.CopyProgram copy -> answer(copy, parts.reconciler().twinSource());
                case Event.BeginCapture begin ->
                    answer(begin, parts.reconciler().beginSamples(begin.service(), begin.outcomes()));
                case Event.EndCapture end -> {
                    parts.reconciler().endSamples(end.samples());
                    yield () -> end.reply().complete(null);
                }
                case Event.Show show -> answer(show, snapshot);
                case Event.Stop stop -> {
                    foresight.settle();
                    yield () -> stop.reply().complete(null);
                }
                case Event.WatchAdded _ -> () -> {};
                case Event.HealthChanged _ -> done(this::healthChanged);
                case Event.NetworkChanged _ -> done(this::networkChanged);
                case Event.GraceEnded grace -> done(() -> graceEnded(grace.number()));
                case Event.Tick _ -> done(this::tick);
            };
        } catch (ChangeRefusedException e) {
            return refuse(event, e);
        } catch (ReconcileException | NetlinkException e) {
            return refuse(event, new ChangeRefusedException(Kind.FAILED, String.valueOf(e.getMessage())));
        } catch (RuntimeException e) {
            LOG.error("{} failed; forwarding goes on", event, e);
            return refuse(
                    event,
                    new ChangeRefusedException(
                            Kind.FAILED, "a defect of the daemon: " + e + "; its log has the details"));
        }
    }

    private static <T> Runnable answer(Event.Request<T> request, T answer) {
        return () -> request.reply().complete(answer);
    }

    private static Runnable done(Runnable work) {
        work.run();
        return () -> {};
    }

    private Runnable refuse(Event event, ChangeRefusedException why) {
        if (event instanceof Event.Request<?> request) {
            parts.chronicle().refused(request, why);
            return () -> request.reply().completeExceptionally(why);
        }
        if (!tornDown) {
            LOG.atWarn()
                    .addKeyValue("event", event.getClass().getSimpleName())
                    .addKeyValue("reason", why.getMessage())
                    .log("not done; the next tick tries again");
        }
        return () -> {};
    }

    private void show() {
        if (!stale) {
            return;
        }
        snapshot = snapshots.write(config, revision, progress(), failure, drains, plan, live, revisions.status());
        stale = false;
    }

    /**
     * Takes up the last accepted state; the health of members whose rows were adopted goes on from there. An interface that
     * cannot carry the program is no reason not to start: the others forward, and it is tried again.
     */
    private long restore(Event.Restore restore) {
        Accepted accepted = restore.accepted();
        if (!admission.fitsTables(restore.config())
                && parts.reconciler().census().total() == 0) {
            LOG.warn(
                    "the tables that run have other sizes than the accepted configuration: a change of node.limits was cut short; they are empty, and are made anew");
            parts.reconciler().teardown();
            plan = parts.reconciler().adoptedPlan();
        }
        admission.checkTables(restore.config());
        parts.reconciler().open(restore.config());
        config = restore.config();
        revision = accepted.revision();
        accepted.drains().forEach(drain -> drains.add(MemberKey.parse(drain)));
        parts.chronicle().restored(revision);
        putIntoForce(restore.config());
        return revision;
    }

    // --- configuration
    // ---------------------------------------------------------------------------------------------------

    /**
     * The one way to another configuration.
     *
     * @param derive what is wanted, read from the request or derived from what runs; refuses what cannot be
     */
    private Runnable change(Event.ChangeRequest request, Supplier<Config> derive) {
        ChangeOptions options = request.options();
        Optional<Change> before = revisions.repeated(request, unchanged(List.of(), List.of()));
        if (before.isPresent()) {
            return answer(request, before.get());
        }
        Config wanted = derive.get();
        Admission.checkRevision(options, revision);
        if (config != null && wanted.saysTheSameAs(config)) {
            return answer(request, unchanged(List.of(), List.of()));
        }
        Candidate candidate = candidates.ofConfig(wanted, config, drains, plan);
        admission.deletions(config, plan, candidate, options).ifPresent(Writer::refuse);
        foresight.keepTo(Budget.inForce(options, config, revision), candidate);
        if (options.dryRun()) {
            return foresight.tell(request.reply(), candidate, unchanged(candidate.effects(), warnings(wanted))::with);
        }
        if (candidate.newTables()) {
            makeNewTables(wanted, running());
        }
        boolean loaded = parts.reconciler().open(wanted);
        boolean sameMembers = config != null && !candidate.newTables() && wanted.checksTheSameMembersAs(config);
        try {
            accept(request, candidate);
        } catch (ChangeRefusedException e) {
            if (loaded) {
                parts.reconciler().teardown();
            } else if (candidate.newTables()) {
                makeNewTables(running(), running());
                putIntoForce(running());
            }
            throw e;
        }
        if (sameMembers) {
            parts.onConfig().accept(wanted);
            replan();
        } else {
            putIntoForce(wanted);
        }
        return foresight.tellMade(request.reply(), candidate, changed(candidate, warnings(wanted)));
    }

    /** Everything that an apply of the same would be checked for, in the same way. */
    private Runnable plan(Event.Plan request) {
        ChangeOptions options = request.options();
        Config wanted = Admission.read(request.fileName(), bytes(request.yaml()));
        Admission.checkRevision(options, revision);
        long judgedBy = revision;
        if (config != null && wanted.saysTheSameAs(config)) {
            return answer(request, new Preview(judgedBy, List.of(), List.of(), DisruptionReport.NONE, List.of()));
        }
        Candidate candidate = candidates.ofConfig(wanted, config, drains, plan);
        List<Problem> obstacles = new ArrayList<>();
        admission.deletions(config, plan, candidate, options).ifPresent(obstacles::add);
        Optional<Budget> budget = Budget.inForce(options, config, revision);
        List<String> warnings = warnings(wanted);
        return foresight.tell(request.reply(), candidate, disruption -> {
            budget.ifPresent(limit -> obstacles.addAll(limit.problems(disruption)));
            return new Preview(judgedBy, candidate.effects(), warnings, disruption, obstacles);
        });
    }

    private Change unchanged(List<String> effects, List<String> warnings) {
        return answer(false, effects, warnings);
    }

    private Change changed(Candidate candidate, List<String> warnings) {
        return answer(true, candidate.effects(), warnings);
    }

    /** Backends that the way is asked to for the first time are not there yet, for whoever waits; the state is as it has to be. */
    private Change answer(boolean changed, List<String> effects, List<String> warnings) {
        String awaited = parts.hops().awaited();
        boolean pending = failure.isEmpty() && !awaited.isEmpty();
        return new Change(
                revision,
                changed,
                pending ? Snapshot.Progress.PENDING : progress(),
                pending ? awaited : failure,
                effects,
                warnings,
                DisruptionReport.NONE);
    }

    private List<String> warnings(Config of) {
        return Warnings.of(of, parts.hops()::hop, warningsOfServices);
    }

    private static void refuse(Problem problem) {
        throw new ChangeRefusedException(Kind.STATE, List.of(problem));
    }

    /** Where the new size does not fit this machine, the old tables are made again, and the change is refused. */
    private void makeNewTables(Config wanted, Config running) {
        parts.reconciler().teardown();
        plan = parts.reconciler().adoptedPlan();
        try {
            parts.reconciler().open(wanted);
        } catch (ReconcileException e) {
            parts.reconciler().open(running);
            putIntoForce(running);
            throw e;
        }
    }

    /** Durable first: what is answered is found again after a crash. */
    private void accept(Event.ChangeRequest request, Candidate candidate) {
        long startedNs = System.nanoTime();
        try {
            revision = revisions.append(revision, request, candidate, config);
        } finally {
            parts.statistics().journalled(System.nanoTime() - startedNs);
        }
        config = candidate.wanted();
        drains = candidate.drains();
        parts.chronicle().accepted(request, candidate.effects(), revision);
    }

    // --- drain ---------------------------------------------------------------------------------------------------

    private Runnable drain(Event.Drain drain) {
        Optional<Change> before = revisions.repeated(drain, unchanged(List.of(), List.of()));
        if (before.isPresent()) {
            return answer(drain, before.get());
        }
        Admission.checkRevision(drain.options(), revision);
        Config running = running();
        Set<MemberKey> named = MemberNames.named(running, drain.member());
        Set<MemberKey> changing = new TreeSet<>(named);
        changing.removeIf(member -> drains.contains(member) == drain.on());
        Candidate candidate = candidates.ofDrain(running, changing, drain.on(), drains, plan);
        List<String> warnings =
                drain.on() ? Warnings.ofDrain(running, named, candidate.drains()) : Warnings.ofUndrain(running, named);
        if (changing.isEmpty()) {
            return answer(drain, unchanged(List.of(), warnings));
        }
        foresight.keepTo(Budget.inForce(drain.options(), config, revision), candidate);
        if (drain.options().dryRun()) {
            return foresight.tell(drain.reply(), candidate, unchanged(candidate.effects(), warnings)::with);
        }
        accept(drain, candidate);
        replan();
        return foresight.tellMade(drain.reply(), candidate, changed(candidate, warnings));
    }

    private Config running() {
        if (config == null) {
            throw new ChangeRefusedException(
                    Kind.STATE, "nothing is configured yet; `ballast apply -f FILE` does that");
        }
        return config;
    }

    // --- swap and teardown ---------------------------------------------------------------------------------------

    private Swap swap(Event.SwapProgram swap) {
        running();
        Admission.checkRevision(swap.options(), revision);
        boolean dryRun = swap.options().dryRun();
        SwapResult result = parts.reconciler().swap(swap.object().map(object -> bytes(object.bytes())), dryRun);
        Swap done = new Swap(
                result.oldTag(),
                result.newTag(),
                result.oldProgramId(),
                result.newProgramId(),
                result.interfaces(),
                !dryRun);
        if (done.changed()) {
            parts.chronicle().swapped(done);
        }
        return done;
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    private List<String> teardown(Event.Teardown teardown) {
        live = parts.reconciler().census();
        if (live.total() > 0 && !teardown.force()) {
            throw new ChangeRefusedException(
                    Kind.STATE,
                    "%d flows are live: detaching would break them. Move the traffic away first, or repeat this with --force"
                            .formatted(live.total()));
        }
        List<String> removed = parts.reconciler().teardown();
        parts.chronicle().tornDown(removed);
        tornDown = true;
        parts.onTeardown().run();
        return removed;
    }

    // --- what happens by itself ----------------------------------------------------------------------------------

    private void healthChanged() {
        boolean changed = parts.health().takeTransitions();
        parts.chronicle().healthChanged(parts.health().takeChanges());
        if (changed) {
            replan();
        }
    }

    private void networkChanged() {
        boolean changed = parts.hops().look();
        parts.chronicle().nextHopsChanged(parts.hops().takeChanges());
        if (changed) {
            replan();
        }
    }

    /** What waited for the place that is free now need not wait for the next tick. */
    private void graceEnded(long number) {
        parts.reconciler().graceEnded(number);
        if (!failure.isEmpty()) {
            replan();
        }
    }

    private void tick() {
        ticks++;
        if (config == null) {
            return;
        }
        parts.reconciler().look();
        parts.reconciler().dropExpiredRings();
        healthChanged();
        try {
            parts.hops().lookAround();
            networkChanged();
        } catch (NetlinkException e) {
            blind(e);
        }
        if (live.equals(Live.NONE)) {
            live = parts.reconciler().census(); // no status has to say that there is room for none
        }
        if (ticks % CENSUS_TICKS == 0) {
            parts.reconciler().sweep();
            live = parts.reconciler().census();
            releaseIds();
        }
        if (!failure.isEmpty() || parts.reconciler().drifted(config.node())) {
            replan();
        }
        if (ticks % AUDIT_TICKS == 0 && parts.reconciler().holds(plan)) {
            audit();
        }
        snapshots.countAnew();
    }

    private FlowCounts flows() {
        long begun = System.nanoTime();
        FlowStates states = parts.reconciler()
                .flowStates()
                .orElseThrow(() -> new ChangeRefusedException(
                        Kind.STATE, "no datapath is loaded: there are no flows; `ballast apply -f FILE` loads it"));
        long tookNs = System.nanoTime() - begun;
        return FlowCounts.of(
                states, running(), plan.allocation(), parts.unixMs().getAsLong(), tookNs);
    }

    /** The tables hold the plan; what has to be written all the same was changed by somebody else. */
    private void audit() {
        reconcile(true).forEach(parts.chronicle()::repaired);
    }

    /** Ids of members that left are free once no flow names them; services that left with them. */
    private void releaseIds() {
        Set<Integer> free = parts.reconciler().releasable(plan, live);
        if (free.isEmpty() || config == null) {
            return;
        }
        plan = plan.release(free);
        LOG.atInfo()
                .addKeyValue("members", free.size())
                .log("members that left have no flows any more; their rows are free");
        watched.check(config, plan);
        replan();
        watched.lookUp(config, plan);
    }

    // --- the tables ----------------------------------------------------------------------------------------------

    /** The change is accepted: what does not work from here on is a status that is tried again, and no refusal. */
    private void putIntoForce(Config accepted) {
        parts.onConfig().accept(accepted);
        watched.check(accepted, plan);
        try {
            watched.lookUp(accepted, plan);
        } catch (NetlinkException e) {
            blind(e);
        }
        replan();
        snapshots.countAnew();
    }

    private void blind(NetlinkException why) {
        parts.hops().heardLoss();
        LOG.atWarn()
                .addKeyValue("reason", why.getMessage())
                .log("the network cannot be looked at; the next tick tries again");
    }

    private void replan() {
        Config running = config;
        if (running == null) {
            return;
        }
        try {
            plan = planning.plan(running, drains, plan);
        } catch (ChangeRefusedException e) {
            failed(String.valueOf(e.getMessage()));
            return;
        }
        List<String> written = reconcile(false);
        if (!written.isEmpty()) {
            LOG.atDebug().addKeyValue("what", String.join("; ", written)).log("written");
        }
    }

    /**
     * Brings the kernel to the plan; answers with what was written. A failure is kept for the status.
     *
     * @param audit see {@link Reconciler#reconcile}
     */
    private List<String> reconcile(boolean audit) {
        Config running = config;
        if (running == null) {
            return List.of();
        }
        parts.statistics().reconciling();
        try {
            parts.reconciler().open(running); // where it could not be loaded before
            List<String> written = parts.reconciler().reconcile(plan, running, audit);
            if (!failure.isEmpty()) {
                parts.chronicle().reconciledAgain();
            }
            failure = "";
            return written;
        } catch (ReconcileException e) {
            failed(String.valueOf(e.getMessage()));
            return e.written();
        } catch (RuntimeException e) {
            String reason = "a defect of the daemon: " + e + "; its log has the details";
            if (!reason.equals(failure)) {
                LOG.error("reconciling failed; forwarding goes on", e);
            }
            failed(reason);
        }
        return List.of();
    }

    private void failed(String reason) {
        parts.statistics().reconcileFailed();
        if (!reason.equals(failure)) {
            parts.chronicle().reconcileFailed(reason);
        }
        failure = reason;
    }

    // --- what readers see ----------------------------------------------------------------------------------------

    private Snapshot.Progress progress() {
        return failure.isEmpty() ? Snapshot.Progress.DONE : Snapshot.Progress.FAILED;
    }
}
