package dev.ballast.control.reconcile;

import dev.ballast.attach.AttachException;
import dev.ballast.attach.AttachedInterface;
import dev.ballast.attach.Finding;
import dev.ballast.attach.GenericPolicy;
import dev.ballast.attach.InterfaceSpec;
import dev.ballast.attach.XdpInterfaces;
import dev.ballast.bpf.BpfException;
import dev.ballast.control.model.Node;
import dev.ballast.control.plan.Allocation;
import dev.ballast.control.plan.Plan;
import dev.ballast.datapath.Candidate;
import dev.ballast.datapath.Counters;
import dev.ballast.datapath.Datapath;
import dev.ballast.datapath.DatapathException;
import dev.ballast.datapath.DatapathObjects;
import dev.ballast.datapath.DatapathOptions;
import dev.ballast.datapath.Grace;
import dev.ballast.datapath.MemberRow;
import dev.ballast.datapath.ServiceRow;
import dev.ballast.datapath.VipKey;
import dev.ballast.netlink.Netlink;
import dev.ballast.netlink.NetlinkException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
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
    private final XdpInterfaces interfaces;
    private final LongConsumer graceEnded;
    private final LongSupplier unixMs;
    private final Map<Long, Grace> graces = new TreeMap<>();
    private @Nullable Datapath datapath;
    private @Nullable RingBook rings;
    private final String builtInTag = DatapathObjects.tag(DatapathObjects.balancer());
    private long graceNumber;
    private Set<Integer> quiet = Set.of();

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
        this.interfaces = XdpInterfaces.open(pins.resolve("links"), netlink);
        attempt(() -> {
            Datapath.adopt(pins).ifPresent(this::take);
            if (datapath != null) {
                interfaces
                        .adopt()
                        .lost()
                        .forEach(lost -> LOG.atWarn()
                                .addKeyValue("interface", lost.name())
                                .addKeyValue("reason", lost.reason())
                                .log("an attachment was lost"));
                warnOfOtherSecret();
            }
            return this;
        });
    }

    private void take(Datapath adopted) {
        datapath = adopted;
        rings = new RingBook(adopted, secret.ringKey());
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
            return new Plan(new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), Allocation.EMPTY);
        }
        Map<Integer, ServiceRow> services = new TreeMap<>();
        datapath.services()
                .byNameHash()
                .values()
                .forEach(index -> datapath.services().read(index).ifPresent(row -> services.put(index, row)));
        SortedMap<Integer, MemberRow> members = datapath.members().list();
        SortedMap<Integer, Plan.MemberRow> rows = new TreeMap<>();
        members.forEach((id, row) -> rows.put(id, Rows.planned(row)));
        return new Plan(new TreeMap<>(), new TreeMap<>(), rows, Rows.allocation(services, members));
    }

    // --- interfaces and load
    // ------------------------------------------------------------------------------------------

    /**
     * Whether every interface could carry the program; changes nothing.
     *
     * @throws ReconcileException naming each cause with its cure
     */
    public void preflight(Node node) {
        Set<String> attached = attempt(interfaces::attached).stream()
                .map(AttachedInterface::name)
                .collect(Collectors.toSet());
        List<String> blocking = new ArrayList<>();
        for (Node.Interface wanted : node.interfaces()) {
            if (!attached.contains(wanted.name())) {
                attempt(() -> interfaces.preflight(spec(wanted))).stream()
                        .filter(Finding::blocks)
                        .map(finding -> "interface %s: %s".formatted(wanted.name(), finding))
                        .forEach(blocking::add);
            }
        }
        if (!blocking.isEmpty()) {
            throw new ReconcileException(String.join("\n", blocking));
        }
    }

    private static InterfaceSpec spec(Node.Interface wanted) {
        return new InterfaceSpec(
                wanted.name(),
                switch (wanted.generic()) {
                    case REFUSE -> GenericPolicy.REFUSE;
                    case ALLOW -> GenericPolicy.ALLOW;
                });
    }

    /** Loads the datapath with the sizes of the configuration, unless it runs already. */
    public void open(Node node) {
        if (datapath != null) {
            return;
        }
        Node.Limits limits = node.limits();
        datapath = attempt(() -> Datapath.create(
                pins,
                DatapathObjects.balancer(),
                new DatapathOptions(
                        limits.flows(),
                        limits.services(),
                        limits.members(),
                        limits.ringSlots(),
                        secret.bytes(),
                        true)));
        rings = new RingBook(datapath, secret.ringKey());
        objects.keep(datapath.tag(), DatapathObjects.balancer());
        LOG.atInfo()
                .addKeyValue("pins", pins)
                .addKeyValue("tag", datapath.tag())
                .log("loaded the datapath");
    }

    // --- reconcile
    // ----------------------------------------------------------------------------------------------------

    /**
     * One round: makes tables and interfaces hold the plan.
     *
     * @throws ReconcileException at the first thing that refuses; the rest waits for the next round
     */
    public void reconcile(Plan plan, Node node) {
        Datapath target = running();
        RingBook book = ringBook();
        attempt(() -> {
            writeMembers(target, plan);
            writeServices(target, book, plan);
            writeVips(target, plan);
            clearServices(target, book, plan);
            clearMembers(target, plan);
            target.grace().ifPresent(this::beginGrace);
            return this;
        });
        attempt(() -> {
            carry(target, node);
            return this;
        });
    }

    private RingBook ringBook() {
        if (rings == null) {
            throw new IllegalStateException("a datapath without its rings");
        }
        return rings;
    }

    private static void writeMembers(Datapath target, Plan plan) {
        plan.members().forEach((id, planned) -> {
            MemberRow row = Rows.member(planned);
            if (!target.members().read(id).equals(Optional.of(row))) {
                target.members().write(id, row);
            }
        });
    }

    private static void writeServices(Datapath target, RingBook book, Plan plan) {
        for (Map.Entry<Integer, Plan.ServiceRow> entry : plan.services().entrySet()) {
            int index = entry.getKey();
            ServiceRow row = Rows.service(entry.getValue(), target.clock());
            if (!target.services().read(index).equals(Optional.of(row))) {
                target.services().write(index, row);
            }
            book.publish(index, entry.getValue().ring());
        }
    }

    private static void writeVips(Datapath target, Plan plan) {
        Map<VipKey, Integer> present = target.vips().list();
        Set<VipKey> wanted = new HashSet<>();
        for (Plan.VipRow row : plan.vips().values()) {
            VipKey key = Rows.vip(row.vip());
            wanted.add(key);
            Integer service = present.get(key);
            if (service == null || service != row.service()) {
                target.vips().put(key, row.service());
            }
        }
        for (VipKey key : present.keySet()) {
            if (!wanted.contains(key)) {
                target.vips().remove(key);
            }
        }
    }

    private static void clearServices(Datapath target, RingBook book, Plan plan) {
        for (int index : List.copyOf(target.services().byNameHash().values())) {
            if (!plan.services().containsKey(index)) {
                book.forget(index);
                target.services().clear(index);
                target.counters().resetService(index);
            }
        }
    }

    private static void clearMembers(Datapath target, Plan plan) {
        for (int id : List.copyOf(target.members().list().keySet())) {
            if (!plan.members().containsKey(id)) {
                target.members().clear(id);
                target.counters().resetMember(id);
            }
        }
    }

    private void carry(Datapath target, Node node) {
        interfaces
                .dropDefunct()
                .forEach(lost -> LOG.atWarn()
                        .addKeyValue("interface", lost.name())
                        .addKeyValue("reason", lost.reason())
                        .log("an attachment was lost"));
        Set<String> attached = interfaces.attached().stream()
                .map(AttachedInterface::name)
                .collect(Collectors.toCollection(HashSet::new));
        for (Node.Interface wanted : node.interfaces()) {
            if (!attached.remove(wanted.name())) {
                AttachedInterface done = interfaces.attach(spec(wanted), target.program());
                LOG.atInfo()
                        .addKeyValue("interface", done.name())
                        .addKeyValue("mode", mode(done))
                        .log("attached");
                done.warnings()
                        .forEach(warning -> LOG.atWarn()
                                .addKeyValue("interface", done.name())
                                .log(warning));
            }
        }
        for (String unwanted : attached) {
            interfaces.detach(unwanted);
            LOG.atInfo().addKeyValue("interface", unwanted).log("detached");
        }
    }

    /** Whether an interface of the last round has lost its program since. */
    public boolean drifted(Node node) {
        Set<String> attached = attempt(interfaces::attached).stream()
                .map(AttachedInterface::name)
                .collect(Collectors.toSet());
        return !node.interfaces().stream().allMatch(wanted -> attached.contains(wanted.name()));
    }

    // --- grace
    // --------------------------------------------------------------------------------------------------------

    /** What went out of use is used again when no packet under way can still see it. */
    private void beginGrace(Grace grace) {
        long number = ++graceNumber;
        graces.put(number, grace);
        Thread.ofPlatform().name("ballast-grace").daemon().start(() -> {
            try {
                grace.await();
                graceEnded.accept(number);
            } catch (DatapathException e) {
                LOG.atError()
                        .addKeyValue("reason", e.getMessage())
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

    // --- flows
    // --------------------------------------------------------------------------------------------------------

    /** Counts the live flows, and frees some of those that have expired. */
    public Live census() {
        Datapath target = datapath;
        if (target == null) {
            return Live.NONE;
        }
        return attempt(() -> {
            int now = target.nowTicks();
            target.flows().sweep(now, SWEEP_WAYS);
            return new Live(
                    Optional.of(target.flows().census(now)), target.flows().capacity(), unixMs.getAsLong());
        });
    }

    /** Live flows on members of the service with this name hash. */
    public long flowsOf(Live live, Plan plan, long nameHash) {
        return plan.allocation().holders().entrySet().stream()
                .filter(entry -> entry.getValue().nameHash() == nameHash)
                .mapToLong(entry -> live.flows(entry.getKey()))
                .sum();
    }

    /**
     * Ids that only old flows named, and for two censuses in a row none does: rings that named them are long out of use.
     */
    public Set<Integer> releasable(Plan plan, Live live) {
        Set<Integer> now = new HashSet<>();
        plan.members().forEach((id, row) -> {
            if (!(row.configured() && row.current()) && live.census().isPresent() && live.flows(id) == 0) {
                now.add(id);
            }
        });
        Set<Integer> twice = new HashSet<>(now);
        twice.retainAll(quiet);
        now.removeAll(twice);
        quiet = now;
        return twice;
    }

    // --- swap and teardown
    // --------------------------------------------------------------------------------------------

    /**
     * Replaces the program on every interface, or on none.
     *
     * @param object empty: the one of this build
     * @param dryRun load and compare only
     */
    public SwapResult swap(Optional<byte[]> object, boolean dryRun) {
        Datapath target = running();
        byte[] bytes = object.orElseGet(DatapathObjects::balancer);
        return attempt(() -> {
            try (Candidate candidate = target.prepare(bytes)) {
                String oldTag = target.tag();
                List<String> names = interfaces.attached().stream()
                        .map(AttachedInterface::name)
                        .toList();
                SwapResult result = new SwapResult(
                        oldTag,
                        candidate.tag(),
                        target.program().id(),
                        candidate.program().id(),
                        names);
                if (!dryRun) {
                    objects.keep(candidate.tag(), bytes);
                    interfaces.swap(candidate.program(), target.program());
                    target.commit(candidate);
                }
                return result;
            }
        });
    }

    /** Detaches everywhere and removes every pin; says what was removed. */
    public List<String> teardown() {
        return attempt(() -> {
            List<String> removed = new ArrayList<>();
            interfaces.attached().forEach(attached -> removed.add("program on interface " + attached.name()));
            interfaces.teardown();
            if (datapath != null) {
                datapath.destroy();
                datapath = null;
                rings = null;
                removed.add("maps and program pinned in " + pins);
            }
            return removed;
        });
    }

    // --- what readers see
    // ---------------------------------------------------------------------------------------------

    /** Counters of everything since the maps were created; empty before that. */
    public Optional<Counters> counters() {
        return Optional.ofNullable(datapath).map(Datapath::counters);
    }

    /** The tag of the program that runs; "" if none does. */
    public String programTag() {
        return datapath == null ? "" : datapath.tag();
    }

    /** The tag of the program in this build. */
    public String builtInTag() {
        return builtInTag;
    }

    /** What carries the program, by name. */
    public List<AttachedInterface> attached() {
        return attempt(interfaces::attached).stream()
                .sorted(Comparator.comparing(AttachedInterface::name))
                .toList();
    }

    /** {@code native} or {@code generic}. */
    public static String mode(AttachedInterface attached) {
        return attached.mode().name().toLowerCase(java.util.Locale.ROOT);
    }

    /** Where the link of an interface is pinned. */
    public Path pin(String interfaceName) {
        return pins.resolve("links").resolve(interfaceName.replace('.', ':'));
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

    /** Generation of the ring that a service publishes. */
    public int ringGeneration(int service) {
        return datapath == null ? 0 : datapath.services().ring(service).generation();
    }

    /** Closes the handles; pins, links and traffic stay. */
    @Override
    public void close() {
        interfaces.close();
        if (datapath != null) {
            datapath.close();
            datapath = null;
        }
    }

    private static <T> T attempt(Supplier<T> work) {
        try {
            return work.get();
        } catch (DatapathException | AttachException | BpfException | NetlinkException e) {
            throw new ReconcileException(e);
        }
    }
}
