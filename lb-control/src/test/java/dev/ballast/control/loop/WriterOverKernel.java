package dev.ballast.control.loop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.ballast.control.journal.Accepted;
import dev.ballast.control.journal.Journal;
import dev.ballast.control.journal.JournalException;
import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.control.loop.Control.Change;
import dev.ballast.control.loop.Control.ChangeOptions;
import dev.ballast.control.loop.Control.ObjectFile;
import dev.ballast.control.loop.Control.Preview;
import dev.ballast.control.loop.Control.Swap;
import dev.ballast.control.model.Address;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.ConfigException;
import dev.ballast.control.model.ConfigReader;
import dev.ballast.control.reconcile.KernelNetwork;
import dev.ballast.control.reconcile.ObjectStore;
import dev.ballast.control.reconcile.Reconciler;
import dev.ballast.control.reconcile.Secret;
import dev.ballast.datapath.Datapath;
import dev.ballast.datapath.DatapathObjects;
import dev.ballast.datapath.MemberRow;
import dev.ballast.datapath.Protocol;
import dev.ballast.datapath.PublishedRing;
import dev.ballast.datapath.VipKey;
import dev.ballast.health.schedule.ProbeScheduler;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * The writer over a real datapath: events go in by hand, and what the kernel holds is read through a second set of handles. For
 * tests to extend.
 */
abstract class WriterOverKernel {
    static final VipKey VIP = vip("203.0.113.10");
    static final int AUDIT_TICKS = 10;

    @TempDir
    Path state;

    KernelNetwork network;
    FakeProbing probing;
    Reconciler reconciler;
    HealthChecks health;
    Writer writer;
    final LoopStatistics statistics = LoopStatistics.of(() -> 0);
    final EventLog events = new EventLog(() -> 1_000, 0);
    Journal journal;
    final BlockingQueue<Long> graces = new LinkedBlockingQueue<>();
    boolean tornDown;
    /** What takes longer than the loop has time. */
    Executor offLoop = Runnable::run;

    /** The clock of the censuses; a tick is a second of it. */
    private long censusMs = 1_000;

    final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void open() throws IOException {
        log.start();
        ((Logger) LoggerFactory.getLogger("dev.ballast.control")).addAppender(log);
        network = new KernelNetwork();
        start();
    }

    @AfterEach
    void close() {
        ((Logger) LoggerFactory.getLogger("dev.ballast.control")).detachAppender(log);
        if (reconciler != null) {
            reconciler.close();
        }
        if (network != null) {
            network.close();
        }
    }

    /** A daemon's parts, as they are after its start. */
    void start() throws IOException {
        probing = new FakeProbing();
        health = new HealthChecks(new ProbeScheduler(probing, probing, new Random(1), 100), () -> {}, () -> 1_000);
        NextHops hops = new NextHops(network.netlink(), _ -> {}, _ -> {}, System::nanoTime);
        Secret secret = Secret.of(state);
        reconciler = network.inside(() -> new Reconciler(
                network.pins(), secret, new ObjectStore(state), network.netlink(), graces::add, () -> censusMs));
        journal = journal();
        SnapshotWriter snapshots = new SnapshotWriter(
                new Identity("default", "test", 1, 0, "file"), reconciler, health, hops, () -> 1_000);
        writer = new Writer(
                new Writer.Parts(
                        journal,
                        reconciler,
                        health,
                        hops,
                        () -> Set.of(Address.parse("10.0.1.2")),
                        () -> 1_000,
                        task -> offLoop.execute(task),
                        statistics,
                        new Chronicle(events, statistics),
                        _ -> {},
                        () -> tornDown = true),
                snapshots);
    }

    Journal journal() {
        try {
            return Journal.open(state);
        } catch (JournalException e) {
            throw new AssertionError(e.getMessage(), e);
        }
    }

    /** The daemon is killed and started again. */
    void restart() throws Exception {
        reconciler.close();
        start();
        Accepted accepted = journal.latest().orElseThrow();
        long revision = this.<Long>ask(reply -> new Event.Restore(read(accepted.configYaml()), accepted, reply));
        assertThat(revision).isEqualTo(accepted.revision());
    }

    static Config read(String yaml) {
        try {
            return ConfigReader.read("test.yaml", yaml.getBytes(UTF_8));
        } catch (ConfigException e) {
            throw new AssertionError(e.getMessage(), e);
        }
    }

    void handle(Event event) {
        network.inside(() -> {
            writer.handle(event);
            writer.handle(new Event.Show(new CompletableFuture<>()));
            return writer;
        });
    }

    <T> T ask(Function<CompletableFuture<T>, Event> event) {
        CompletableFuture<T> reply = new CompletableFuture<>();
        handle(event.apply(reply));
        assertThat(reply).isDone();
        try {
            return reply.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof ChangeRefusedException refused) {
                throw refused;
            }
            throw e;
        }
    }

    Change apply(String yaml, ChangeOptions options) {
        return ask(reply -> new Event.Apply(ByteBuffer.wrap(yaml.getBytes(UTF_8)), "test.yaml", options, reply));
    }

    Change apply(String yaml) {
        return apply(yaml, new ChangeOptions(0, false, false, true, Optional.empty(), Control.Origin.DAEMON));
    }

    Preview plan(String yaml, ChangeOptions options) {
        return ask(reply -> new Event.Plan(ByteBuffer.wrap(yaml.getBytes(UTF_8)), "test.yaml", options, reply));
    }

    Change drain(String member, boolean on) {
        return ask(reply -> new Event.Drain(member, on, ChangeOptions.NONE, reply));
    }

    /** Hands over grace periods until none follows. */
    void awaitGraces() throws InterruptedException {
        for (Long number = graces.poll(1, TimeUnit.SECONDS);
                number != null;
                number = graces.poll(1, TimeUnit.SECONDS)) {
            handle(new Event.GraceEnded(number));
        }
    }

    void ticks(int count) {
        for (int i = 0; i < count; i++) {
            censusMs += 1_000;
            handle(new Event.Tick());
        }
    }

    static Kind refusal(Runnable change) {
        try {
            change.run();
        } catch (ChangeRefusedException e) {
            return e.kind();
        }
        throw new AssertionError("it was not refused");
    }

    static String config(String interfaces, String services) {
        return """
                version: 1
                node:
                  name: lb1
                  interfaces: %s
                  limits: {flows: 512Ki, services: 8, members: 64, ringSlots: 64Ki}
                defaults: {ring: {size: 21821, keepPrevious: 0s}}
                services:
                """.formatted(interfaces) + services.indent(2);
    }

    static String web(int... backends) {
        return service("web", "203.0.113.10", backends);
    }

    static String service(String name, String vip, int... backends) {
        String list = String.join(
                ", ",
                Arrays.stream(backends)
                        .mapToObj(last -> "{address: 10.0.1." + last + "}")
                        .toList());
        return """
                %s:
                  vips: [{address: %s, port: 80, protocol: tcp}]
                  checks: [{type: tcp, port: 80}]
                  health: {initial: up}
                  backends: [%s]
                """.formatted(name, vip, list);
    }

    static String one(String services) {
        return config("[{name: one}]", services);
    }

    static VipKey vip(String address) {
        return new VipKey(Address.parse(address).toInetAddress(), 80, Protocol.TCP);
    }

    static InetAddress backend(int last) {
        return Address.parse("10.0.1." + last).toInetAddress();
    }

    /** Looks at the tables through handles of its own. */
    <T> T kernel(Function<Datapath, T> look) {
        try (Datapath other = Datapath.adopt(network.pins()).orElseThrow()) {
            return look.apply(other);
        }
    }

    OptionalInt serviceOfVip() {
        return kernel(tables -> tables.vips().service(VIP));
    }

    Map<Integer, MemberRow> members() {
        return kernel(tables -> tables.members().list());
    }

    int id(int backend) {
        return members().entrySet().stream()
                .filter(row -> row.getValue().backend().equals(backend(backend)))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
    }

    PublishedRing ring(int service) {
        return kernel(tables -> tables.services().ring(service));
    }

    byte[] slots(int service) {
        return kernel(tables -> tables.rings()
                .slots(tables.services().ring(service).range().orElseThrow())
                .toArray(ValueLayout.JAVA_BYTE));
    }

    List<String> warnings(String message) {
        return log.list.stream()
                .filter(event -> event.getFormattedMessage().equals(message))
                .map(event -> String.valueOf(event.getKeyValuePairs().getFirst().value))
                .toList();
    }

    boolean carries(String link) {
        return network.netlink().link(link).orElseThrow().xdp().programId() != 0;
    }

    static byte[] otherBuild() {
        byte[] object = DatapathObjects.balancer();
        return Arrays.copyOf(object, object.length + 8); // behind the last section: another tag, the same program
    }

    Swap swap(byte[] object) {
        return ask(reply -> new Event.SwapProgram(
                Optional.of(new ObjectFile("test.o", ByteBuffer.wrap(object))), ChangeOptions.NONE, reply));
    }
}
