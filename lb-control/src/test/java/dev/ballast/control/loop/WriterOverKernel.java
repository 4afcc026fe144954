package dev.ballast.control.loop;

import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.ballast.control.loop.Control.ChangeOptions;
import dev.ballast.control.loop.Control.ObjectFile;
import dev.ballast.control.loop.Control.Preview;
import dev.ballast.control.loop.Control.Swap;
import dev.ballast.control.model.Address;
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
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.slf4j.LoggerFactory;

/**
 * The writer over a real datapath: events go in by hand, and what the kernel holds is read through a second set of handles. For
 * tests to extend.
 */
abstract class WriterOverKernel extends WriterFixture {
    static final VipKey VIP = vip("203.0.113.10");
    static final int AUDIT_TICKS = 10;

    KernelNetwork network;
    final BlockingQueue<Long> graces = new LinkedBlockingQueue<>();
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
        startOver(network.pins());
    }

    void startOver(Path pins) throws IOException {
        Secret secret = Secret.of(state);
        wire(
                network.inside(() -> new Reconciler(
                        pins, secret, new ObjectStore(state), network.netlink(), graces::add, () -> nowMs)),
                network.netlink());
    }

    /** The daemon is killed and started again. */
    void restart() throws Exception {
        reconciler.close();
        start();
        restore(journal.latest().orElseThrow());
    }

    @Override
    void handle(Event event) {
        network.inside(() -> {
            writer.handle(event);
            writer.handle(new Event.Show(new CompletableFuture<>()));
            return writer;
        });
    }

    Preview plan(String yaml, ChangeOptions options) {
        return ask(reply -> new Event.Plan(ByteBuffer.wrap(yaml.getBytes(UTF_8)), "test.yaml", options, reply));
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
            nowMs += 1_000;
            handle(new Event.Tick());
        }
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
