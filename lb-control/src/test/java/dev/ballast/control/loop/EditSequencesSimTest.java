package dev.ballast.control.loop;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.ballast.control.journal.Journal;
import dev.ballast.control.journal.JournalException;
import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.control.loop.Control.Change;
import dev.ballast.control.loop.Control.ChangeOptions;
import dev.ballast.control.model.Address;
import dev.ballast.control.model.ConfigEdit;
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
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/**
 * Random changes through the real writer and its journal over a kernel in memory, beside {@link EditModel}: files, edits of single
 * places, drains, rollbacks, dry runs, refusals, and backends that stop answering to probes and answer again. After each of them a
 * packet for each VIP finds just the members that the model has, in the shares that it has, and so it does after a tenth of the
 * sequences, when the daemon is killed and started again from its journal. A failure names the seed; {@code -Dballast.sim.seed} repeats
 * it, {@code -Dballast.sim.sequences=10000} runs that many in a few minutes.
 */
final class EditSequencesSimTest extends WriterFixture {
    private static final int SEQUENCES = Integer.getInteger("ballast.sim.sequences", 400);
    private static final int STEPS = 6;
    private static final int SERVICES = 100;
    private static final int MEMBERS = 1_000;
    private static final ChangeOptions DRY_RUN =
            new ChangeOptions(0, true, false, true, Optional.empty(), Control.Origin.DAEMON);
    /** Rollbacks go back so many revisions at most; the journal keeps more. */
    private static final int BACK = 30;
    /** Time for {@code fall} failures in a row, and for {@code rise} successes. */
    private static final int PROBING_SECONDS = 20;

    private final Logger log = (Logger) LoggerFactory.getLogger("dev.ballast.control");
    private final Level level = log.getLevel();

    private final EditModel model = new EditModel();
    private final NavigableMap<Long, EditModel.Services> accepted = new TreeMap<>();
    /** Backends that died or came back since the rows of members that left were free last: one that returns has its old health. */
    private final Set<Integer> toggled = new TreeSet<>();

    private final List<String> story = new ArrayList<>();

    private Secret secret;
    private final TableWatch watch = new TableWatch();
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
    void after_each_change_packets_find_what_a_model_says_and_so_they_do_after_a_restart() {
        long seed = Long.getLong("ballast.sim.seed", new Random().nextInt(1 << 30));
        random = new Random(seed);
        System.out.printf("EditSequencesSimTest: seed %d, %d sequences of %d steps%n", seed, SEQUENCES, STEPS);
        try {
            story.add("the first configuration");
            change(model.changed(random), this::applied);
            for (int sequence = 0; sequence < SEQUENCES; sequence++) {
                story.clear();
                for (int i = 0; i < STEPS; i++) {
                    step();
                    assertInForce();
                }
                pass();
                assertInForce();
                if (random.nextInt(10) == 0) {
                    restart();
                    assertInForce();
                }
            }
        } catch (AssertionError | RuntimeException | JournalException e) {
            throw new AssertionError("-Dballast.sim.seed=%d: %s%n%s".formatted(seed, e, String.join("\n", story)), e);
        }
    }

    private void step() {
        switch (random.nextInt(12)) {
            case 0, 1, 2 -> change(model.changed(random), this::applied);
            case 3, 4, 5, 6 -> {
                EditModel.Services wanted = model.changed(random);
                List<ConfigEdit> edits = model.services().editsTo(wanted);
                if (!edits.isEmpty()) {
                    change(wanted, (_, options) -> edited(edits, options));
                }
            }
            case 7 -> {
                long revision = oneOf(accepted.tailMap(accepted.lastKey() - BACK));
                change(accepted.get(revision), (_, options) -> rolledBack(revision, options));
            }
            case 8, 9 -> {
                Optional<String> member = model.anyMember(random);
                if (member.isPresent()) {
                    drainOrNot(member.get(), random.nextBoolean());
                }
            }
            case 10 -> refused();
            default -> toggle(EditModel.anyBackend(random));
        }
    }

    private long oneOf(SortedMap<Long, ?> revisions) {
        return List.copyOf(revisions.keySet()).get(random.nextInt(revisions.size()));
    }

    // --- changes -------------------------------------------------------------------------------------------------

    private Change applied(EditModel.Services wanted, ChangeOptions options) {
        story.add("apply " + wanted);
        return apply(wanted.yaml(SERVICES, MEMBERS), options);
    }

    private Change edited(List<ConfigEdit> edits, ChangeOptions options) {
        story.add("edit " + edits);
        return ask(reply -> new Event.Edit(edits, options, reply));
    }

    private Change rolledBack(long revision, ChangeOptions options) {
        story.add("rollback to " + revision + ", " + accepted.get(revision));
        return ask(reply -> new Event.Rollback(revision, options, reply));
    }

    /** Makes a change, a third of them after a dry run of it. */
    private void change(EditModel.Services wanted, BiFunction<EditModel.Services, ChangeOptions, Change> way) {
        EditModel.Services before = model.services();
        Optional<Change> foreseen = Optional.empty();
        if (random.nextInt(3) == 0) {
            story.add("dry run:");
            foreseen = Optional.of(unchanged(() -> way.apply(wanted, DRY_RUN)));
        }
        Change change = way.apply(wanted, ALLOW_DELETE);
        assertThat(change.reason()).isEmpty();
        boolean other = !wanted.equals(before) || accepted.isEmpty();
        noteRevision(change, other, wanted);
        foreseen.ifPresent(dry -> {
            assertThat(change.effects()).as("effects, as the dry run had them").isEqualTo(dry.effects());
            assertThat(change.disruption())
                    .as("disruption, as the dry run had it")
                    .isEqualTo(dry.disruption());
        });
        model.become(wanted);
        if (wanted.hasNewMemberOn(toggled, before)) {
            probe();
        }
    }

    private void drainOrNot(String member, boolean on) {
        story.add((on ? "drain " : "undrain ") + member);
        if (random.nextInt(3) == 0) {
            story.add("after a dry run of it");
            unchanged(() -> this.<Change>ask(reply -> new Event.Drain(member, on, DRY_RUN, reply)));
        }
        Change change = drain(member, on);
        assertThat(change.reason()).isEmpty();
        noteRevision(change, model.setDrained(member, on), model.services());
    }

    private void noteRevision(Change change, boolean changed, EditModel.Services services) {
        long before = accepted.isEmpty() ? 0 : accepted.lastKey();
        assertThat(change.changed()).as("changed").isEqualTo(changed);
        assertThat(change.revision()).as("revision").isEqualTo(changed ? before + 1 : before);
        accepted.put(change.revision(), services);
    }

    /** Of another revision than runs, or with a weight that is none. */
    private void refused() {
        Optional<String> member = model.anyMember(random);
        if (member.isEmpty() || random.nextBoolean()) {
            story.add("refused: another revision");
            ChangeOptions stale = new ChangeOptions(
                    accepted.lastKey() + 1, false, false, true, Optional.empty(), Control.Origin.DAEMON);
            EditModel.Services wanted = model.changed(random);
            assertThat(unchanged(() -> refusal(() -> applied(wanted, stale)))).isEqualTo(Kind.CONFLICT);
        } else {
            String[] parts = member.get().split("/", -1);
            story.add("refused: a weight");
            ConfigEdit edit = new ConfigEdit(
                    "services.%s.backends[%s].weight".formatted(parts[0], parts[1]), Optional.of("heavy"));
            assertThat(unchanged(() -> refusal(() -> edited(List.of(edit), ALLOW_DELETE))))
                    .isEqualTo(Kind.INVALID);
        }
    }

    /** A request that stores nothing, neither in the tables nor in the journal. */
    private <T> T unchanged(Supplier<T> request) {
        Journal.Status durable = journal.status();
        long before = watch.stores();
        T answer = request.get();
        assertThat(journal.status()).as("the journal").isEqualTo(durable);
        assertThat(watch.stores()).as("stores into the tables").isEqualTo(before);
        assertThat(writer.brief().revision()).isEqualTo(accepted.isEmpty() ? 0 : accepted.lastKey());
        return answer;
    }

    // --- what happens by itself ----------------------------------------------------------------------------------

    /** A backend dies, or answers again. */
    private void toggle(int backend) {
        toggled.add(backend);
        if (model.dead.remove(backend)) {
            story.add("answers: " + backend);
            probing.revive(address("10.0.1." + backend), 80);
        } else {
            story.add("dies: " + backend);
            model.dead.add(backend);
            probing.kill(address("10.0.1." + backend), 80);
        }
        probe();
    }

    private void probe() {
        probing.pass(PROBING_SECONDS);
        handle(new Event.HealthChanged());
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
        toggled.retainAll(model.dead);
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
        model.dead.forEach(backend -> probing.kill(address("10.0.1." + backend), 80));
        journal.latest().ifPresent(this::restore);
    }

    private void assertInForce() {
        for (int vip = 1; vip <= EditModel.VIPS; vip++) {
            VipKey key = new VipKey(address("203.0.113." + vip), 80, Protocol.TCP);
            int number = vip;
            Optional<String> owner = model.ownerOf(vip);
            assertThat(memory.serviceOf(key).isPresent()).as("VIP %d", vip).isEqualTo(owner.isPresent());
            owner.ifPresent(name -> assertThat(shares(memory.serviceOf(key).orElseThrow()))
                    .as("members of VIP %d, %s", number, name)
                    .isEqualTo(model.shares(name)));
        }
    }

    private static InetAddress address(String text) {
        return Address.parse(text).toInetAddress();
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
        shares.replaceAll((_, slots) -> Math.round((float) slots * weightInForce(service) / EditModel.RING));
        return shares;
    }

    private int weightInForce(int service) {
        String name = model.names().stream()
                .filter(each -> NameHash.of(each) == memory.nameHash(service))
                .findFirst()
                .orElseThrow();
        return model.shares(name).values().stream().mapToInt(Integer::intValue).sum();
    }
}
