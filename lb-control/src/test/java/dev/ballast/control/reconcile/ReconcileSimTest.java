package dev.ballast.control.reconcile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.ballast.control.model.Address;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.ConfigException;
import dev.ballast.control.model.ConfigReader;
import dev.ballast.control.model.Encap;
import dev.ballast.control.model.Node;
import dev.ballast.control.model.Prefix;
import dev.ballast.control.model.Ring.Algorithm;
import dev.ballast.control.model.Service;
import dev.ballast.control.model.Sources;
import dev.ballast.control.model.Vip;
import dev.ballast.control.plan.Hop;
import dev.ballast.control.plan.MemberIntent;
import dev.ballast.control.plan.MemberIntent.Standing;
import dev.ballast.control.plan.Plan;
import dev.ballast.control.plan.PlanException;
import dev.ballast.control.plan.Planner;
import dev.ballast.control.plan.ServiceIntent;
import dev.ballast.datapath.RingRange;
import dev.ballast.datapath.ServiceRow;
import dev.ballast.datapath.SourcePrefix;
import dev.ballast.datapath.TableMemory;
import dev.ballast.datapath.Tables;
import dev.ballast.datapath.VipKey;
import dev.ballast.ring.Ring;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * The reconciler over a kernel in memory that fails, stalls and forgets, and whose tables others write to. {@link TableWatch} looks at
 * them after every store; at the end of each sequence they have to hold the plan and nothing else. A sequence is a function of its
 * seed, which a failure names; {@code -Dballast.sim.seed} runs one, {@code -Dballast.sim.sequences} that many.
 */
final class ReconcileSimTest {
    private static final int SEQUENCES = Integer.getInteger("ballast.sim.sequences", 1_000);
    private static final int RING = 251;
    private static final int RING_AREA_SLOTS = 10 * 256;
    private static final int SERVICES = 5;
    private static final int MEMBERS = 48;

    @TempDir
    Path state;

    private Secret secret;
    private Config config;
    private Node.Limits limits;

    private final Logger log = (Logger) LoggerFactory.getLogger("dev.ballast.control");
    private final Level level = log.getLevel();

    @AfterEach
    void speakAgain() {
        log.setLevel(level);
    }

    @BeforeEach
    void open() throws IOException, ConfigException {
        log.setLevel(Level.OFF); // ten thousand daemons
        secret = Secret.of(state);
        config = ConfigReader.read("sim.yaml", """
                version: 1
                node: {name: lb1, interfaces: [{name: one}]}
                """.getBytes(UTF_8));
        limits = new Node.Limits(1 << 19, SERVICES, MEMBERS, RING_AREA_SLOTS);
    }

    @Test
    void no_packet_ever_finds_what_it_must_not_whatever_the_kernel_refuses_and_wherever_the_daemon_dies() {
        run(false);
    }

    @Test
    void what_somebody_else_writes_is_repaired_by_the_next_audit_and_said() {
        run(true);
    }

    private void run(boolean tampering) {
        Long only = Long.getLong("ballast.sim.seed");
        long first = only == null ? new Random().nextInt(1 << 30) : only;
        int sequences = only == null ? SEQUENCES : 1;
        System.out.printf("ReconcileSimTest: seeds from %d, %d sequences%n", first, sequences);
        for (long seed = first; seed < first + sequences; seed++) {
            Sequence sequence = new Sequence(seed, tampering);
            try {
                sequence.run();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(
                        "-Dballast.sim.seed=%d: %s%n%s".formatted(seed, e, String.join("\n", sequence.story)), e);
            }
        }
    }

    /** What is wanted of a service. */
    private static final class Wanted {
        final List<Vip> vips = new ArrayList<>();
        final SortedMap<Integer, Integer> weights = new TreeMap<>();
        final Map<Integer, Standing> standings = new HashMap<>();
        final Map<Integer, Integer> hops = new HashMap<>();
        Service.Hash hash = Service.Hash.FIVE_TUPLE;
        Sources sources = Sources.ALL;
        boolean keepPrevious;
    }

    /** One seed's events. */
    private final class Sequence {
        private final Random random;
        private final boolean tampering;
        private final TableWatch watch = new TableWatch();
        private final TableMemory memory;
        private final FakeKernel kernel;
        private final SortedMap<String, Wanted> services = new TreeMap<>();
        private final List<Plan> possible = new ArrayList<>(List.of(Plan.EMPTY));
        final List<String> story = new ArrayList<>();
        private Reconciler daemon;
        private Plan plan = Plan.EMPTY;
        private boolean failed;
        /** Whether a store was lost, or the daemon died at one, since the last audit that found nothing. */
        private boolean faulty;

        private long nowMs = 1_000_000;

        Sequence(long seed, boolean tampering) {
            this.random = new Random(seed);
            this.tampering = tampering;
            this.memory = new TableMemory(SERVICES, MEMBERS, RING_AREA_SLOTS, secret.bytes(), watch);
            watch.over(memory);
            this.kernel = new FakeKernel(memory, watch);
            this.daemon = kernel.reconciler(secret, this::graceEnded, () -> nowMs);
            daemon.open(config);
        }

        private void graceEnded(long number) {
            daemon.graceEnded(number);
        }

        void run() {
            for (int left = 4 + random.nextInt(12); left > 0; left--) {
                event();
            }
            story.add("faults end");
            settle();
            assertHolds();
        }

        private void event() {
            switch (random.nextInt(tampering ? 16 : 13)) {
                case 0, 1, 2, 3 -> edit();
                case 4 -> health();
                case 5 -> hop();
                case 6 -> flows();
                case 7 -> tick();
                case 8 -> grace();
                case 9 -> interfaces();
                case 10 -> fault();
                case 11 -> restart("restart");
                case 12 -> teardown();
                default -> tamper();
            }
        }

        private void edit() {
            String name = "s" + random.nextInt(SERVICES + 1);
            Wanted service = services.get(name);
            story.add("edit " + name);
            if (service == null) {
                Wanted fresh = new Wanted();
                edit(fresh);
                services.put(name, fresh);
            } else if (random.nextInt(5) == 0) {
                services.remove(name);
            } else {
                edit(service);
            }
            replan();
        }

        private void edit(Wanted service) {
            service.vips.clear();
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                Vip vip = vip(random.nextInt(10));
                boolean taken = services.values().stream().anyMatch(each -> each.vips.contains(vip));
                if (!taken && !service.vips.contains(vip)) {
                    service.vips.add(vip);
                }
            }
            for (int i = random.nextInt(5); i > 0; i--) {
                int last = 1 + random.nextInt(14);
                if (service.weights.containsKey(last) && random.nextBoolean()) {
                    service.weights.remove(last);
                } else {
                    service.weights.put(last, 1 + random.nextInt(3));
                }
            }
            if (random.nextInt(4) == 0) {
                service.hash = random.nextBoolean() ? Service.Hash.FIVE_TUPLE : Service.Hash.SOURCE;
                service.sources = random.nextBoolean()
                        ? Sources.ALL
                        : new Sources(
                                random.nextBoolean() ? Sources.Rule.ALLOW : Sources.Rule.DENY,
                                new TreeSet<>(Set.of(prefix("198.51." + random.nextInt(3) + ".0", 24))));
            }
            service.keepPrevious = random.nextBoolean();
        }

        private static Prefix prefix(String address, int length) {
            return new Prefix(Address.parse(address), length);
        }

        private static Vip vip(int number) {
            Vip.Protocol protocol = number % 2 == 0 ? Vip.Protocol.TCP : Vip.Protocol.UDP;
            return switch (number) {
                case 7 -> new Vip(prefix("203.0.113.64", 28), Vip.ANY_PORT, protocol);
                case 8 -> new Vip(prefix("203.0.113.1", 32), Vip.ANY_PORT, protocol);
                case 9 -> new Vip(prefix("2001:db8::1", 128), 443, protocol);
                default -> new Vip(prefix("203.0.113." + (1 + number / 2), 32), 80, protocol);
            };
        }

        private Wanted any() {
            return services.values().stream()
                    .skip(random.nextInt(Math.max(1, services.size())))
                    .findFirst()
                    .orElseGet(Wanted::new);
        }

        private void health() {
            story.add("health");
            any().standings.put(1 + random.nextInt(14), Standing.values()[random.nextInt(3)]);
            replan();
        }

        private void hop() {
            story.add("hop");
            any().hops.put(1 + random.nextInt(14), random.nextInt(4));
            replan();
        }

        private void flows() {
            if (random.nextInt(3) == 0) {
                story.add("flows end");
                memory.endFlows();
                return;
            }
            List<Integer> ids =
                    plan.members().keySet().stream().filter(this::takesFlows).toList();
            if (!ids.isEmpty()) {
                int id = ids.get(random.nextInt(ids.size()));
                story.add("flow of member id " + id);
                memory.addFlow(random.nextInt(1 << 30), id, 500);
            }
        }

        /** Whether the ring that packets follow has slots of it: no other gets a flow. */
        private boolean takesFlows(int id) {
            int service = memory.serviceOfMember(id);
            if (service < 0 || memory.nameHash(service) == 0) {
                return false;
            }
            int local = id - memory.memberBase(service);
            Optional<RingRange> range = memory.ring(service).range();
            if (range.isEmpty()) {
                return false;
            }
            for (short slot : memory.slots(range.get())) {
                if (Short.toUnsignedInt(slot) == local) {
                    return true;
                }
            }
            return false;
        }

        private void tick() {
            nowMs += 1_000 + random.nextInt(60_000);
            memory.jiffies += 250 + random.nextInt(15_000);
            story.add("tick");
            guarded(() -> {
                daemon.dropExpiredRings();
                daemon.sweep();
                release();
            });
            if (failed || daemon.drifted(config.node())) {
                replan();
            }
        }

        private void release() {
            Live live = daemon.census();
            Set<Integer> free = daemon.releasable(plan, live);
            if (!free.isEmpty()) {
                story.add("released " + free);
                plan = plan.release(free);
                replan();
            }
        }

        private void grace() {
            for (int i = random.nextInt(3); i >= 0; i--) {
                story.add("grace");
                guarded(kernel::endGrace);
            }
        }

        private void interfaces() {
            story.add("interfaces");
            if (random.nextBoolean()) {
                kernel.carrying.clear();
            }
            if (random.nextBoolean()) {
                kernel.refusing.add("one");
            } else {
                kernel.refusing.clear();
            }
        }

        private void fault() {
            faulty = true;
            switch (random.nextInt(6)) {
                case 0 -> {
                    int stores = random.nextInt(10);
                    story.add("forgets after %d stores".formatted(stores));
                    watch.forgetAfter(stores);
                }
                case 1, 2 -> {
                    int calls = 1 + random.nextInt(4);
                    story.add("refuses %d system calls".formatted(calls));
                    watch.refuse(calls);
                }
                default -> {
                    int stores = random.nextInt(40);
                    story.add("dies after %d stores".formatted(stores));
                    watch.killAfter(stores);
                }
            }
        }

        private void tamper() {
            settle();
            faulty = true;
            watch.lookAway();
            story.add("somebody writes: " + memory.scribble(random));
            boolean harmed = !holds();
            Optional<List<String>> said = reconcile(true);
            assertThat(harmed && said.filter(List::isEmpty).isPresent())
                    .as("repaired without a word")
                    .isFalse();
            settle();
            assertHolds();
        }

        private List<ServiceIntent> intents() {
            List<ServiceIntent> intents = new ArrayList<>();
            services.forEach((name, service) -> {
                List<MemberIntent> members = new ArrayList<>();
                service.weights.forEach((last, weight) -> members.add(new MemberIntent(
                        Address.parse("10.0." + name.charAt(1) + "." + last),
                        weight,
                        service.standings.getOrDefault(last, Standing.IN),
                        hop(service.hops.getOrDefault(last, 1)),
                        Optional.empty())));
                intents.add(new ServiceIntent(
                        name,
                        service.vips,
                        Encap.IPIP,
                        RING,
                        Algorithm.MAGLEV,
                        service.keepPrevious ? Duration.ofSeconds(60) : Duration.ZERO,
                        true,
                        Duration.ofMinutes(15),
                        Duration.ofMinutes(1),
                        service.hash,
                        service.sources,
                        members));
            });
            return intents;
        }

        private static Optional<Hop> hop(int number) {
            return number == 0
                    ? Optional.empty()
                    : Optional.of(
                            new Hop(number, 0x20000000000L + number, 7, 0, 1500, Address.parse("10.9.0.1"), true));
        }

        private void replan() {
            Plan next;
            try {
                next = Planner.plan(intents(), plan, (_, row) -> row, limits);
            } catch (PlanException e) {
                story.add("does not fit: " + e.getMessage());
                return;
            }
            plan = next;
            reconcile(false);
        }

        /** Empty: it was refused, or the daemon died. */
        private Optional<List<String>> reconcile(boolean audit) {
            possible.add(plan);
            watch.expect(expected());
            List<String> written = new ArrayList<>();
            boolean[] done = {false};
            guarded(() -> {
                try {
                    written.addAll(daemon.reconcile(plan, config, audit));
                    possible.subList(0, possible.size() - 1).clear();
                    failed = false;
                    done[0] = true;
                    if (watch.looks()) {
                        assertHolds();
                    }
                } catch (ReconcileException e) {
                    story.add("refused: " + e.getMessage());
                    failed = true;
                }
            });
            story.add("wrote " + written);
            if (done[0] && !audit && !faulty) {
                assertHolds(); // what a round leaves out because the one before wrote it has to be there
            }
            return done[0] ? Optional.of(written) : Optional.empty();
        }

        private void guarded(Runnable work) {
            try {
                work.run();
            } catch (TableWatch.Killed e) {
                restart("killed");
            }
        }

        private void restart(String why) {
            story.add(why);
            watch.faultsEnd();
            kernel.kill();
            daemon.close();
            daemon = kernel.reconciler(secret, this::graceEnded, () -> nowMs);
            plan = daemon.adoptedPlan();
            replan();
        }

        private void teardown() {
            story.add("teardown");
            watch.faultsEnd();
            watch.lookAway();
            daemon.teardown();
            assertThat(kernel.carrying).isEmpty();
            kernel.kill();
            daemon.close();
            daemon = kernel.reconciler(secret, this::graceEnded, () -> nowMs);
            assertThat(daemon.adoptedPlan()).isEqualTo(Plan.EMPTY);
            daemon.open(config);
            plan = Plan.EMPTY;
            settle();
        }

        /** What VIPs that all of these plans have may lead to. */
        private Map<VipKey, TableWatch.Expected> expected() {
            Map<VipKey, TableWatch.Expected> expected = new HashMap<>();
            for (Plan.VipRow row : plan.vips().values()) {
                if (possible.stream()
                        .allMatch(each -> each.vips().containsKey(row.vip().toString()))) {
                    Set<Long> hashes = new HashSet<>();
                    boolean mayBeEmpty = false;
                    for (Plan each : possible) {
                        Plan.ServiceRow service = each.services()
                                .get(each.vips().get(row.vip().toString()).service());
                        hashes.add(service.nameHash());
                        mayBeEmpty |= service.ring().members().isEmpty();
                    }
                    expected.put(Rows.vip(row.vip()), new TableWatch.Expected(hashes, mayBeEmpty));
                }
            }
            return expected;
        }

        /** No fault from here on: what is wanted and fits comes into force. */
        private void settle() {
            watch.faultsEnd();
            kernel.refusing.clear();
            for (int round = 0; round < 6; round++) {
                while (kernel.endGrace()) {
                    // until none is under way
                }
                replan();
                if (reconcile(true).filter(List::isEmpty).isPresent() && !failed) {
                    faulty = false;
                    watch.lookAgain();
                    return;
                }
            }
            throw new AssertionError("it does not come to rest");
        }

        private boolean holds() {
            try {
                assertHolds();
                return true;
            } catch (AssertionError | RuntimeException e) {
                return false; // looking at what somebody else wrote may fail as well
            }
        }

        private void assertHolds() {
            Tables tables = memory.tables();
            Map<VipKey, Integer> vips = new HashMap<>();
            plan.vips().values().forEach(row -> vips.put(Rows.vip(row.vip()), row.service()));
            assertThat(tables.vips().list()).isEqualTo(vips);
            vips.forEach((vip, service) ->
                    assertThat(memory.serviceOf(vip)).as("%s", vip).hasValue(service));
            Map<Integer, Set<SourcePrefix>> sources = new TreeMap<>();
            plan.services().forEach((index, row) -> {
                if (!row.sources().prefixes().isEmpty()) {
                    sources.put(
                            index,
                            row.sources().prefixes().stream().map(Rows::source).collect(Collectors.toSet()));
                }
            });
            assertThat(tables.sources().list()).isEqualTo(sources);
            Map<Integer, Object> members = new TreeMap<>();
            plan.members().forEach((id, row) -> members.put(id, Rows.member(row)));
            assertThat(tables.members().list()).isEqualTo(members);
            Map<Integer, ServiceRow> services = new TreeMap<>();
            plan.services().forEach((index, row) -> services.put(index, Rows.service(row, tables.clock())));
            Map<Integer, ServiceRow> found = new TreeMap<>();
            tables.services()
                    .byNameHash()
                    .values()
                    .forEach(index ->
                            found.put(index, tables.services().read(index).orElseThrow()));
            assertThat(found).isEqualTo(services);
            plan.services().forEach((index, row) -> {
                if (row.ring().members().isEmpty()) {
                    assertThat(memory.ring(index).range()).isEmpty();
                } else {
                    Ring ring = row.ring().build(secret.ringKey());
                    short[] slots = memory.slots(memory.ring(index).range().orElseThrow());
                    for (int slot = 0; slot < slots.length; slot++) {
                        assertThat(Short.toUnsignedInt(slots[slot])).isEqualTo(ring.slot(slot));
                    }
                }
            });
        }
    }
}
