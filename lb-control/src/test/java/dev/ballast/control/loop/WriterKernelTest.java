package dev.ballast.control.loop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.ballast.bpf.BpfObject;
import dev.ballast.bpf.TestRun;
import dev.ballast.bpf.XdpLink;
import dev.ballast.control.journal.Accepted;
import dev.ballast.control.journal.StateFile;
import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.control.loop.Control.Change;
import dev.ballast.control.loop.Control.ChangeOptions;
import dev.ballast.control.loop.Control.ObjectFile;
import dev.ballast.control.loop.Control.Swap;
import dev.ballast.control.loop.Snapshot.Progress;
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
import dev.ballast.datapath.MemberState;
import dev.ballast.datapath.NextHop;
import dev.ballast.datapath.Protocol;
import dev.ballast.datapath.PublishedRing;
import dev.ballast.datapath.VipKey;
import dev.ballast.health.schedule.ProbeScheduler;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
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
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** The writer over a real datapath: events go in by hand, and what the kernel holds is read through a second set of handles. */
@Timeout(120)
class WriterKernelTest {
    private static final VipKey VIP = vip("203.0.113.10");
    private static final int AUDIT_TICKS = 10;

    @TempDir
    Path state;

    private KernelNetwork network;
    private FakeProbing probing;
    private Reconciler reconciler;
    private HealthChecks health;
    private Writer writer;
    private final BlockingQueue<Long> graces = new LinkedBlockingQueue<>();
    private boolean tornDown;
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

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
    private void start() throws IOException {
        probing = new FakeProbing();
        health = new HealthChecks(new ProbeScheduler(probing, probing, new Random(1), 100), () -> {}, () -> 1_000);
        NextHops hops = new NextHops(network.netlink(), _ -> {}, _ -> {}, System::nanoTime);
        Secret secret = Secret.of(state);
        reconciler = network.inside(() -> new Reconciler(
                network.pins(), secret, new ObjectStore(state), network.netlink(), graces::add, () -> 1_000));
        SnapshotWriter snapshots =
                new SnapshotWriter(new Identity("default", "test", 1, 0), reconciler, health, hops, () -> 1_000);
        writer = new Writer(
                new Writer.Parts(
                        new StateFile(state),
                        reconciler,
                        health,
                        hops,
                        () -> Set.of(Address.parse("10.0.1.2")),
                        () -> 1_000,
                        _ -> {},
                        () -> tornDown = true),
                snapshots);
    }

    /** The daemon is killed and started again. */
    private void restart() throws Exception {
        reconciler.close();
        start();
        Accepted accepted = new StateFile(state).read().orElseThrow();
        long revision = this.<Long>ask(reply -> new Event.Restore(read(accepted.configYaml()), accepted, reply));
        assertThat(revision).isEqualTo(accepted.revision());
    }

    private static Config read(String yaml) {
        try {
            return ConfigReader.read("test.yaml", yaml.getBytes(UTF_8));
        } catch (ConfigException e) {
            throw new AssertionError(e.getMessage(), e);
        }
    }

    private void handle(Event event) {
        network.inside(() -> {
            writer.handle(event);
            return writer;
        });
    }

    private <T> T ask(Function<CompletableFuture<T>, Event> event) {
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

    private Change apply(String yaml, ChangeOptions options) {
        return ask(reply -> new Event.Apply(ByteBuffer.wrap(yaml.getBytes(UTF_8)), "test.yaml", options, reply));
    }

    private Change apply(String yaml) {
        return apply(yaml, new ChangeOptions(0, false, false, true));
    }

    private Change drain(String member, boolean on) {
        return ask(reply -> new Event.Drain(member, on, ChangeOptions.NONE, reply));
    }

    private void ticks(int count) {
        for (int i = 0; i < count; i++) {
            handle(new Event.Tick());
        }
    }

    private static Kind refusal(Runnable change) {
        try {
            change.run();
        } catch (ChangeRefusedException e) {
            return e.kind();
        }
        throw new AssertionError("it was not refused");
    }

    private static String config(String interfaces, String services) {
        return """
                version: 1
                node:
                  name: lb1
                  interfaces: %s
                  limits: {flows: 512Ki, services: 8, members: 64, ringSlots: 64Ki}
                defaults: {ring: {size: 21821}}
                services:
                """.formatted(interfaces) + services.indent(2);
    }

    private static String web(int... backends) {
        return service("web", "203.0.113.10", backends);
    }

    private static String service(String name, String vip, int... backends) {
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

    private static String one(String services) {
        return config("[{name: one}]", services);
    }

    private static VipKey vip(String address) {
        return new VipKey(Address.parse(address).toInetAddress(), 80, Protocol.TCP);
    }

    private static InetAddress backend(int last) {
        return Address.parse("10.0.1." + last).toInetAddress();
    }

    /** Looks at the tables through handles of its own. */
    private <T> T kernel(Function<Datapath, T> look) {
        try (Datapath other = Datapath.adopt(network.pins()).orElseThrow()) {
            return look.apply(other);
        }
    }

    private OptionalInt serviceOfVip() {
        return kernel(tables -> tables.vips().service(VIP));
    }

    private Map<Integer, MemberRow> members() {
        return kernel(tables -> tables.members().list());
    }

    private int id(int backend) {
        return members().entrySet().stream()
                .filter(row -> row.getValue().backend().equals(backend(backend)))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
    }

    private PublishedRing ring(int service) {
        return kernel(tables -> tables.services().ring(service));
    }

    private byte[] slots(int service) {
        return kernel(tables -> tables.rings()
                .slots(tables.services().ring(service).range().orElseThrow())
                .toArray(ValueLayout.JAVA_BYTE));
    }

    private List<String> warnings(String message) {
        return log.list.stream()
                .filter(event -> event.getFormattedMessage().equals(message))
                .map(event -> String.valueOf(event.getKeyValuePairs().getFirst().value))
                .toList();
    }

    private boolean carries(String link) {
        return network.netlink().link(link).orElseThrow().xdp().programId() != 0;
    }

    @Test
    void a_first_configuration_is_in_the_kernel_when_it_is_answered() {
        Change change = apply(one(web(11, 12)));
        assertThat(change.progress()).as(change.reason()).isEqualTo(Progress.DONE);
        assertThat(change.revision()).isEqualTo(1);
        assertThat(members().values()).extracting(MemberRow::backend).containsExactly(backend(11), backend(12));
        assertThat(members().values()).allSatisfy(row -> {
            assertThat(row.state()).isEqualTo(MemberState.IN);
            assertThat(row.nextHop()).isPresent();
        });
        assertThat(serviceOfVip()).hasValue(0);
        assertThat(ring(0).range()).isPresent();
        assertThat(carries("one")).isTrue();
        assertThat(writer.snapshot().revision()).isEqualTo(1);
    }

    @Test
    void a_load_that_the_kernel_refuses_changes_nothing() {
        reconciler.close();
        Path noBpfFs = state.resolve("pins");
        reconciler = network.inside(() -> new Reconciler(
                noBpfFs, Secret.of(state), new ObjectStore(state), network.netlink(), graces::add, () -> 1_000));
        NextHops hops = new NextHops(network.netlink(), _ -> {}, _ -> {}, System::nanoTime);
        SnapshotWriter snapshots =
                new SnapshotWriter(new Identity("default", "test", 1, 0), reconciler, health, hops, () -> 1_000);
        writer = new Writer(
                new Writer.Parts(
                        new StateFile(state), reconciler, health, hops, Set::of, () -> 1_000, _ -> {}, () -> {}),
                snapshots);

        assertThat(refusal(() -> apply(one(web(11))))).isEqualTo(Kind.FAILED);

        assertThat(state.resolve("state")).doesNotExist();
        assertThat(writer.snapshot().revision()).isZero();
        assertThat(carries("one")).isFalse();
    }

    @Test
    void a_first_configuration_that_cannot_be_made_durable_leaves_no_datapath_behind() throws IOException {
        Files.createDirectories(state.resolve("state.new/occupied"));
        assertThat(refusal(() -> apply(one(web(11))))).isEqualTo(Kind.FAILED);
        assertThat(Datapath.adopt(network.pins())).isEmpty();
        assertThat(carries("one")).isFalse();
        assertThat(writer.snapshot().revision()).isZero();
    }

    @Test
    void a_restart_keeps_ids_rows_and_rings_slot_for_slot() throws Exception {
        apply(one(web(12, 13)));
        apply(one(web(11, 12, 13)));
        drain("web/10.0.1.12", true);
        Map<Integer, MemberRow> rows = members();
        PublishedRing ring = ring(0);
        byte[] slots = slots(0);

        restart();

        assertThat(members()).isEqualTo(rows);
        assertThat(ring(0)).isEqualTo(ring);
        assertThat(slots(0)).isEqualTo(slots);
        assertThat(writer.snapshot().revision()).isEqualTo(3);
        assertThat(writer.snapshot().progress()).isEqualTo(Progress.DONE);
    }

    @Test
    void a_member_that_was_down_before_a_restart_stays_down_without_a_gap() throws Exception {
        apply(one(web(11, 12)));
        probing.kill(backend(11), 80);
        probing.pass(20);
        handle(new Event.HealthChanged());
        assertThat(members().get(id(11)).state()).isEqualTo(MemberState.DOWN);
        PublishedRing ring = ring(0);

        restart();

        assertThat(members().get(id(11)).state()).isEqualTo(MemberState.DOWN);
        assertThat(ring(0)).isEqualTo(ring);
    }

    @Test
    void a_program_that_somebody_detached_is_attached_again_and_that_is_said() {
        apply(one(web(11)));
        try (XdpLink link = XdpLink.openPinned(network.pins().resolve("links").resolve("one"))) {
            link.detach();
        }
        assertThat(carries("one")).isFalse();
        ticks(1);
        assertThat(carries("one")).isTrue();
        assertThat(warnings("an attachment was lost")).containsExactly("one");
    }

    @Test
    void rows_that_somebody_changed_are_repaired_and_named() {
        apply(one(web(11, 12)));
        ticks(AUDIT_TICKS);
        assertThat(warnings("was changed behind this daemon's back; repaired")).isEmpty();
        int first = id(11);
        PublishedRing ring = ring(0);
        Map<Integer, MemberRow> rows = members();
        kernel(tables -> {
            tables.vips().remove(VIP);
            tables.members().clear(first);
            tables.services().publishRing(0, PublishedRing.EMPTY);
            return tables;
        });

        ticks(AUDIT_TICKS);

        assertThat(members()).isEqualTo(rows);
        assertThat(serviceOfVip()).hasValue(0);
        assertThat(ring(0).range().orElseThrow().slots())
                .isEqualTo(ring.range().orElseThrow().slots());
        assertThat(warnings("was changed behind this daemon's back; repaired"))
                .containsExactly("member id " + first + ", 10.0.1.11", "service web: ring", "VIP 203.0.113.10:80/tcp");
    }

    @Test
    void a_row_that_somebody_gave_to_another_backend_comes_back_to_its_own() {
        apply(one(web(11, 12)));
        Map<Integer, MemberRow> rows = members();
        int first = id(11);
        kernel(tables -> {
            MemberRow row = rows.get(first);
            tables.members().clear(first);
            tables.members()
                    .write(
                            first,
                            new MemberRow(
                                    row.service(), row.state(), row.encap(), row.source(), backend(19), row.nextHop()));
            return tables;
        });
        ticks(AUDIT_TICKS);
        assertThat(members()).isEqualTo(rows);
    }

    @Test
    void one_interface_that_is_gone_does_not_keep_the_other_from_forwarding() throws Exception {
        apply(config("[{name: one}, {name: two}]", web(11)));
        reconciler.close();
        network.removeInterface("one");
        network.removeInterface("two");
        network.addInterface("two");

        restart();

        assertThat(carries("two")).isTrue();
        assertThat(writer.snapshot().progress()).isEqualTo(Progress.FAILED);
        assertThat(writer.snapshot().reason()).contains("attach one").doesNotContain("attach two");

        network.addInterface("one");
        ticks(1);
        assertThat(carries("one")).isTrue();
        assertThat(writer.snapshot().progress()).isEqualTo(Progress.DONE);
        assertThat(writer.snapshot().reason()).doesNotContain("attach one");
    }

    @Test
    void rings_that_change_at_once_where_only_one_more_fits_follow_each_other() throws InterruptedException {
        apply(one(web(11) + service("dns", "203.0.113.11", 12)));
        awaitGraces();
        Change change = apply(one(web(11, 13) + service("dns", "203.0.113.11", 12, 14)));
        assertThat(change.changed()).isTrue();
        assertThat(change.progress()).isEqualTo(Progress.FAILED);
        assertThat(change.reason()).contains("ring of 21821 slots");
        assertThat(change.revision()).isEqualTo(2);

        awaitGraces();

        assertThat(writer.snapshot().progress()).isEqualTo(Progress.DONE);
        assertThat(writer.snapshot().services())
                .allSatisfy(service -> assertThat(service.members())
                        .allSatisfy(member -> assertThat(member.inRing()).isTrue()));
    }

    /** Hands over grace periods until none follows. */
    private void awaitGraces() throws InterruptedException {
        for (Long number = graces.poll(1, TimeUnit.SECONDS);
                number != null;
                number = graces.poll(1, TimeUnit.SECONDS)) {
            handle(new Event.GraceEnded(number));
        }
    }

    @Test
    void a_vip_leads_to_a_service_only_when_the_service_has_its_ring() {
        apply(one(service("dns", "203.0.113.11", 12)));
        Change change = apply(one(service("dns", "203.0.113.11", 12, 13) + web(11)));
        boolean hasRing = ring(1).range().isPresent();
        assertThat(serviceOfVip().isPresent()).isEqualTo(hasRing);
        assertThat(change.progress() == Progress.DONE).isEqualTo(hasRing);
    }

    @Test
    void a_removed_member_leaves_the_ring_at_once_and_its_row_after_two_quiet_censuses() {
        apply(one(web(11, 12)));
        int left = id(12);
        apply(one(web(11)));
        assertThat(members().get(left).state()).isEqualTo(MemberState.DRAIN);
        assertThat(writer.snapshot().services().getFirst().members())
                .extracting(Snapshot.Member::admin)
                .containsExactly("in", "leaving");
        ticks(5);
        assertThat(members()).containsKey(left);
        ticks(5);
        assertThat(members()).doesNotContainKey(left);
        assertThat(writer.snapshot().services().getFirst().members()).hasSize(1);
    }

    @Test
    void a_service_that_comes_back_before_its_rows_were_freed_gets_the_same_rows() {
        apply(one(web(11, 12) + service("dns", "203.0.113.11", 13)));
        Map<Integer, MemberRow> rows = members();
        apply(one(service("dns", "203.0.113.11", 13)));
        assertThat(serviceOfVip()).isEmpty();
        ticks(5);
        apply(one(web(11, 12) + service("dns", "203.0.113.11", 13)));
        assertThat(members()).isEqualTo(rows);
        ticks(10);
        assertThat(members()).isEqualTo(rows);
    }

    @Test
    void a_removed_service_is_cleared_when_nothing_refers_to_it() {
        apply(one(web(11) + service("dns", "203.0.113.11", 13)));
        apply(one(service("dns", "203.0.113.11", 13)));
        ticks(10);
        assertThat(members()).hasSize(1);
        int services = kernel(tables -> tables.services().byNameHash().size());
        assertThat(services).isEqualTo(1);
    }

    @Test
    void removing_what_serves_needs_a_word_and_what_is_refused_changes_nothing() {
        apply(one(web(11, 12, 13)));
        Map<Integer, MemberRow> rows = members();
        assertThatThrownBy(() -> apply(one(web(11)), ChangeOptions.NONE))
                .isInstanceOf(ChangeRefusedException.class)
                .hasMessageContaining("2 of 3 members of service web")
                .hasMessageContaining("--allow-delete");
        assertThat(members()).isEqualTo(rows);
        assertThat(writer.snapshot().revision()).isEqualTo(1);
    }

    @Test
    void a_drain_survives_an_apply_and_ends_with_the_members_removal() {
        apply(one(web(11, 12, 13)));
        drain("web/10.0.1.12", true);
        apply(one(web(11, 12, 13, 14)));
        assertThat(members().get(id(12)).state()).isEqualTo(MemberState.DRAIN);
        apply(one(web(11, 13, 14)));
        apply(one(web(11, 12, 13, 14)));
        assertThat(members().get(id(12)).state()).isEqualTo(MemberState.IN);
    }

    @Test
    void a_member_that_the_file_drains_stays_drained_after_an_undrain_and_that_is_said() {
        apply(one(web(11, 12)).replace("{address: 10.0.1.12}", "{address: 10.0.1.12, drain: true}"));
        Change change = drain("web/10.0.1.12", false);
        assertThat(change.changed()).isFalse();
        assertThat(change.warnings()).singleElement().asString().contains("the configuration says so");
        assertThat(members().get(id(12)).state()).isEqualTo(MemberState.DRAIN);
    }

    @Test
    void the_last_member_of_another_service_is_not_warned_of() {
        apply(one(web(11, 12) + service("dns", "203.0.113.11", 13)));
        assertThat(drain("dns/10.0.1.13", true).warnings())
                .singleElement()
                .asString()
                .contains("service dns");
        assertThat(drain("web/10.0.1.11", true).warnings()).isEmpty();
    }

    @Test
    void the_same_content_makes_no_new_revision() {
        apply(one(web(11)));
        assertThat(apply(one(web(11))).changed()).isFalse();
        assertThat(apply(one(web(11))).revision()).isEqualTo(1);
    }

    @Test
    void a_change_of_another_revision_than_expected_is_a_conflict() {
        apply(one(web(11)));
        assertThat(refusal(() -> apply(one(web(11, 12)), new ChangeOptions(7, false, false, false))))
                .isEqualTo(Kind.CONFLICT);
    }

    private static byte[] otherBuild() {
        byte[] object = DatapathObjects.balancer();
        return Arrays.copyOf(object, object.length + 8); // behind the last section: another tag, the same program
    }

    private Swap swap(byte[] object) {
        return ask(reply -> new Event.SwapProgram(
                Optional.of(new ObjectFile("test.o", ByteBuffer.wrap(object))), ChangeOptions.NONE, reply));
    }

    @Test
    void a_swap_keeps_the_tables_and_the_next_start_finds_the_new_program() throws Exception {
        apply(one(web(11, 12)));
        Map<Integer, MemberRow> rows = members();
        byte[] slots = slots(0);
        int program = network.netlink().link("one").orElseThrow().xdp().programId();

        Swap swap = swap(otherBuild());

        assertThat(swap.changed()).isTrue();
        assertThat(swap.interfaces()).containsExactly("one");
        assertThat(swap.newTag()).isEqualTo(DatapathObjects.tag(otherBuild())).isNotEqualTo(swap.oldTag());
        assertThat(network.netlink().link("one").orElseThrow().xdp().programId())
                .isNotEqualTo(program);
        assertThat(state.resolve("objects").resolve(swap.newTag() + ".o")).hasBinaryContent(otherBuild());
        restart();
        assertThat(members()).isEqualTo(rows);
        assertThat(slots(0)).isEqualTo(slots);
        assertThat(writer.snapshot().programTag()).isEqualTo(swap.newTag());
        assertThat(writer.snapshot().warnings())
                .anyMatch(warning -> warning.contains("the running program " + swap.newTag()));
    }

    @Test
    void a_swap_to_something_that_is_no_program_changes_nothing() {
        apply(one(web(11)));
        int program = network.netlink().link("one").orElseThrow().xdp().programId();
        assertThat(refusal(() -> swap(new byte[100]))).isEqualTo(Kind.FAILED);
        assertThat(network.netlink().link("one").orElseThrow().xdp().programId())
                .isEqualTo(program);
        assertThat(writer.snapshot().progress()).isEqualTo(Progress.DONE);
    }

    @Test
    void a_teardown_removes_every_pin_and_nothing_is_written_after_it() {
        apply(one(web(11)));
        List<String> removed = ask(reply -> new Event.Teardown(false, reply));
        assertThat(removed).hasSize(2).first().asString().contains("interface one");
        assertThat(tornDown).isTrue();
        ticks(10);
        assertThat(carries("one")).isFalse();
        assertThat(Datapath.adopt(network.pins())).isEmpty();
        assertThat(refusal(() -> apply(one(web(11, 12))))).isEqualTo(Kind.UNAVAILABLE);
    }

    @Test
    void tables_of_another_size_than_the_file_wants_are_not_driven() throws Exception {
        apply(one(web(11)));
        reconciler.close();
        Files.delete(state.resolve("state"));
        start();
        assertThatThrownBy(() -> apply(one(web(11)).replace("members: 64", "members: 128")))
                .isInstanceOf(ChangeRefusedException.class)
                .hasMessageContaining("members 64, not services 8, members 128");
        assertThat(apply(one(web(11))).progress()).isEqualTo(Progress.DONE);
    }

    @Test
    void other_limits_make_new_tables_while_no_flow_is_live() {
        apply(one(web(11, 12)));

        Change change = apply(one(web(11, 12)).replace("members: 64", "members: 128"));

        assertThat(change.progress()).isEqualTo(Progress.DONE);
        int capacity = kernel(tables -> tables.members().capacity());
        assertThat(capacity).isEqualTo(128);
        assertThat(serviceOfVip()).isPresent();
        assertThat(carries("one")).isTrue();
    }

    @Test
    void limits_that_the_change_cannot_keep_leave_tables_of_the_old_size_serving() throws IOException {
        apply(one(web(11, 12)));
        Files.createDirectories(state.resolve("state.new/occupied"));

        assertThat(refusal(() -> apply(one(web(11, 12)).replace("members: 64", "members: 128"))))
                .isEqualTo(Kind.FAILED);

        int capacity = kernel(tables -> tables.members().capacity());
        assertThat(capacity).isEqualTo(64);
        assertThat(serviceOfVip()).isPresent();
        assertThat(carries("one")).isTrue();
        assertThat(writer.snapshot().revision()).isEqualTo(1);
    }

    private static BpfObject object(String name) throws IOException {
        try (InputStream elf = WriterKernelTest.class.getResourceAsStream("/bpf/" + name + ".bpf.o")) {
            return BpfObject.open(name, elf.readAllBytes());
        }
    }

    @Test
    void an_interface_that_a_failed_swap_left_with_another_program_is_given_the_datapaths() throws Exception {
        apply(config("[{name: one}, {name: two}]", web(11)));
        int program = kernel(tables -> tables.program().id());
        try (BpfObject other = object("pass");
                XdpLink two = XdpLink.openPinned(network.pins().resolve("links").resolve("two"))) {
            other.load();
            two.replace(other.program("pass"));

            ticks(1);

            assertThat(two.programId()).isEqualTo(program);
        }
        assertThat(warnings("ran another program than the datapath's, and was given that one"))
                .containsExactly("two");
    }

    /** As if these frames had come in by {@code one}, for an interface that is not there. */
    private void loseFrames(int frames) throws IOException {
        try (BpfObject object = object("redirect")) {
            object.setGlobal("target", 4711);
            object.load();
            ByteBuffer context = ByteBuffer.allocate(24).order(ByteOrder.nativeOrder());
            int one = network.netlink().link("one").orElseThrow().index();
            context.putInt(4, 64).putInt(12, one); // struct xdp_md: data_end, ingress_ifindex
            network.inside(() -> object.program("redirect")
                    .testRun(TestRun.packet(new byte[64])
                            .withContext(context.array())
                            .liveFrames(frames, frames)));
        }
    }

    @Test
    void frames_lost_after_their_verdict_are_in_the_status_also_those_lost_while_no_daemon_ran() throws Exception {
        apply(one(web(11)));
        loseFrames(3);
        ticks(1);
        assertThat(writer.snapshot().txFailed()).singleElement().satisfies(loss -> {
            assertThat(loss.interfaceName()).isEqualTo("interface 4711");
            assertThat(loss.cause()).isEqualTo("interface_gone");
            assertThat(loss.frames()).isEqualTo(3);
        });

        reconciler.close();
        loseFrames(2);
        restart();
        ticks(1);
        assertThat(writer.snapshot().txFailed())
                .extracting(Snapshot.TransmitLoss::frames)
                .containsExactly(5L);
    }

    @Test
    void a_next_hop_whose_neighbour_failed_serves_on_after_a_restart_from_the_members_row() throws Exception {
        apply(one(web(11)));
        Optional<NextHop> hop = members().get(id(11)).nextHop();
        assertThat(hop).isPresent();
        network.failNeighbour("one", "10.0.1.11");
        ticks(AUDIT_TICKS);
        assertThat(members().get(id(11)).nextHop()).isEqualTo(hop);

        restart();
        ticks(AUDIT_TICKS);

        assertThat(members().get(id(11)).nextHop()).isEqualTo(hop);
        assertThat(writer.snapshot().services().getFirst().members().getFirst().nextHop())
                .endsWith("(the last known one stays in use)");
    }
}
