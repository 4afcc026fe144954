package dev.ballast.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.ballast.bpf.BpfObject;
import dev.ballast.bpf.BpfProgram;
import dev.ballast.bpf.TestNamespace;
import dev.ballast.bpf.XdpLink;
import dev.ballast.bpf.XdpMode;
import dev.ballast.netlink.Ethtool;
import dev.ballast.netlink.Link;
import dev.ballast.netlink.Netlink;
import dev.ballast.netlink.XdpState;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Real programs on real interfaces: two veth pairs and a bridge in a namespace, pins in a BPF file system of the test's own. */
class XdpInterfacesKernelTest {
    private static final InterfaceSpec ONE = new InterfaceSpec("one", GenericPolicy.REFUSE);
    private static final InterfaceSpec TWO = new InterfaceSpec("two", GenericPolicy.REFUSE);

    @AutoClose
    private TestNamespace namespace;

    @AutoClose
    private Netlink netlink;

    @AutoClose
    private BpfObject object;

    private BpfProgram pass;
    private BpfProgram drop;

    @AutoClose
    private XdpInterfaces interfaces;

    @BeforeEach
    void open() throws IOException {
        namespace = new TestNamespace();
        namespace.shell("""
                ip link add one type veth peer name one-peer
                ip link add two type veth peer name two-peer
                ip link add bridge type bridge
                for link in one one-peer two two-peer bridge; do ip link set $link up; done
                """);
        netlink = namespace.call(Netlink::open);
        try (InputStream elf = getClass().getResourceAsStream("/bpf/xdp.bpf.o")) {
            object = BpfObject.open("xdp", elf.readAllBytes());
        }
        object.load();
        pass = object.program("pass");
        drop = object.program("drop");
        interfaces = instance("default");
    }

    private XdpInterfaces instance(String name) {
        return XdpInterfaces.open(namespace.bpfFs().resolve(name).resolve("links"), netlink);
    }

    private Path pin(String name) {
        return namespace.bpfFs().resolve("default").resolve("links").resolve(name);
    }

    private AttachedInterface attach(InterfaceSpec spec) {
        return namespace.call(() -> interfaces.attach(spec, pass));
    }

    private XdpState xdp(String name) {
        return netlink.link(name).map(Link::xdp).orElseThrow();
    }

    /** All that a process leaves behind are its pins. */
    private void restart() {
        interfaces.close();
        interfaces = instance("default");
    }

    @Test
    void a_program_is_attached_in_native_mode_and_pinned() {
        AttachedInterface attached = attach(ONE);

        assertThat(attached.mode()).isEqualTo(XdpMode.NATIVE);
        assertThat(attached.programId()).isEqualTo(pass.id());
        assertThat(attached.index()).isEqualTo(netlink.link("one").orElseThrow().index());
        assertThat(xdp("one")).isEqualTo(new XdpState(XdpState.Mode.NATIVE, pass.id()));
        assertThat(pin("one")).exists();
    }

    @Test
    void a_veth_without_a_program_on_its_peer_is_warned_of_until_it_has_one() {
        assertThat(attach(ONE).warnings())
                .singleElement()
                .asString()
                .startsWith("veth one-peer, the peer of one, carries no XDP program");

        namespace.call(() -> interfaces.attach(new InterfaceSpec("one-peer", GenericPolicy.REFUSE), pass));

        assertThat(interfaces.attached())
                .allSatisfy(each -> assertThat(each.warnings()).isEmpty());
    }

    @Test
    void attaching_the_same_program_again_changes_nothing() {
        AttachedInterface first = attach(ONE);

        assertThat(attach(ONE)).isEqualTo(first);
        assertThatThrownBy(() -> namespace.call(() -> interfaces.attach(ONE, drop)))
                .isInstanceOf(AttachException.class)
                .hasMessage("attach one: it carries our program " + pass.id() + " already; swap it");
    }

    @Test
    void an_interface_without_native_mode_is_refused_unless_generic_mode_is_allowed() {
        assertThatThrownBy(() -> attach(new InterfaceSpec("bridge", GenericPolicy.REFUSE)))
                .isInstanceOf(AttachException.class)
                .hasMessageStartingWith("attach bridge: native mode: EOPNOTSUPP")
                .hasMessageEndingWith("allow it with `generic: allow`");
        assertThat(xdp("bridge")).isEqualTo(XdpState.NONE);

        AttachedInterface attached = attach(new InterfaceSpec("bridge", GenericPolicy.ALLOW));

        assertThat(attached.mode()).isEqualTo(XdpMode.GENERIC);
        assertThat(attached.warnings()).singleElement().asString().contains("in generic mode", "EOPNOTSUPP");
        assertThat(xdp("bridge").mode()).isEqualTo(XdpState.Mode.GENERIC);
    }

    @Test
    void an_absent_interface_is_refused_with_the_names_of_those_there_are() {
        assertThatThrownBy(() -> attach(new InterfaceSpec("eth9", GenericPolicy.REFUSE)))
                .isInstanceOfSatisfying(AttachException.class, e -> {
                    assertThat(e.findings()).extracting(Finding::check).containsExactly(Finding.Check.INTERFACE_EXISTS);
                    assertThat(e).hasMessageContaining("choose one of: lo, ").hasMessageContaining("two-peer");
                });
    }

    @Test
    void a_foreign_program_is_left_alone_and_named() {
        try (XdpLink foreign = namespace.call(
                () -> XdpLink.attach(drop, netlink.link("one").orElseThrow().index(), XdpMode.GENERIC))) {
            assertThatThrownBy(() -> attach(ONE))
                    .isInstanceOfSatisfying(
                            AttachException.class,
                            e -> assertThat(e.findings())
                                    .extracting(Finding::check)
                                    .containsExactly(Finding.Check.FOREIGN_PROGRAM))
                    .hasMessageContaining(
                            "interface one already carries the XDP program with id " + drop.id() + " in generic mode")
                    .hasMessageContaining("`ip link set dev one xdpgeneric off`");
            assertThat(foreign.programId()).isEqualTo(drop.id());
        }
        assertThat(pin("one")).doesNotExist();
    }

    @Test
    void a_program_of_another_instance_is_named_by_that_instances_pins() {
        try (XdpInterfaces blue = instance("blue")) {
            namespace.call(() -> blue.attach(ONE, pass));

            assertThatThrownBy(() -> attach(ONE))
                    .isInstanceOf(AttachException.class)
                    .hasMessageContaining("it belongs to the instance pinned in "
                            + namespace.bpfFs().resolve("blue/links"));
        }
    }

    @Test
    void pins_outside_a_bpf_file_system_are_refused_before_anything_is_attached() throws IOException {
        Path plain = Files.createTempDirectory("ballast-plain-");
        try (XdpInterfaces misplaced = XdpInterfaces.open(plain.resolve("links"), netlink)) {
            assertThatThrownBy(() -> namespace.call(() -> misplaced.attach(ONE, pass)))
                    .isInstanceOfSatisfying(
                            AttachException.class,
                            e -> assertThat(e.findings())
                                    .extracting(Finding::check)
                                    .containsExactly(Finding.Check.BPF_FILE_SYSTEM));
            assertThat(xdp("one")).isEqualTo(XdpState.NONE);
            assertThat(plain.resolve("links")).doesNotExist();
        } finally {
            Files.delete(plain);
        }
    }

    @Test
    void a_program_that_would_land_in_another_namespace_is_taken_off_again() {
        try (TestNamespace other = new TestNamespace()) {
            other.shell("for i in $(seq 1 8); do ip link add a$i type veth peer name b$i; done");

            assertThatThrownBy(() -> other.call(() -> interfaces.attach(ONE, pass)))
                    .isInstanceOf(AttachException.class)
                    .hasMessageContaining("another network namespace");

            try (Netlink there = other.call(Netlink::open)) {
                assertThat(there.links()).allMatch(link -> link.xdp().equals(XdpState.NONE));
            }
        }
        assertThat(pin("one")).doesNotExist();
    }

    @Test
    void the_next_process_adopts_what_is_attached() {
        attach(ONE);
        attach(TWO);
        restart();
        assertThat(xdp("one").programId()).isEqualTo(pass.id());

        Adoption adoption = interfaces.adopt();

        assertThat(adoption.lost()).isEmpty();
        assertThat(adoption.attached())
                .extracting(AttachedInterface::name, AttachedInterface::programId, AttachedInterface::mode)
                .containsExactly(tuple("one", pass.id(), XdpMode.NATIVE), tuple("two", pass.id(), XdpMode.NATIVE));
        interfaces.swap(drop, pass);
        assertThat(xdp("two").programId()).isEqualTo(drop.id());
    }

    @Test
    void a_pin_that_is_no_link_is_named_and_stays() throws IOException {
        Files.createDirectories(pin("one").getParent());
        pass.pin(pin("one"));

        assertThatThrownBy(() -> interfaces.adopt())
                .isInstanceOf(AttachException.class)
                .hasMessageStartingWith("adopt one: ")
                .hasMessageContaining(pin("one").toString());
        assertThat(pin("one")).exists();
    }

    @Test
    void a_first_start_adopts_nothing() {
        assertThat(interfaces.adopt()).isEqualTo(new Adoption(List.of(), List.of()));
    }

    @Test
    void a_link_whose_interface_was_deleted_and_made_anew_is_unpinned_and_attached_again() {
        attach(ONE);
        restart();
        namespace.shell("ip link del one && ip link add one type veth peer name one-peer && ip link set one up");

        Adoption adoption = interfaces.adopt();

        assertThat(adoption.attached()).isEmpty();
        assertThat(adoption.lost()).extracting(LostInterface::name).containsExactly("one");
        assertThat(pin("one")).doesNotExist();
        assertThat(attach(ONE).programId()).isEqualTo(pass.id());
    }

    @Test
    void an_interface_that_vanishes_in_the_life_of_the_process_is_dropped_once() {
        attach(ONE);
        attach(TWO);
        namespace.shell("ip link del one");

        assertThat(interfaces.attached()).extracting(AttachedInterface::name).containsExactly("two");
        assertThat(interfaces.dropDefunct()).extracting(LostInterface::name).containsExactly("one");
        assertThat(interfaces.dropDefunct()).isEmpty();
        assertThat(pin("one")).doesNotExist();
    }

    @Test
    void an_interface_that_came_back_is_attached_again_without_more_ado() {
        attach(ONE);
        namespace.shell("ip link del one && ip link add one type veth peer name one-peer && ip link set one up");

        assertThat(attach(ONE).programId()).isEqualTo(pass.id());
        assertThat(interfaces.attached()).extracting(AttachedInterface::name).containsExactly("one");
    }

    @Test
    void a_stale_pin_that_nobody_adopted_gives_way_to_a_new_attachment() {
        attach(ONE);
        restart();
        namespace.shell("ip link del one && ip link add one type veth peer name one-peer && ip link set one up");

        assertThat(attach(ONE).programId()).isEqualTo(pass.id());
    }

    @Test
    void the_link_of_a_renamed_interface_is_adopted_under_its_new_name() {
        attach(ONE);
        restart();
        namespace.shell("ip link set one down && ip link set one name first && ip link set first up");

        assertThat(interfaces.adopt().attached())
                .extracting(AttachedInterface::name)
                .containsExactly("first");
        assertThat(pin("first")).exists();
        assertThat(pin("one")).doesNotExist();
    }

    @Test
    void the_link_of_an_interface_that_moved_to_another_namespace_is_not_touched() {
        attach(ONE);
        restart();
        try (TestNamespace other = new TestNamespace()) {
            namespace.shell("ip link set one netns " + other.name());

            assertThatThrownBy(() -> interfaces.adopt())
                    .isInstanceOf(AttachException.class)
                    .hasMessageStartingWith("adopt one: the link pinned at " + pin("one"));
            assertThat(pin("one")).exists();
        }
    }

    @Test
    void a_name_with_a_dot_is_pinned_where_a_bpf_file_system_allows_it() {
        namespace.shell("ip link set two down && ip link set two name two.100 && ip link set two.100 up");
        attach(new InterfaceSpec("two.100", GenericPolicy.REFUSE));
        assertThat(pin("two:100")).exists();
        restart();

        assertThat(interfaces.adopt().attached())
                .extracting(AttachedInterface::name)
                .containsExactly("two.100");
    }

    @Test
    void a_swap_exchanges_the_program_everywhere() {
        attach(ONE);
        attach(TWO);

        interfaces.swap(drop, pass);

        assertThat(interfaces.attached())
                .extracting(AttachedInterface::programId)
                .containsOnly(drop.id());
        assertThat(xdp("one").programId()).isEqualTo(drop.id());
        assertThat(xdp("two").programId()).isEqualTo(drop.id());
    }

    @Test
    void a_swap_that_the_second_interface_refuses_leaves_the_first_as_it_was() {
        attach(ONE);
        attach(TWO);
        BpfProgram third = object.program("ingress");
        try (XdpLink behindOurBack = XdpLink.openPinned(pin("two"))) {
            behindOurBack.update(third, pass);
        }

        assertThatThrownBy(() -> interfaces.swap(drop, pass))
                .isInstanceOfSatisfying(
                        AttachException.class,
                        e -> assertThat(e.interfaceName()).isEqualTo("two"))
                .hasMessageEndingWith("; every interface runs what it ran before");

        assertThat(xdp("one").programId()).isEqualTo(pass.id());
        assertThat(xdp("two").programId()).isEqualTo(third.id());
    }

    @Test
    void a_swap_from_another_program_than_there_is_changes_nothing() {
        attach(ONE);

        assertThatThrownBy(() -> interfaces.swap(drop, object.program("ingress")))
                .isInstanceOf(AttachException.class)
                .hasMessageContaining("EPERM");

        assertThat(xdp("one").programId()).isEqualTo(pass.id());
    }

    @Test
    void a_swap_that_a_crash_cut_short_is_finished_by_the_next_one() {
        attach(ONE);
        attach(TWO);
        try (XdpLink first = XdpLink.openPinned(pin("one"))) {
            first.update(drop, pass);
        }
        restart();
        interfaces.adopt();

        interfaces.swap(drop, pass);

        assertThat(interfaces.attached())
                .extracting(AttachedInterface::programId)
                .containsOnly(drop.id());
    }

    @Test
    void a_swap_with_an_interface_gone_changes_nothing_and_names_it() {
        attach(ONE);
        attach(TWO);
        namespace.shell("ip link del two");

        assertThatThrownBy(() -> interfaces.swap(drop, pass))
                .isInstanceOf(AttachException.class)
                .hasMessageStartingWith("swap two: the interface is gone");

        assertThat(xdp("one").programId()).isEqualTo(pass.id());
    }

    @Test
    void detaching_takes_program_and_pin_away_and_leaves_the_others() {
        attach(ONE);
        attach(TWO);

        interfaces.detach("one");

        assertThat(xdp("one")).isEqualTo(XdpState.NONE);
        assertThat(pin("one")).doesNotExist();
        assertThat(xdp("two").programId()).isEqualTo(pass.id());
        assertThatThrownBy(() -> interfaces.detach("one"))
                .isInstanceOf(AttachException.class)
                .hasMessageEndingWith("attached are: [two]");
    }

    @Test
    void a_teardown_leaves_neither_program_nor_pin() {
        attach(ONE);
        attach(TWO);

        interfaces.teardown();

        assertThat(xdp("one")).isEqualTo(XdpState.NONE);
        assertThat(xdp("two")).isEqualTo(XdpState.NONE);
        assertThat(namespace.bpfFs().resolve("default/links")).doesNotExist();
        interfaces.teardown();
    }

    @Test
    void an_interface_that_is_down_is_attached_with_a_warning() {
        namespace.shell("ip link set one down");

        assertThat(interfaces.preflight(ONE)).extracting(Finding::check).containsExactly(Finding.Check.INTERFACE_UP);
        assertThat(attach(ONE).warnings()).first().asString().contains("is set down");
    }

    /** The same programs, for frames of several buffers. */
    private BpfObject multiBuffer() throws IOException {
        try (InputStream elf = getClass().getResourceAsStream("/bpf/xdp.bpf.o")) {
            BpfObject large = BpfObject.open("xdp", elf.readAllBytes());
            large.multiBuffer("pass");
            large.load();
            return large;
        }
    }

    @Test
    void frames_over_a_page_need_a_program_for_several_buffers() throws IOException {
        assertThat(interfaces.needsMultiBuffer(List.of(ONE))).isFalse();
        namespace.shell("ip link set one mtu 9000 && ip link set one-peer mtu 9000");

        assertThat(interfaces.needsMultiBuffer(List.of(ONE))).isTrue();
        assertThat(interfaces.needsMultiBuffer(List.of(TWO))).isFalse();
        assertThat(interfaces.preflight(ONE)).noneMatch(Finding::blocks);
        assertThatThrownBy(() -> attach(ONE)).isInstanceOf(AttachException.class);
        try (BpfObject large = multiBuffer()) {
            assertThat(namespace
                            .call(() -> interfaces.attach(ONE, large.program("pass")))
                            .mode())
                    .isEqualTo(XdpMode.NATIVE);
        }
    }

    @Test
    void the_limit_of_one_page_is_one_that_a_veth_accepts() {
        namespace.shell(
                "for link in one one-peer; do ip link set $link mtu %d; done".formatted(Preflight.SINGLE_BUFFER_MTU));

        assertThat(interfaces.needsMultiBuffer(List.of(ONE))).isFalse();
        assertThat(attach(ONE).mode()).isEqualTo(XdpMode.NATIVE);
    }

    @Test
    void a_way_out_that_takes_no_redirected_frames_is_named_until_it_does() {
        int two = netlink.link("two").orElseThrow().index();

        assertThat(interfaces.egressFindings(Set.of(two), false)).containsOnlyKeys("two");

        namespace.call(() -> interfaces.attach(new InterfaceSpec("two-peer", GenericPolicy.REFUSE), pass));
        assertThat(interfaces.egressFindings(Set.of(two), true)).isEmpty();
    }

    @Test
    void an_interface_that_a_failed_exchange_left_with_another_program_is_given_the_right_one() {
        attach(ONE);
        attach(TWO);
        try (XdpLink link = XdpLink.openPinned(pin("two"))) {
            link.update(drop, pass);
        }
        interfaces.leaveBehind("two", drop.id());
        assertThat(interfaces.needsRepair()).isTrue();

        assertThat(interfaces.repair(pass)).containsExactly("two");

        assertThat(xdp("two").programId()).isEqualTo(pass.id());
        assertThat(interfaces.needsRepair()).isFalse();
        assertThat(interfaces.repair(pass)).isEmpty();
    }

    @Test
    void a_program_that_somebody_put_on_our_link_is_not_repaired_away() {
        attach(ONE);
        try (XdpLink link = XdpLink.openPinned(pin("one"))) {
            link.update(drop, pass);
        }
        assertThat(interfaces.repair(pass)).isEmpty();
        interfaces.leaveBehind("one", 4711);
        assertThat(interfaces.repair(pass)).isEmpty();

        assertThat(xdp("one").programId()).isEqualTo(drop.id());
    }

    @Test
    void tag_stripping_is_left_alone_on_an_interface_without_vlans() {
        attach(ONE);

        assertThat(interfaces.tendVlanTags()).isEmpty();
        assertThat(netlink.ethtool().feature("one", Ethtool.RX_VLAN_STRIPPING))
                .hasValueSatisfying(feature -> assertThat(feature.active()).isTrue());
    }

    @Test
    void tag_stripping_is_switched_off_and_restored_by_whoever_comes_next() {
        Link one = netlink.link("one").orElseThrow();
        Path map = namespace.bpfFs().resolve("rxvlan");
        try (TagStripping stripping = new TagStripping(map, netlink)) {
            assertThat(stripping.switchOff(one)).isTrue();
            assertThat(stripping.switchOff(one)).isFalse();
            assertThat(namespace.shell("ethtool -k one")).contains("rx-vlan-offload: off");
        }
        try (TagStripping next = new TagStripping(map, netlink)) {
            assertThat(next.switchedOff()).containsExactly(one.index());
            assertThat(next.restore(one.index())).hasValue("one");
            assertThat(next.restore(one.index())).isEmpty();
        }
        assertThat(namespace.shell("ethtool -k one")).contains("rx-vlan-offload: on");
        assertThat(map).doesNotExist();
    }

    @Test
    void tag_stripping_is_off_where_it_is_wanted_off_and_each_change_is_told() {
        List<Link> links = netlink.links();
        try (TagStripping stripping = new TagStripping(namespace.bpfFs().resolve("rxvlan"), netlink)) {
            assertThat(stripping.tend(links, link -> link.name().equals("one")))
                    .containsExactly(
                            "switched off rxvlan of one: with it the program would not see the VLAN tags of its"
                                    + " frames");
            assertThat(stripping.tend(links, link -> link.name().equals("one"))).isEmpty();

            namespace.shell("ethtool -K one rxvlan on");
            assertThat(stripping.tend(links, link -> link.name().equals("one"))).hasSize(1);
            assertThat(stripping.tend(links, _ -> false))
                    .containsExactly("switched rxvlan of one on again, as it was before");
        }
    }

    @Test
    void tag_stripping_of_an_interface_that_is_gone_is_forgotten() {
        attach(TWO);
        Path map = namespace.bpfFs().resolve("default").resolve("rxvlan");
        try (TagStripping stripping = new TagStripping(map, netlink)) {
            stripping.switchOff(netlink.link("one").orElseThrow());
        }
        namespace.shell("ip link del one");

        assertThat(interfaces.tendVlanTags()).isEmpty();
        assertThat(map).doesNotExist();
    }
}
