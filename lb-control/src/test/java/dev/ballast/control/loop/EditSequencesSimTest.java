package dev.ballast.control.loop;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.ballast.control.journal.JournalException;
import dev.ballast.control.loop.Control.Change;
import dev.ballast.control.model.Address;
import dev.ballast.control.plan.NameHash;
import dev.ballast.control.reconcile.FakeKernel;
import dev.ballast.control.reconcile.Secret;
import dev.ballast.control.reconcile.TableWatch;
import dev.ballast.datapath.Protocol;
import dev.ballast.datapath.RingRange;
import dev.ballast.datapath.TableMemory;
import dev.ballast.datapath.VipKey;
import dev.ballast.netlink.Link;
import dev.ballast.netlink.MacAddress;
import dev.ballast.netlink.Neighbour;
import dev.ballast.netlink.NeighbourKey;
import dev.ballast.netlink.NeighbourState;
import dev.ballast.netlink.NetworkView;
import dev.ballast.netlink.OperState;
import dev.ballast.netlink.Route;
import dev.ballast.netlink.RouteType;
import dev.ballast.netlink.XdpState;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/**
 * Random edits through the real writer and its journal over a kernel in memory, beside a model of a page: services with VIPs, weights
 * and drains. After each edit a packet for each VIP finds just the members that the model has, in the shares that it has, and so it does
 * after a tenth of the sequences, when the daemon is killed and started again from its journal. A failure names the seed;
 * {@code -Dballast.sim.seed} repeats it, {@code -Dballast.sim.sequences=10000} runs that many in a few minutes.
 */
final class EditSequencesSimTest extends WriterFixture {
    private static final int SEQUENCES = Integer.getInteger("ballast.sim.sequences", 400);
    private static final int EDITS = 5;
    private static final int SERVICES = 100;
    private static final int MEMBERS = 1_000;
    private static final int RING = 251;

    private final Logger log = (Logger) LoggerFactory.getLogger("dev.ballast.control");
    private final Level level = log.getLevel();

    private final SortedMap<String, SortedMap<Integer, Integer>> weights = new TreeMap<>();
    private final SortedMap<String, SortedSet<Integer>> vips = new TreeMap<>();
    private final SortedSet<String> drained = new TreeSet<>();
    private final List<String> story = new ArrayList<>();

    private Secret secret;
    private TableMemory memory;
    private FakeKernel kernel;
    private Random random;
    /** Every backend is a neighbour. */
    private static final class FlatNetwork implements NetworkView {
        private static final MacAddress MAC = MacAddress.parse("02:00:00:00:00:01");

        @Override
        public Optional<Route> route(InetAddress destination) {
            return Optional.of(new Route(
                    destination,
                    RouteType.UNICAST,
                    null,
                    1,
                    Address.parse("10.0.1.2").toInetAddress(),
                    0,
                    List.of()));
        }

        @Override
        public Optional<Route> route(InetAddress destination, int outInterface) {
            return route(destination);
        }

        @Override
        public Optional<Link> link(int index) {
            return Optional.of(
                    new Link(index, "one", MAC, 1500, true, true, OperState.UP, "", 0, 0, false, null, XdpState.NONE));
        }

        @Override
        public Optional<Neighbour> neighbour(NeighbourKey key) {
            return Optional.of(new Neighbour(key.interfaceIndex(), key.address(), MAC, NeighbourState.REACHABLE, true));
        }
    }

    @BeforeEach
    void open() throws IOException {
        log.setLevel(Level.OFF); // thousands of changes
        TableWatch watch = new TableWatch();
        secret = Secret.of(state);
        // 8 KiB of slots a service and as much again for what rests.
        memory = new TableMemory(SERVICES, MEMBERS, 16 * 256, new byte[32], watch);
        watch.over(memory);
        kernel = new FakeKernel(memory, watch);
        start();
    }

    @AfterEach
    void close() {
        reconciler.close();
        log.setLevel(level);
    }

    private void start() {
        wire(
                kernel.reconciler(secret, number -> writer.handle(new Event.GraceEnded(number)), () -> nowMs),
                new FlatNetwork());
    }

    @Test
    @Timeout(value = 30, unit = TimeUnit.MINUTES) // for many more sequences than the build runs
    void after_each_edit_packets_find_what_a_model_says_and_so_they_do_after_a_restart() {
        long seed = Long.getLong("ballast.sim.seed", new Random().nextInt(1 << 30));
        random = new Random(seed);
        System.out.printf("EditSequencesSimTest: seed %d, %d sequences of %d edits%n", seed, SEQUENCES, EDITS);
        try {
            for (int sequence = 0; sequence < SEQUENCES; sequence++) {
                story.clear();
                for (int i = 0; i < EDITS; i++) {
                    edit();
                    assertInForce();
                }
                pass();
                if (random.nextInt(10) == 0) {
                    restart();
                    assertInForce();
                }
            }
        } catch (AssertionError | RuntimeException | JournalException e) {
            throw new AssertionError("-Dballast.sim.seed=%d: %s%n%s".formatted(seed, e, String.join("\n", story)), e);
        }
    }

    private void edit() {
        String name = "s" + random.nextInt(4);
        SortedMap<Integer, Integer> members = weights.get(name);
        switch (random.nextInt(8)) {
            case 0 -> {
                weights.remove(name);
                vips.remove(name);
            }
            case 1 -> rename(name, "s" + random.nextInt(4));
            case 2, 3 -> {
                if (members != null && !members.isEmpty()) {
                    drainOrNot(name + "/10.0.1." + pick(members), random.nextBoolean());
                    return;
                }
                put(name);
            }
            case 4, 5 -> {
                put(name);
                put("s" + random.nextInt(4)); // two blocks of ids may have to move at once
            }
            default -> put(name);
        }
        apply();
    }

    private int pick(SortedMap<Integer, Integer> members) {
        return members.keySet().stream()
                .skip(random.nextInt(members.size()))
                .findFirst()
                .orElseThrow();
    }

    private void rename(String from, String to) {
        if (weights.containsKey(from) && !weights.containsKey(to)) {
            weights.put(to, weights.remove(from));
            vips.put(to, vips.remove(from));
        }
    }

    private void put(String name) {
        SortedMap<Integer, Integer> members = weights.computeIfAbsent(name, _ -> new TreeMap<>());
        for (int i = random.nextInt(8); i > 0; i--) {
            int last = 11 + random.nextInt(20);
            if (random.nextInt(3) == 0) {
                members.remove(last);
            } else {
                members.put(last, random.nextInt(4));
            }
        }
        if (members.isEmpty()) {
            members.put(11, 1);
        }
        SortedSet<Integer> own = vips.computeIfAbsent(name, _ -> new TreeSet<>());
        int vip = 1 + random.nextInt(12);
        if (own.size() > 1 && random.nextBoolean()) {
            own.removeFirst();
        }
        if (vips.values().stream().noneMatch(each -> each.contains(vip))) {
            own.add(vip);
        }
        if (own.isEmpty()) {
            weights.remove(name);
            vips.remove(name);
        }
    }

    private String yaml() {
        StringBuilder yaml = new StringBuilder("""
                version: 1
                node:
                  name: lb1
                  interfaces: [{name: one}]
                  limits: {flows: 512Ki, services: %d, members: %d, ringSlots: 64Ki}
                defaults: {ring: {size: %d, keepPrevious: 0s}}
                services:%s
                """.formatted(SERVICES, MEMBERS, RING, weights.isEmpty() ? " {}" : ""));
        weights.forEach((name, members) -> {
            yaml.append("  %s:\n    checks: [{type: tcp, port: 80}]\n    health: {initial: up}\n    vips:\n"
                    .formatted(name));
            vips.get(name)
                    .forEach(vip ->
                            yaml.append("      - {address: 203.0.113.%d, port: 80, protocol: tcp}\n".formatted(vip)));
            yaml.append("    backends:\n");
            members.forEach((last, weight) ->
                    yaml.append("      - {address: 10.0.1.%d, weight: %d}\n".formatted(last, weight)));
        });
        return yaml.toString();
    }

    private void apply() {
        story.add("apply " + weights + " " + vips);
        Change change = apply(yaml());
        assertThat(change.reason()).isEmpty();
        drained.removeIf(member -> {
            String[] parts = member.split("/10.0.1.", -1);
            return !weights.getOrDefault(parts[0], new TreeMap<>()).containsKey(Integer.valueOf(parts[1]));
        });
    }

    private void drainOrNot(String member, boolean on) {
        story.add((on ? "drain " : "undrain ") + member);
        if (reconciler.programTag().isEmpty()) {
            return;
        }
        assertThat(drain(member, on).reason()).isEmpty();
        if (on) {
            drained.add(member);
        } else {
            drained.remove(member);
        }
    }

    @Override
    void handle(Event event) {
        writer.handle(event);
        while (kernel.endGrace()) {
            // at once: room for rings is not what this is about
        }
    }

    /** Long enough for the ids of members that left to be free again. */
    private void pass() {
        for (int i = 0; i < 10; i++) {
            nowMs += 1_000;
            memory.jiffies += TableMemory.HZ;
            writer.handle(new Event.Tick());
        }
        while (kernel.endGrace()) {
            // until none is under way
        }
    }

    private void restart() throws JournalException {
        story.add("restart");
        kernel.kill();
        reconciler.close();
        start();
        journal.latest().ifPresent(this::restore);
    }

    private void assertInForce() {
        for (int vip = 1; vip <= 12; vip++) {
            VipKey key = new VipKey(Address.parse("203.0.113." + vip).toInetAddress(), 80, Protocol.TCP);
            int number = vip;
            Optional<String> owner = vips.entrySet().stream()
                    .filter(each -> each.getValue().contains(number))
                    .map(Map.Entry::getKey)
                    .findFirst();
            assertThat(memory.serviceOf(key).isPresent()).as("VIP %d", vip).isEqualTo(owner.isPresent());
            owner.ifPresent(name -> assertThat(shares(memory.serviceOf(key).orElseThrow()))
                    .as("members of VIP %d, %s", number, name)
                    .isEqualTo(wantedShares(name)));
        }
    }

    /** Slots by the last byte of the backend's address. */
    private SortedMap<Integer, Integer> shares(int service) {
        SortedMap<Integer, Integer> shares = new TreeMap<>();
        Optional<RingRange> range = memory.ring(service).range();
        if (range.isPresent()) {
            for (short slot : memory.slots(range.get())) {
                int id = memory.memberBase(service) + Short.toUnsignedInt(slot);
                assertThat(memory.serviceOfMember(id)).isEqualTo(service);
                shares.merge((int) (memory.backend(id).first() >>> 24), 1, Integer::sum);
            }
        }
        shares.replaceAll((_, slots) -> Math.round((float) slots * weightInForce(service) / RING));
        return shares;
    }

    private int weightInForce(int service) {
        String name = weights.keySet().stream()
                .filter(each -> NameHash.of(each) == memory.nameHash(service))
                .findFirst()
                .orElseThrow();
        return wantedShares(name).values().stream().mapToInt(Integer::intValue).sum();
    }

    private SortedMap<Integer, Integer> wantedShares(String name) {
        SortedMap<Integer, Integer> wanted = new TreeMap<>(weights.get(name));
        wanted.values().removeIf(weight -> weight == 0);
        wanted.keySet().removeIf(last -> drained.contains(name + "/10.0.1." + last));
        return wanted;
    }
}
