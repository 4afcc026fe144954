package dev.ballast.control.reconcile;

import static dev.ballast.control.reconcile.ReconcileException.attempt;

import dev.ballast.control.model.Config;
import dev.ballast.control.model.Node;
import dev.ballast.control.model.ServerId;
import dev.ballast.control.plan.Disruptions;
import dev.ballast.control.plan.Features;
import dev.ballast.control.plan.FlowTags;
import dev.ballast.control.plan.Hop;
import dev.ballast.control.plan.Plan;
import dev.ballast.datapath.Counters;
import dev.ballast.datapath.Datapath;
import dev.ballast.datapath.DatapathObjects;
import dev.ballast.datapath.DatapathOptions;
import dev.ballast.datapath.Feature;
import dev.ballast.datapath.Grace;
import dev.ballast.datapath.MemberRow;
import dev.ballast.datapath.ServiceRow;
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
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The kernel's side of the daemon: adopts or creates the datapath, and reconciles it with each plan. */
public final class Reconciler implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Reconciler.class);
    /** A whole table within a few minutes, a small part of a tick's time each. */
    private static final long SWEEP_WAYS = 256 << 10;

    private final Path pins;
    private final Secret secret;
    private final ObjectStore objects;
    private final Attachments attachments;
    private final Losses losses;
    private final LongConsumer graceEnded;
    private final LongSupplier unixMs;
    private final Map<Long, Grace> graces = new TreeMap<>();
    private @Nullable Datapath datapath;
    private @Nullable RingBook rings;
    private @Nullable SourceBook sources;
    private final String builtInTag = DatapathObjects.tag(DatapathObjects.balancer());
    private long graceNumber;
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
        this.pins = pins;
        this.secret = secret;
        this.objects = objects;
        this.graceEnded = graceEnded;
        this.unixMs = unixMs;
        this.attachments = new Attachments(pins.resolve("links"), netlink);
        this.losses = new Losses(pins.resolve("losses"), netlink);
        attempt(() -> {
            Datapath.adopt(pins).ifPresent(this::take);
            if (datapath != null) {
                attachments.adopt();
                warnOfOtherSecret();
                programSwap().finishUnfinished();
            }
            return this;
        });
        attachments.look();
    }

    private void take(Datapath adopted) {
        datapath = adopted;
        keepBooks(adopted);
        LOG.atInfo()
                .addKeyValue("pins", pins)
                .addKeyValue("tag", adopted.tag())
                .addKeyValue("services", adopted.services().byNameHash().size())
                .addKeyValue("members", adopted.members().list().size())
                .log("adopted the running datapath");
    }

    /** Flows stay where they are, by the adopted keys; rings come out different once. */
    private void warnOfOtherSecret() {
        if (!running().isKeyedBy(secret.bytes())) {
            LOG.atWarn()
                    .addKeyValue("pins", pins)
                    .log(
                            "the state directory's secret is not the one that the running datapath was made with: rings are built anew, and flows that are not tracked change their member once");
        }
    }

    private Datapath running() {
        if (datapath == null) {
            throw new ReconcileException("no datapath is loaded; `ballast apply -f FILE` loads it");
        }
        return datapath;
    }

    /** Who has which row, as the tables say; nothing is wanted yet. */
    public Plan adoptedPlan() {
        if (datapath == null) {
            return Plan.EMPTY;
        }
        Map<Integer, ServiceRow> services = new TreeMap<>();
        Datapath adopted = datapath;
        adopted.services()
                .byNameHash()
                .values()
                .forEach(index -> adopted.services().read(index).ifPresent(row -> services.put(index, row)));
        SortedMap<Integer, MemberRow> members = adopted.members().list();
        SortedMap<Integer, Plan.MemberRow> rows = new TreeMap<>();
        Map<Integer, ServerId> serverIds = new HashMap<>();
        adopted.serverIds().list().forEach((place, member) -> serverIds.put(member, Rows.serverId(place.id())));
        members.forEach((id, row) -> rows.put(id, Rows.planned(row, Optional.ofNullable(serverIds.get(id)))));
        return new Plan(new TreeMap<>(), new TreeMap<>(), rows, Rows.allocation(services, members));
    }

    private void keepBooks(Datapath of) {
        rings = new RingBook(of, secret.ringKey(), unixMs);
        sources = new SourceBook(of.sources());
    }

    private ProgramSwap programSwap() {
        return new ProgramSwap(running(), attachments, objects);
    }

    // --- interfaces and load -------------------------------------------------------------------------------------

    /** See {@link Attachments#preflight}. */
    public void preflight(Node node) {
        attachments.preflight(node);
    }

    /** Asks the kernel what carries the program now; {@link #attached} and {@link #drifted} answer by it. */
    public void look() {
        attachments.look();
    }

    /** See {@link Attachments#drifted}. */
    public boolean drifted(Node node) {
        return attachments.drifted(node);
    }

    /** How many services and members the tables that run have room for; empty if none run. */
    public Optional<TableSizes> tableSizes() {
        return Optional.ofNullable(datapath)
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
        if (datapath != null) {
            return false;
        }
        Node.Limits limits = config.node().limits();
        datapath = attempt(() -> Datapath.create(
                pins,
                DatapathObjects.balancer(),
                new DatapathOptions(
                        limits.flows(),
                        limits.services(),
                        limits.members(),
                        limits.ringSlots(),
                        secret.bytes(),
                        Variant.of(features(config)))));
        keepBooks(running());
        objects.keep(datapath.tag(), DatapathObjects.balancer());
        LOG.atInfo()
                .addKeyValue("pins", pins)
                .addKeyValue("tag", datapath.tag())
                .log("loaded the datapath");
        return true;
    }

    /**
     * What a copy of the running program is made of; the caller closes it.
     *
     * @throws ReconcileException if none runs, or its object is not kept any more
     */
    public TwinSource twinSource() {
        Datapath running = running();
        byte[] object = programSwap().runningObject();
        return attempt(() -> running.twinSource(object));
    }

    /** What the program has to have: what the configuration uses, and what the interfaces bring. */
    private Set<Feature> features(Config config) {
        Set<Feature> features = EnumSet.noneOf(Feature.class);
        features.addAll(Features.of(config));
        features.addAll(attempt(() -> attachments.features(config.node())));
        return features;
    }

    /**
     * What a configuration means for the running program; loads what it would need, and lets go of it again.
     *
     * @return a line for people; empty if the program stays, or none runs
     * @throws ReconcileException if the kernel does not take the program that it would need
     */
    public Optional<String> trySwap(Config wanted) {
        return datapath == null ? Optional.empty() : programSwap().trial(features(wanted));
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
        Datapath target = running();
        RingBook ringBook = Objects.requireNonNull(rings);
        SourceBook sourceBook = Objects.requireNonNull(sources);
        quiet.keepLeft(plan);
        List<String> written = new ArrayList<>();
        ProgramSwap swap = programSwap();
        Set<Feature> features = features(config);
        swap.add(features).ifPresent(written::add);
        try {
            attempt(() -> {
                if (audit) {
                    sourceBook.read();
                }
                written.addAll(new TableWriter(target, ringBook, sourceBook, plan).write());
                if (audit) {
                    target.vips().repairAddressRows().forEach(vip -> written.add("address row of " + vip));
                }
                return written;
            });
        } finally {
            // Also after a failure: what waits for the grace period may be what the next round lacks.
            target.grace().ifPresent(this::beginGrace);
        }
        swap.reduceTo(features).ifPresent(written::add);
        List<String> refusals = attachments.carry(target.program(), config.node(), egress(plan));
        losses.watch(attachments.receivingIndexes());
        attachments.look();
        if (!refusals.isEmpty()) {
            throw new ReconcileException(String.join("; ", refusals));
        }
        return written;
    }

    /** The interfaces by which members are reached. */
    private static Set<Integer> egress(Plan plan) {
        return plan.members().values().stream()
                .flatMap(row -> row.hop().stream())
                .map(Hop::ifindex)
                .collect(Collectors.toSet());
    }

    // --- grace ---------------------------------------------------------------------------------------------------

    /** What went out of use is used again when no packet under way can still see it. */
    private void beginGrace(Grace grace) {
        long number = ++graceNumber;
        graces.put(number, grace);
        Thread.ofPlatform().name("ballast-grace").daemon().start(() -> {
            try {
                grace.await();
                graceEnded.accept(number);
            } catch (RuntimeException e) {
                LOG.atError()
                        .addKeyValue("reason", e)
                        .log("ring areas and VIP ways that went out of use cannot be used again");
            }
        });
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
        Datapath target = datapath;
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
        Datapath target = datapath;
        return target == null
                ? Live.NONE
                : attempt(() -> new Live(
                        Optional.of(target.flows().census(target.nowTicks())),
                        target.flows().capacity(),
                        unixMs.getAsLong()));
    }

    /**
     * The open flows of the services with these name hashes, by their tags; none while nothing runs. As long as a {@link #census},
     * so only for what needs it.
     */
    public Map<Long, FlowTags> flowTags(Plan plan, Set<Long> nameHashes) {
        Datapath target = datapath;
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
        if (datapath == null || book == null) {
            return Set.of();
        }
        Counters counters = datapath.counters();
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
        return programSwap().swap(object.orElseGet(DatapathObjects::balancer), dryRun);
    }

    /** Detaches everywhere and removes every pin; says what was removed. */
    public List<String> teardown() {
        return attempt(() -> {
            List<String> removed = new ArrayList<>();
            attachments.teardown().forEach(name -> removed.add("program on interface " + name));
            losses.teardown();
            if (datapath != null) {
                datapath.destroy();
                datapath = null;
                rings = null;
                sources = null;
                graces.clear();
                removed.add("maps and program pinned in " + pins);
            }
            return removed;
        });
    }

    // --- what readers see ----------------------------------------------------------------------------------------

    /** What was counted since the maps were created, of all that the plan has rows for. */
    public Counted count(Plan plan) {
        Datapath target = datapath;
        return target == null ? Counted.NOTHING : attempt(() -> Counted.read(target.counters(), plan));
    }

    /** The tag of the program that runs; "" if none does. */
    public String programTag() {
        return datapath == null ? "" : datapath.tag();
    }

    /** What the program that runs has, in words of the datapath. */
    public List<String> features() {
        return datapath == null
                ? List.of()
                : ProgramSwap.labels(datapath.variant().features());
    }

    /** The tag of the program in this build. */
    public String builtInTag() {
        return builtInTag;
    }

    /** What carried the program at the last {@link #look}, by name. */
    public List<Attachment> attached() {
        return attachments.list(datapath == null ? 0 : datapath.program().id());
    }

    /** What speaks, as of the last {@link #look}, against interfaces by which members are reached; for people. */
    public List<String> egressWarnings() {
        return attachments.egressWarnings();
    }

    /** The frames that the kernel lost after the verdict, by interface and cause. */
    public List<Lost> lost() {
        return losses.list();
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
        Datapath target = datapath;
        RingBook book = rings;
        return target == null || book == null
                ? Map.of()
                : attempt(() -> book.previous().untilUnixMs());
    }

    /** Generation of the ring that a service publishes. */
    public int ringGeneration(int service) {
        return datapath == null ? 0 : datapath.services().ring(service).generation();
    }

    /** Closes the handles; pins, links and traffic stay. */
    @Override
    public void close() {
        attachments.close();
        losses.close();
        if (datapath != null) {
            datapath.close();
            datapath = null;
        }
    }
}
