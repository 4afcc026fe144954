package dev.ballast.control.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import dev.ballast.bpf.BpfObject;
import dev.ballast.bpf.TestRun;
import dev.ballast.bpf.XdpLink;
import dev.ballast.control.loop.ChangeRefusedException.Kind;
import dev.ballast.control.loop.Control.Change;
import dev.ballast.control.loop.Control.ChangeOptions;
import dev.ballast.control.loop.Control.Swap;
import dev.ballast.control.loop.Snapshot.Progress;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.ConfigEdit;
import dev.ballast.datapath.Datapath;
import dev.ballast.datapath.DatapathObjects;
import dev.ballast.datapath.MemberRow;
import dev.ballast.datapath.MemberState;
import dev.ballast.datapath.NextHop;
import dev.ballast.datapath.PublishedRing;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class WriterKernelTest extends WriterOverKernel {
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
    void a_load_that_the_kernel_refuses_changes_nothing() throws IOException {
        reconciler.close();
        startOver(state.resolve("no-bpf-file-system"));

        assertThat(refusal(() -> apply(one(web(11))))).isEqualTo(Kind.FAILED);

        assertThat(state.resolve("journal")).doesNotExist();
        assertThat(writer.snapshot().revision()).isZero();
        assertThat(carries("one")).isFalse();
    }

    @Test
    void a_first_configuration_that_cannot_be_made_durable_leaves_no_datapath_behind() throws IOException {
        Files.createDirectories(state.resolve("journal.new/occupied"));
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
        assertThat(statistics.repairs()).isEqualTo(3);
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
    void rows_that_somebody_changed_are_repaired_and_named_while_an_interface_refuses() {
        apply(config("[{name: one}, {name: two}]", web(11)));
        network.removeInterface("two");
        ticks(1);
        assertThat(writer.snapshot().progress()).isEqualTo(Progress.FAILED);
        kernel(tables -> {
            tables.vips().remove(VIP);
            return tables;
        });

        ticks(AUDIT_TICKS);

        assertThat(serviceOfVip()).hasValue(0);
        assertThat(warnings("was changed behind this daemon's back; repaired"))
                .containsExactly("VIP 203.0.113.10:80/tcp");
        assertThat(writer.snapshot().progress()).isEqualTo(Progress.FAILED);
    }

    @Test
    void a_change_of_sizes_that_a_crash_cut_short_is_undone_by_the_next_start() throws Exception {
        apply(one(web(11)));
        Config larger = read(one(web(11)).replace("members: 64", "members: 128"));
        network.inside(() -> {
            reconciler.teardown();
            return reconciler.open(larger);
        });

        restart();

        assertThat(writer.snapshot().progress()).isEqualTo(Progress.DONE);
        assertThat(serviceOfVip()).hasValue(0);
        assertThat(this.<Integer>kernel(tables -> tables.members().capacity())).isEqualTo(64);
    }

    @Test
    void a_datapath_that_could_not_be_loaded_is_loaded_by_the_next_tick() {
        apply(one(web(11)));
        network.inside(reconciler::teardown);
        ticks(1);
        assertThat(writer.snapshot().progress()).isEqualTo(Progress.DONE);
        assertThat(serviceOfVip()).hasValue(0);
        assertThat(carries("one")).isTrue();
    }

    @Test
    void flows_of_tables_that_no_configuration_goes_with_cannot_be_named() throws Exception {
        apply(one(web(11)));
        reconciler.close();
        start();
        assertThat(refusal(() -> ask(Event.CountFlows::new))).isEqualTo(Kind.STATE);
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

    /** The outer header takes 20 bytes of 1299: a packet of 1280 bytes does not fit. */
    @Test
    void a_path_that_no_ipv6_client_can_be_told_of_is_warned_of_until_its_mtu_is_raised() {
        network.setMtu("one", 1299);
        assertThat(apply(one(service("web", "\"2001:db8:1::10\"", 11, 12))).warnings())
                .singleElement()
                .asString()
                .contains("member web/10.0.1.11 and to 1 more has an MTU of 1299", "raise that MTU to 1300");
        assertThat(writer.snapshot().warnings()).anyMatch(warning -> warning.contains("MTU of 1299"));

        network.setMtu("one", 1500);
        ticks(AUDIT_TICKS);

        assertThat(writer.snapshot().warnings()).noneMatch(warning -> warning.contains("MTU"));
    }

    @Test
    void the_same_content_makes_no_new_revision() {
        apply(one(web(11)));
        assertThat(apply(one(web(11))).changed()).isFalse();
        assertThat(apply(one(web(11))).revision()).isEqualTo(1);
        long revision = apply(one(web(11, 12))).revision();
        assertThat(apply(one(web(12, 11))).revision()).as("in another order").isEqualTo(revision);
    }

    @Test
    void a_change_of_another_revision_than_expected_is_a_conflict() {
        apply(one(web(11)));
        assertThat(refusal(() -> apply(
                        one(web(11, 12)),
                        new ChangeOptions(7, false, false, false, Optional.empty(), Control.Origin.DAEMON))))
                .isEqualTo(Kind.CONFLICT);
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
        assertThat(statistics.swaps()).isEqualTo(1);
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
        Files.delete(state.resolve("journal"));
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
        Files.writeString(state.resolve("journal"), "not ours", StandardOpenOption.APPEND);

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
    void a_program_that_somebody_put_on_our_link_stays_and_is_warned_of() throws Exception {
        apply(config("[{name: one}, {name: two}]", web(11)));
        try (BpfObject other = object("pass");
                XdpLink two = XdpLink.openPinned(network.pins().resolve("links").resolve("two"))) {
            other.load();
            two.replace(other.program("pass"));

            ticks(AUDIT_TICKS);

            assertThat(two.programId()).isEqualTo(other.program("pass").id());
            assertThat(writer.snapshot().warnings())
                    .anyMatch(warning -> warning.startsWith(
                            "interface two: it runs program " + two.programId() + ", which somebody put in the place"));
        }
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
    void a_change_is_pending_while_the_way_to_a_new_backend_is_asked_for_the_first_time() {
        Change accepted = apply(one(web(11, 77)));

        assertThat(accepted.progress()).isEqualTo(Progress.PENDING);
        assertThat(accepted.reason()).contains("10.0.1.77", "it is being asked for");
        assertThat(writer.brief().progress()).as("what runs is as it has to be").isEqualTo(Progress.DONE);
        assertThat(writer.brief().awaited()).isEqualTo(accepted.reason());
        assertThat(apply(one(web(11, 77))).progress()).as("asked again").isEqualTo(Progress.PENDING);

        network.ip("neigh add 10.0.1.77 lladdr 02:00:00:00:01:77 dev one");
        ticks(AUDIT_TICKS);

        assertThat(writer.brief().awaited()).isEmpty();
        assertThat(apply(one(web(11, 77))).progress()).isEqualTo(Progress.DONE);
        assertThat(members().get(id(77)).nextHop()).isPresent();
    }

    @Test
    void a_backend_that_does_not_answer_to_neighbour_discovery_keeps_no_change_pending() {
        network.ip("neigh add 10.0.1.77 lladdr 02:00:00:00:01:77 dev one");
        network.failNeighbour("one", "10.0.1.77");

        assertThat(apply(one(web(11, 77))).progress()).isEqualTo(Progress.DONE);
    }

    @Test
    void a_change_that_is_made_is_answered_as_made_when_the_daemon_ends_before_its_report_is_there() {
        apply(one(web(11, 12)));
        answers = _ -> {};
        questions = _ -> {};
        CompletableFuture<Change> made = new CompletableFuture<>();
        CompletableFuture<Change> dryRun = new CompletableFuture<>();
        ChangeOptions dry = new ChangeOptions(0, true, false, false, Optional.empty(), Control.Origin.DAEMON);
        handle(new Event.Drain("web/10.0.1.11", true, ChangeOptions.NONE, made));
        handle(new Event.Drain("web/10.0.1.12", true, dry, dryRun));
        assertThat(made).isNotDone();

        handle(new Event.Stop(new CompletableFuture<>()));

        assertThat(made.join().revision()).isEqualTo(2);
        assertThat(made.join().warnings())
                .singleElement(STRING)
                .contains("before it was worked out what this disturbs");
        assertThat(dryRun).as("nothing was made, and there is nothing to tell").isNotDone();
    }

    @Test
    void an_edit_of_the_checks_of_a_running_service_reaches_the_prober() {
        apply(one(web(11)));
        probing.pass(10);
        assertThat(probing.probed).containsExactly("10.0.1.11:80");

        edit("services.web.checks", "[{type: tcp, port: 8080}]");
        probing.pass(10);
        assertThat(probing.probed).containsExactly("10.0.1.11:80", "10.0.1.11:8080");

        edit("services.web.backends[10.0.1.11].checkPort", "9090");
        probing.pass(10);
        assertThat(probing.probed).contains("10.0.1.11:9090");
    }

    private void edit(String path, String value) {
        Change made = ask(
                reply -> new Event.Edit(List.of(new ConfigEdit(path, Optional.of(value))), ChangeOptions.NONE, reply));
        assertThat(made.changed()).isTrue();
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
