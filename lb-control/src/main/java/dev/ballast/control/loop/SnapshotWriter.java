package dev.ballast.control.loop;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ballast.control.journal.Revision;
import dev.ballast.control.loop.Snapshot.Progress;
import dev.ballast.control.model.Address;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.ConfigText;
import dev.ballast.control.model.ConfigWriter;
import dev.ballast.control.model.Encap;
import dev.ballast.control.model.Service;
import dev.ballast.control.model.Vip;
import dev.ballast.control.model.Words;
import dev.ballast.control.plan.Allocation;
import dev.ballast.control.plan.MemberKey;
import dev.ballast.control.plan.Plan;
import dev.ballast.control.plan.ServicePlan;
import dev.ballast.control.plan.StateDigest;
import dev.ballast.control.reconcile.Counted;
import dev.ballast.control.reconcile.Live;
import dev.ballast.control.reconcile.Reconciler;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes what readers see of the writer's state. Loop thread only, but for {@link #warnOf}. */
final class SnapshotWriter {
    private final Identity identity;
    private final Reconciler reconciler;
    private final HealthChecks health;
    private final NextHops hops;
    private final List<Supplier<Optional<String>>> edges = new CopyOnWriteArrayList<>();
    private final LongSupplier unixMs;

    /** The text of a configuration is made once, not with each tick. */
    private @Nullable Config written;

    private byte[] utf8 = {};
    private Optional<String> yaml = Optional.empty();
    private Optional<String> json = Optional.empty();
    private final ConfigText text = new ConfigText();
    private boolean countsStale;
    private Counted counted = Counted.NOTHING;
    private long countedUnixMs;
    private List<Snapshot.TransmitLoss> lost = List.of();
    private EffectiveDigest effective = new EffectiveDigest(Plan.EMPTY);

    SnapshotWriter(Identity identity, Reconciler reconciler, HealthChecks health, NextHops hops, LongSupplier unixMs) {
        this.identity = identity;
        this.reconciler = reconciler;
        this.health = health;
        this.hops = hops;
        this.unixMs = unixMs;
    }

    /** Each state has what {@code edge} warns of when it is made. Any thread. */
    void warnOf(Supplier<Optional<String>> edge) {
        edges.add(edge);
    }

    /** The next {@link #write} reads the counters; those after it show the same until the next call. */
    void countAnew() {
        countsStale = true;
    }

    private void count(Plan plan) {
        countsStale = false;
        counted = reconciler.count(plan);
        countedUnixMs = unixMs.getAsLong();
        lost = reconciler.lost().stream()
                .map(loss -> new Snapshot.TransmitLoss(loss.interfaceName(), loss.cause(), loss.words(), loss.frames()))
                .toList();
    }

    /** Before anything was configured. */
    Snapshot empty() {
        return empty(Snapshot.Journal.NOTHING);
    }

    private Snapshot empty(Snapshot.Journal journal) {
        return new Snapshot(
                "",
                identity.instance(),
                identity.version(),
                identity.pid(),
                identity.startedUnixMs(),
                unixMs.getAsLong(),
                countedUnixMs,
                0,
                Progress.DONE,
                "nothing is configured yet; `ballast apply -f FILE` does that",
                "",
                "",
                reconciler.programTag(),
                reconciler.builtInTag(),
                reconciler.features(),
                interfaces(),
                List.of(),
                List.of(),
                List.of(),
                new Snapshot.Flows(0, 0, 0, 0),
                warnings(journal),
                journal,
                identity.source(),
                Snapshot.Digests.NONE);
    }

    /** The text of a configuration, UTF-8, which is kept for {@link #write}. */
    @SuppressWarnings("ReferenceEquality") // to compare what they say takes as long as to write it
    byte[] text(Config config) {
        if (config != written) {
            utf8 = text.toYaml(config);
            yaml = Optional.empty();
            json = Optional.empty();
            written = config;
        }
        return utf8;
    }

    private String yaml(Config config) {
        byte[] bytes = text(config);
        String known = yaml.orElseGet(() -> new String(bytes, UTF_8));
        yaml = Optional.of(known);
        return known;
    }

    /** Longer than the text for people, and only readers of states want it. */
    private String json(Config config) {
        String known = json.orElseGet(() -> ConfigWriter.toJson(config));
        json = Optional.of(known);
        return known;
    }

    Snapshot write(
            @Nullable Config config,
            long revision,
            Progress progress,
            String failure,
            Set<MemberKey> drains,
            Plan plan,
            Live live,
            Snapshot.Journal journal) {
        if (config == null) {
            return empty(journal);
        }
        if (countsStale) {
            count(plan);
        }
        String yamlText = yaml(config);
        Map<Integer, Long> previousUntilMs = reconciler.previousRingsUntilUnixMs();
        return new Snapshot(
                config.node().name(),
                identity.instance(),
                identity.version(),
                identity.pid(),
                identity.startedUnixMs(),
                unixMs.getAsLong(),
                countedUnixMs,
                revision,
                progress,
                failure,
                yamlText,
                json(config),
                reconciler.programTag(),
                reconciler.builtInTag(),
                reconciler.features(),
                interfaces(),
                config.services().values().stream()
                        .map(service -> service(service, progress, failure, drains, plan, live, previousUntilMs))
                        .toList(),
                counted.verdicts().stream()
                        .map(verdict -> new Snapshot.Verdict(
                                verdict.verdictClass(), verdict.reason(), traffic(verdict.traffic())))
                        .toList(),
                lost,
                new Snapshot.Flows(live.capacity(), live.established(), live.halfOpen(), live.unixMs()),
                warnings(config, journal),
                journal,
                identity.source(),
                digests(config, drains, plan, journal));
    }

    /** A revision has its digest; that of a state file of an older version is made here. */
    private Snapshot.Digests digests(Config config, Set<MemberKey> drains, Plan plan, Snapshot.Journal journal) {
        if (!effective.isOf(plan)) {
            effective = new EffectiveDigest(plan);
        }
        return new Snapshot.Digests(
                journal.latest()
                        .map(Revision::configDigest)
                        .filter(digest -> !digest.isEmpty())
                        .orElseGet(() -> StateDigest.configured(config, drains)),
                effective);
    }

    private List<Snapshot.Interface> interfaces() {
        return reconciler.attached().stream()
                .map(attached ->
                        new Snapshot.Interface(attached.name(), attached.index(), attached.mode(), attached.pin()))
                .toList();
    }

    private Snapshot.Service service(
            Service service,
            Progress progress,
            String failure,
            Set<MemberKey> drains,
            Plan plan,
            Live live,
            Map<Integer, Long> previousUntilMs) {
        Optional<ServicePlan> present = plan.service(service.name());
        Allocation.Block block = present.map(ServicePlan::block).orElse(null);
        Counted.OfService traffic = block == null
                ? Counted.OfService.NONE
                : counted.services().getOrDefault(block.service(), Counted.OfService.NONE);
        List<Snapshot.Member> members = members(service, present, drains, plan, live);
        List<String> unresolved = service.backends().stream()
                .filter(backend -> hops.hop(backend.address(), service.encap()).isEmpty())
                .map(backend -> hops.words(backend.address(), service.encap()))
                .toList();
        Progress ofService = progress == Progress.FAILED || unresolved.isEmpty() ? progress : Progress.PENDING;
        return new Snapshot.Service(
                service.name(),
                service.vips().stream().map(Vip::toString).toList(),
                service.encap().toString(),
                Words.of(service.hash()),
                service.sources().toString(),
                ofService,
                failure.isEmpty() ? String.join("; ", unresolved) : failure,
                service.ring().size(),
                block == null ? 0 : reconciler.ringGeneration(block.service()),
                block == null ? 0 : previousUntilMs.getOrDefault(block.service(), 0L),
                members,
                traffic(traffic.forwarded()),
                traffic(traffic.answered()),
                traffic(traffic.passed()),
                traffic(traffic.dropped()),
                traffic.flowsCreated(),
                traffic.flowsUntracked(),
                traffic.flowsRepicked());
    }

    /** Configured members in the order of their addresses, then those that left and still have flows. */
    private List<Snapshot.Member> members(
            Service service, Optional<ServicePlan> present, Set<MemberKey> drains, Plan plan, Live live) {
        SortedMap<Address, List<Integer>> ids = new TreeMap<>();
        present.ifPresent(planned -> planned.members()
                .forEach((id, row) -> ids.computeIfAbsent(row.address(), _ -> new ArrayList<>(1))
                        .add(id)));
        Set<MemberKey> configured = new HashSet<>();
        List<Snapshot.Member> members = new ArrayList<>();
        service.backends().stream()
                .sorted(Comparator.comparing(backend -> backend.address()))
                .forEach(backend -> {
                    MemberKey key = new MemberKey(service.name(), backend.address());
                    configured.add(key);
                    String admin = backend.drains() || drains.contains(key) ? "drain" : "in";
                    List<Integer> ofMember = ids.getOrDefault(backend.address(), List.of());
                    members.add(member(key, ofMember, service.encap(), backend.weight(), admin, plan, live));
                });
        ids.forEach((address, ofMember) -> {
            MemberKey key = new MemberKey(service.name(), address);
            if (!configured.contains(key)) {
                members.add(member(key, ofMember, service.encap(), 0, "leaving", plan, live));
            }
        });
        return members;
    }

    private Snapshot.Member member(
            MemberKey key, List<Integer> ids, Encap encap, int weight, String admin, Plan plan, Live live) {
        long packets = 0;
        long bytes = 0;
        long flows = 0;
        double share = 0;
        for (int id : ids) {
            Counted.Traffic traffic = counted.members().getOrDefault(id, Counted.Traffic.NONE);
            packets += traffic.packets();
            bytes += traffic.bytes();
            flows += live.open(id);
            share += reconciler.share(plan, id);
        }
        HealthChecks.Status status = health.status(key);
        return new Snapshot.Member(
                key.toString(),
                key.address().toString(),
                weight,
                admin,
                status.health().toString(),
                status.reason(),
                status.sinceUnixMs(),
                share > 0,
                share,
                hops.words(key.address(), encap),
                new Snapshot.Traffic(packets, bytes),
                flows);
    }

    private static Snapshot.Traffic traffic(Counted.Traffic traffic) {
        return new Snapshot.Traffic(traffic.packets(), traffic.bytes());
    }

    private List<String> warnings(Snapshot.Journal journal) {
        List<String> warnings = new ArrayList<>();
        edges.forEach(edge -> edge.get().ifPresent(warnings::add));
        if (!journal.failure().isEmpty()) {
            warnings.add("the last change could not be made durable: " + journal.failure());
        }
        return warnings;
    }

    private List<String> warnings(Config config, Snapshot.Journal journal) {
        List<String> warnings = warnings(journal);
        reconciler
                .attached()
                .forEach(attached -> attached.warnings()
                        .forEach(warning -> warnings.add("interface " + attached.name() + ": " + warning)));
        warnings.addAll(reconciler.egressWarnings());
        if (!reconciler.builtInTag().equals(reconciler.programTag())) {
            warnings.add(
                    "the running program %s is not this build's %s; `ballast swap` replaces it without a lost packet"
                            .formatted(reconciler.programTag(), reconciler.builtInTag()));
        }
        String unresolved = config.services().values().stream()
                .flatMap(service -> service.backends().stream()
                        .map(backend -> backend.address())
                        .filter(address -> hops.hop(address, service.encap()).isEmpty())
                        .map(address -> hops.words(address, service.encap())))
                .distinct()
                .collect(Collectors.joining("; "));
        if (!unresolved.isEmpty()) {
            warnings.add(unresolved);
        }
        warnings.addAll(Warnings.ofPaths(config, hops::hop));
        return warnings;
    }
}
