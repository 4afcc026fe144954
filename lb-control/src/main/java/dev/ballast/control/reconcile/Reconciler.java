package dev.ballast.control.reconcile;

import static dev.ballast.control.reconcile.ReconcileException.attempt;

import dev.ballast.control.model.Config;
import dev.ballast.control.model.Node;
import dev.ballast.control.model.PerService;
import dev.ballast.control.model.ServerId;
import dev.ballast.control.plan.Disruptions;
import dev.ballast.control.plan.Features;
import dev.ballast.control.plan.FlowTags;
import dev.ballast.control.plan.Plan;
import dev.ballast.datapath.Counters;
import dev.ballast.datapath.DatapathObjects;
import dev.ballast.datapath.DatapathOptions;
import dev.ballast.datapath.Feature;
import dev.ballast.datapath.FlowStates;
import dev.ballast.datapath.Grace;
import dev.ballast.datapath.LiveSamples;
import dev.ballast.datapath.Sampling;
import dev.ballast.datapath.ServiceRow;
import dev.ballast.datapath.Tables;
import dev.ballast.datapath.TwinSource;
import dev.ballast.datapath.Variant;
import dev.ballast.netlink.Netlink;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The kernel's side of the daemon: adopts or creates the datapath, and reconciles it with each plan. */
public final class Reconciler implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Reconciler.class);
    /** A whole table within a few minutes, a small part of a tick's time each. */
    private static final long SWEEP_WAYS = 256 << 10;

    private final Kernel kernel;
    private final Secret secret;
    private final LongConsumer graceEnded;
    private final LongSupplier unixMs;
    private final Map<Long, Grace> graces = new TreeMap<>();
    private @Nullable Tables tables;
    private @Nullable RingBook rings;
    private @Nullable SourceBook sources;
    private final String builtInTag = DatapathObjects.tag(DatapathObjects.balancer());
    private long graceNumber;
    /** What the tables hold since the last round, if that went through. */
    private Optional<Plan> held = Optional.empty();

    private final PerService<Set<Feature>> featuresOfServices = new PerService<>();

    private final QuietMembers quiet = new QuietMembers();

    /**
     * Takes over what is pinned, if anything is.
     *
     * @param graceEnded told, on a thread of its own, when a grace period is over; to be answered by {@link #graceEnded}
     * @throws ReconcileException if what is pinned is not this build's to drive; nothing was touched then
     */
    public Reconciler(
            Path pins,
            Secret secret,
            ObjectStore objects,
            Netlink netlink,
            LongConsumer graceEnded,
            LongSupplier unixMs) {
        this(new LinuxKernel(pins, objects, netlink), secret, graceEnded, unixMs);
    }

    /** The same of any kernel, which it owns from here on. */
    Reconciler(Kernel kernel, Secret secret, LongConsumer graceEnded, LongSupplier unixMs) {
        this.kernel = kernel;
        this.secret = secret;
        this.graceEnded = graceEnded;
        this.unixMs = unixMs;
        attempt(() -> {
            kernel.adopt().ifPresent(this::take);
            kernel.look();
            return this;
        });
    }

    private void take(Tables adopted) {
        tables = adopted;
        keepBooks(adopted);
        LOG.atInfo()
                .addKeyValue("tag", kernel.tag())
                .addKeyValue("services", adopted.services().byNameHash().size())
                .addKeyValue("members", adopted.members().list().size())
                .log("adopted the running datapath");
        warnOfOtherSecret();
        kernel.finishUnfinishedSwap();
    }

    /** Flows stay where they are, by the adopted keys; rings come out different once. */
    private void warnOfOtherSecret() {
        if (!running().isKeyedBy(secret.bytes())) {
            LOG.warn(
                    "the state directory's secret is not the one that the running datapath was made with: rings are built anew, and flows that are not tracked change their member once");
        }
    }

    private Tables running() {
        if (tables == null) {
            throw new ReconcileException("no datapath is loaded; `ballast apply -f FILE` loads it");
        }
        return tables;
    }

    /** Who has which row, as the tables say; nothing is wanted yet. */
    public Plan adoptedPlan() {
        Tables adopted = tables;
        if (adopted == null) {
            return Plan.EMPTY;
        }
        Map<Integer, ServiceRow> services = new TreeMap<>();
        adopted.services()
                .byNameHash()
                .values()
                .forEach(index -> adopted.services().read(index).ifPresent(row -> services.put(index, row)));
        Map<Integer, ServerId> serverIds = new HashMap<>();
        adopted.serverIds().list().forEach((place, member) -> serverIds.put(member, Rows.serverId(place.id())));
        return Rows.adopted(services, adopted.members().list(), serverIds);
    }

    private void keepBooks(Tables of) {
        held = Optional.empty();
        rings = new RingBook(of, secret.ringKey(), unixMs);
        sources = new SourceBook(of.sources());
    }

    // --- interfaces and load -------------------------------------------------------------------------------------

    /** See {@link Attachments#preflight}. */
    public void preflight(Node node) {
        kernel.preflight(node);
    }

    /** Asks the kernel what carries the program now; {@link #attached} and {@link #drifted} answer by it. */
    public void look() {
        attempt(() -> {
            kernel.look();
            return this;
        });
    }

    /** Whether an interface has lost its program, or the datapath one of its pins. */
    public boolean drifted(Node node) {
        return kernel.drifted(node);
    }

    /** How many services and members the tables that run have room for; empty if none run. */
    public Optional<TableSizes> tableSizes() {
        return Optional.ofNullable(tables)
                .map(running -> new TableSizes(
                        running.services().capacity(), running.members().capacity()));
    }

    /** Rows of the tables of services and members. */
    public record TableSizes(int services, int members) {}

    /**
     * Loads the datapath with the sizes and features of the configuration, unless it runs already.
     *
     * @return whether it was loaded
     */
    public boolean open(Config config) {
        if (tables != null) {
            return false;
        }
        Node.Limits limits = config.node().limits();
        Tables loaded = attempt(() -> kernel.load(new DatapathOptions(
                limits.flows(),
                limits.services(),
                limits.members(),
                limits.ringSlots(),
                secret.bytes(),
                Variant.of(features(config)))));
        tables = loaded;
        keepBooks(loaded);
        LOG.atInfo().addKeyValue("tag", kernel.tag()).log("loaded the datapath");
        return true;
    }

    /**
     * What a copy of the running program is made of; the caller closes it.
     *
     * @throws ReconcileException if none runs, or its object is not kept any more
     */
    public TwinSource twinSource() {
        running();
        return attempt(kernel::twinSource);
    }

    /**
     * Has the program sample packets; the caller ends it by {@link #endSamples}.
     *
     * @param service the only one that is wanted; "": any, and none
     * @throws ReconcileException if no program runs, its object is not kept any more, or the service is not in the tables
     */
    public LiveSamples beginSamples(String service, Sampling outcomes) {
        running();
        return attempt(() -> kernel.beginSamples(service, outcomes));
    }

    /** Has the program sample nothing any more. */
    public void endSamples(LiveSamples samples) {
        attempt(() -> {
            kernel.endSamples(samples);
            return samples;
        });
    }

    /** What the program has to have: what the configuration uses, and what the interfaces bring. */
    @SuppressWarnings("ReferenceEquality") // sets of the same features are mostly one object
    private Set<Feature> features(Config config) {
        Set<Feature> features = EnumSet.noneOf(Feature.class);
        Set<Feature> last = Set.of();
        for (Set<Feature> each : featuresOfServices.of(config, Set.of(), Features::of)) {
            if (each != last) { // most services have the same
                features.addAll(each);
                last = each;
            }
        }
        features.addAll(attempt(() -> kernel.features(config.node())));
        return features;
    }

    /**
     * What a configuration means for the running program; loads what it would need, and lets go of it again.
     *
     * @return a line for people; empty if the program stays, or none runs
     * @throws ReconcileException if the kernel does not take the program that it would need
     */
    public Optional<String> trySwap(Config wanted) {
        return tables == null ? Optional.empty() : attempt(() -> kernel.trySwap(features(wanted)));
    }

    // --- reconcile -----------------------------------------------------------------------------------------------

    /**
     * One round: makes program, tables and interfaces hold the plan. Where the program or the tables refuse something, the rest waits
     * for the next round; where one interface does, the others get what they need.
     *
     * @param audit compare with the tables alone, and with nothing that is remembered of them
     * @return what was written, in words; empty if the kernel held all of it already
     * @throws ReconcileException naming all that refused
     */
    public List<String> reconcile(Plan plan, Config config, boolean audit) {
        Tables target = running();
        RingBook ringBook = Objects.requireNonNull(rings);
        SourceBook sourceBook = Objects.requireNonNull(sources);
        quiet.keepLeft(plan);
        List<String> written = new ArrayList<>();
        Set<Feature> features = features(config);
        attempt(() -> kernel.addFeatures(features)).ifPresent(written::add);
        try {
            attempt(() -> {
                if (audit) {
                    sourceBook.read();
                    written.addAll(ringBook.audit());
                    written.addAll(removeStrays(target));
                }
                Optional<Plan> known = audit ? Optional.empty() : held;
                held = Optional.empty(); // of a round that fails half way nothing is known
                written.addAll(new TableWriter(target, ringBook, sourceBook, plan, known).write());
                held = Optional.of(plan);
                if (audit) {
                    target.vips().repairAddressRows().forEach(vip -> written.add("address row of " + vip));
                }
                return written;
            });
        } finally {
            // Also after a failure: what waits for the grace period may be what the next round lacks.
            target.grace().ifPresent(this::beginGrace);
        }
        attempt(() -> kernel.reduceFeatures(features)).ifPresent(written::add);
        attempt(() -> {
            kernel.restorePins();
            return written;
        });
        List<String> refusals = attempt(() -> kernel.carry(config.node(), plan.egress()));
        look();
        if (!refusals.isEmpty()) {
            throw new ReconcileException(String.join("; ", refusals), written);
        }
        return written;
    }

    /** Whether the last round brought the tables to this very plan; interfaces may have refused all the same. */
    @SuppressWarnings("ReferenceEquality") // an equal one would be written without effect
    public boolean holds(Plan plan) {
        return held.isPresent() && held.get() == plan;
    }

    /** Before the tables are written: what is missing then, they are given again. */
    private static List<String> removeStrays(Tables target) {
        List<String> done = new ArrayList<>(target.vips().removeStrays());
        int serverIds = target.serverIds().removeStrays();
        if (serverIds > 0) {
            done.add("%d ways of server ids that lead nowhere".formatted(serverIds));
        }
        return done;
    }

    // --- grace ---------------------------------------------------------------------------------------------------

    /** What went out of use is used again when no packet under way can still see it. */
    private void beginGrace(Grace grace) {
        long number = ++graceNumber;
        graces.put(number, grace);
        kernel.awaitGrace(grace, () -> graceEnded.accept(number));
    }

    /** A grace period is over. */
    public void graceEnded(long number) {
        Grace grace = graces.remove(number);
        if (grace != null) {
            running().reclaim(grace);
        }
    }

    // --- flows ---------------------------------------------------------------------------------------------------

    /** Frees some of the flows that have expired, and ends what they have outlived. */
    public void sweep() {
        Tables target = tables;
        if (target != null) {
            attempt(() -> {
                int now = target.nowTicks();
                target.flows().sweep(now, SWEEP_WAYS);
                Objects.requireNonNull(rings).previous().dropOutvoted(now);
                target.grace().ifPresent(this::beginGrace);
                return target;
            });
        }
    }

    /** Counts the live flows; changes nothing. */
    public Live census() {
        Tables target = tables;
        return target == null
                ? Live.NONE
                : attempt(() -> new Live(
                        Optional.of(target.flows().census(target.nowTicks())),
                        target.flows().capacity(),
                        unixMs.getAsLong()));
    }

    /** Counts the live flows by member id and state, as long as a {@link #census}; empty while nothing runs. */
    public Optional<FlowStates> flowStates() {
        Tables target = tables;
        return target == null
                ? Optional.empty()
                : attempt(() -> Optional.of(target.flows().states(target.nowTicks())));
    }

    /**
     * The open flows of the services with these name hashes, by their tags; none while nothing runs. As long as a {@link #census},
     * so only for what needs it.
     */
    public Map<Long, FlowTags> flowTags(Plan plan, Set<Long> nameHashes) {
        Tables target = tables;
        if (target == null || nameHashes.isEmpty()) {
            return Map.of();
        }
        Map<Long, FlowTags> byService = new HashMap<>();
        Map<Integer, FlowTags> byMember = new HashMap<>();
        nameHashes.forEach(nameHash -> byService.put(nameHash, new FlowTags()));
        plan.allocation().holders().forEach((id, holder) -> {
            FlowTags tags = byService.get(holder.nameHash());
            if (tags != null) {
                byMember.put(id, tags);
            }
        });
        return attempt(() -> {
            target.flows().sample(target.nowTicks(), target.flows().capacity(), false, (tag, member) -> {
                FlowTags tags = byMember.get(member);
                if (tags != null) {
                    tags.visit(tag, member);
                }
            });
            return byService;
        });
    }

    /** Says what changes would disturb; any thread may ask it. */
    public Disruptions disruptions() {
        return new Disruptions(secret.ringKey());
    }

    /** Ids of members that have left and that nothing reaches any more. */
    public Set<Integer> releasable(Plan plan, Live live) {
        RingBook book = rings;
        Tables target = tables;
        if (target == null || book == null) {
            return Set.of();
        }
        Counters counters = target.counters();
        return quiet.releasable(plan, live, id -> counters.member(id).packets(), book.previous()::keeps);
    }

    /** Takes previous rings out of use whose time is over. */
    public void dropExpiredRings() {
        RingBook book = rings;
        if (book != null) {
            attempt(() -> {
                book.previous().dropExpired();
                running().grace().ifPresent(this::beginGrace);
                return book;
            });
        }
    }

    // --- swap and teardown ---------------------------------------------------------------------------------------

    /**
     * Replaces the program on every interface, or on none.
     *
     * @param object empty: the one of this build
     * @param dryRun load and compare only
     */
    public SwapResult swap(Optional<byte[]> object, boolean dryRun) {
        running();
        return attempt(() -> kernel.swap(object.orElseGet(DatapathObjects::balancer), dryRun));
    }

    /** Detaches everywhere and removes every pin; says what was removed. */
    public List<String> teardown() {
        List<String> removed = attempt(kernel::teardown);
        tables = null;
        rings = null;
        sources = null;
        held = Optional.empty();
        graces.clear();
        return removed;
    }

    // --- what readers see ----------------------------------------------------------------------------------------

    /** What was counted since the maps were created, of all that the plan has rows for. */
    public Counted count(Plan plan) {
        Tables target = tables;
        return target == null ? Counted.NOTHING : attempt(() -> Counted.read(target.counters(), plan));
    }

    /** The tag of the program that runs; "" if none does. */
    public String programTag() {
        return tables == null ? "" : kernel.tag();
    }

    /** What the program that runs has, in words of the datapath. */
    public List<String> features() {
        return tables == null ? List.of() : ProgramSwap.labels(kernel.variant().features());
    }

    /** The tag of the program in this build. */
    public String builtInTag() {
        return builtInTag;
    }

    /** What carried the program at the last {@link #look}, by name. */
    public List<Attachment> attached() {
        return kernel.attached();
    }

    /** What speaks, as of the last {@link #look}, against interfaces by which members are reached; for people. */
    public List<String> egressWarnings() {
        return kernel.egressWarnings();
    }

    /** The frames that the kernel lost after the verdict, by interface and cause. */
    public List<Lost> lost() {
        return kernel.lost();
    }

    /** The part of its service's slots that a member id holds, 0 to 1. */
    public double share(Plan plan, int id) {
        RingBook book = rings;
        Plan.MemberRow row = plan.members().get(id);
        return book == null || row == null
                ? 0
                : Rows.localIndex(plan, id)
                        .map(local -> book.share(row.service(), local))
                        .orElse(0.0);
    }

    /** Until when the ring before is kept, Unix time, by service; only those that keep one. */
    public Map<Integer, Long> previousRingsUntilUnixMs() {
        Tables target = tables;
        RingBook book = rings;
        return target == null || book == null
                ? Map.of()
                : attempt(() -> book.previous().untilUnixMs());
    }

    /** Generation of the ring that a service publishes. */
    public int ringGeneration(int service) {
        return tables == null ? 0 : tables.services().ring(service).generation();
    }

    /** Closes the handles; pins, links and traffic stay. */
    @Override
    public void close() {
        kernel.close();
        tables = null;
    }
}
