package dev.ballast.attach;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.netlink.Bond;
import dev.ballast.netlink.Ethtool;
import dev.ballast.netlink.Link;
import dev.ballast.netlink.LinkDetail;
import dev.ballast.netlink.OperState;
import dev.ballast.netlink.Vlan;
import dev.ballast.netlink.XdpFeatures;
import dev.ballast.netlink.XdpState;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each check finds what it is for, and names cause and cure. */
class PreflightTest {
    private static final HostFacts FIT = new HostFacts(List.of(), true, true);
    private static final Path LINKS = Path.of("/sys/fs/bpf/ballast/default/links");

    private static Link link(int index, String name, boolean up, XdpState xdp) {
        return new Link(index, name, null, 1500, up, up, OperState.UP, "", 0, 0, false, null, xdp);
    }

    private static Link veth(int index, String name, int peer, boolean elsewhere, XdpState xdp) {
        return new Link(index, name, null, 1500, true, true, OperState.UP, "veth", 0, peer, elsewhere, null, xdp);
    }

    private static InterfaceSpec nativeOnly(String name) {
        return new InterfaceSpec(name, GenericPolicy.REFUSE);
    }

    /** On a kernel that says nothing about its drivers. */
    private static Preflight preflight(HostFacts host, Link... links) {
        return new Preflight(host, LINKS, List.of(links), _ -> Optional.empty());
    }

    private static List<Finding> check(HostFacts host, String name, Link... links) {
        return preflight(host, links).check(nativeOnly(name), 0, Optional.empty());
    }

    @Test
    void a_fit_interface_on_a_fit_machine_has_no_findings() {
        assertThat(check(FIT, "eth0", link(2, "eth0", true, XdpState.NONE))).isEmpty();
    }

    @Test
    void an_absent_interface_is_answered_with_those_there_are() {
        assertThat(check(FIT, "eth7", link(1, "lo", true, XdpState.NONE), link(2, "eth0", true, XdpState.NONE)))
                .containsExactly(new Finding(
                        Finding.Check.INTERFACE_EXISTS,
                        true,
                        "there is no interface eth7 in this network namespace",
                        "choose one of: lo, eth0"));
    }

    @Test
    void an_interface_that_is_down_can_be_attached_to_and_is_told() {
        assertThat(check(FIT, "eth0", link(2, "eth0", false, XdpState.NONE)))
                .containsExactly(new Finding(
                        Finding.Check.INTERFACE_UP,
                        false,
                        "interface eth0 is set down, no frame arrives",
                        "`ip link set dev eth0 up`"));
    }

    @Test
    void everything_that_the_machine_lacks_is_told_at_once() {
        HostFacts unfit = new HostFacts(List.of("CAP_BPF", "CAP_NET_ADMIN"), false, false);

        assertThat(check(unfit, "eth0", link(2, "eth0", true, XdpState.NONE)))
                .allMatch(Finding::blocks)
                .extracting(Finding::toString)
                .containsExactly(
                        "this process lacks CAP_BPF, CAP_NET_ADMIN; run it as root or by its systemd unit, which grants"
                                + " them",
                        "the kernel does not describe its types: there is no /sys/kernel/btf/vmlinux; boot a kernel with"
                                + " CONFIG_DEBUG_INFO_BTF=y, as those of Debian 12 have it",
                        LINKS
                                + " is not on a BPF file system, so no attachment could outlive this process; `mount -t bpf"
                                + " bpf /sys/fs/bpf`, or pass --pins with a directory on one");
    }

    @ParameterizedTest
    @CsvSource({
        "NATIVE, in native mode, xdpdrv",
        "GENERIC, in generic mode, xdpgeneric",
        "HARDWARE, on the NIC, xdpoffload"
    })
    void a_foreign_program_is_named_with_its_mode_and_how_to_remove_it(
            XdpState.Mode mode, String words, String keyword) {
        List<Finding> findings = check(FIT, "eth0", link(2, "eth0", true, new XdpState(mode, 17)));

        assertThat(findings).hasSize(1);
        assertThat(findings.getFirst().cause())
                .isEqualTo("interface eth0 already carries the XDP program with id 17 " + words);
        assertThat(findings.getFirst().cure())
                .contains("`bpftool prog show id 17`")
                .contains("`ip link set dev eth0 " + keyword + " off`")
                .contains("`bpftool link`");
    }

    @Test
    void a_program_of_another_instance_is_named_by_its_pins() {
        Link link = link(2, "eth0", true, new XdpState(XdpState.Mode.NATIVE, 17));

        List<Finding> findings = preflight(FIT, link)
                .check(nativeOnly("eth0"), 0, Optional.of(Path.of("/sys/fs/bpf/ballast/blue/links")));

        assertThat(findings).hasSize(1);
        assertThat(findings.getFirst().cure())
                .isEqualTo("it belongs to the instance pinned in /sys/fs/bpf/ballast/blue/links; one instance per"
                        + " interface: run teardown there first, or choose another interface");
    }

    @Test
    void our_own_program_is_not_foreign() {
        Link link = link(2, "eth0", true, new XdpState(XdpState.Mode.NATIVE, 17));

        assertThat(preflight(FIT, link).check(nativeOnly("eth0"), 17, Optional.empty()))
                .isEmpty();
    }

    @Test
    void a_veth_whose_peer_runs_no_program_loses_what_is_sent_back() {
        Link left = veth(2, "left", 3, false, XdpState.NONE);
        Link bare = veth(3, "right", 2, false, XdpState.NONE);
        Link fit = veth(3, "right", 2, false, new XdpState(XdpState.Mode.NATIVE, 5));
        Link away = veth(2, "left", 3, true, XdpState.NONE);

        assertThat(preflight(FIT, left, bare).checkVethPeer(left))
                .hasValueSatisfying(finding -> assertThat(finding.cause())
                        .isEqualTo(
                                "veth right, the peer of left, carries no XDP program: frames that are sent back out of"
                                        + " left vanish"));
        assertThat(preflight(FIT, left, fit).checkVethPeer(left)).isEmpty();
        assertThat(preflight(FIT, away).checkVethPeer(away))
                .hasValueSatisfying(finding -> assertThat(finding.cause()).contains("in another network namespace"));
    }

    private static Link detailed(int index, String name, String kind, int lower, @Nullable LinkDetail detail) {
        return new Link(
                index, name, null, 1500, true, true, OperState.UP, kind, 0, lower, false, detail, XdpState.NONE);
    }

    private static Link port(int index, String name, int master) {
        return new Link(index, name, null, 1500, true, true, OperState.UP, "", master, 0, false, null, XdpState.NONE);
    }

    private static Link withMtu(int index, String name, int mtu) {
        return new Link(index, name, null, mtu, true, true, OperState.UP, "", 0, 0, false, null, XdpState.NONE);
    }

    private static Preflight preflight(XdpFeatures features, Link... links) {
        return new Preflight(FIT, LINKS, List.of(links), _ -> Optional.of(features));
    }

    @Test
    void a_vlan_device_is_refused_for_its_parent_unless_generic_mode_is_allowed() {
        Link vlan = detailed(3, "eth0.7", "vlan", 2, new Vlan(7, Vlan.PROTOCOL_8021Q));

        assertThat(check(FIT, "eth0.7", vlan)).singleElement().satisfies(finding -> {
            assertThat(finding.blocks()).isTrue();
            assertThat(finding)
                    .hasToString("eth0.7 is a VLAN device, and those have no native XDP; name its parent"
                            + " instead: the program sees the frames there, with their tags");
        });
        assertThat(preflight(FIT, vlan).check(new InterfaceSpec("eth0.7", GenericPolicy.ALLOW), 0, Optional.empty()))
                .noneMatch(Finding::blocks);
    }

    @Test
    void a_bond_is_fit_where_the_kernel_runs_xdp_on_it() {
        for (Bond.Mode mode :
                List.of(Bond.Mode.BALANCE_RR, Bond.Mode.ACTIVE_BACKUP, Bond.Mode.BALANCE_XOR, Bond.Mode.LACP)) {
            assertThat(check(FIT, "bond0", detailed(5, "bond0", "bond", 0, new Bond(mode, false, 0))))
                    .isEmpty();
        }
    }

    @Test
    void a_bond_that_the_kernel_runs_no_xdp_on_is_refused_for_its_ports() {
        Link alb = detailed(5, "bond0", "bond", 0, new Bond(Bond.Mode.BALANCE_ALB, false, 2));
        Link hashed = detailed(5, "bond0", "bond", 0, new Bond(Bond.Mode.LACP, true, 0));
        Link[] ports = {port(2, "eth0", 5), port(3, "eth1", 5)};

        assertThat(check(FIT, "bond0", alb, ports[0], ports[1]))
                .singleElement()
                .asString()
                .startsWith("bond0 is in mode balance-alb, for which the kernel has no XDP; use ")
                .endsWith("name its ports as interfaces instead: eth0, eth1");
        assertThat(check(FIT, "bond0", hashed))
                .singleElement()
                .asString()
                .startsWith("bond0 hashes by vlan+srcmac")
                .endsWith("it has none yet");
        assertThat(check(FIT, "eth0", alb, ports[0])).isEmpty();
    }

    @Test
    void a_port_of_a_bond_with_xdp_is_named_with_its_bond() {
        Link bond = detailed(5, "bond0", "bond", 0, new Bond(Bond.Mode.LACP, false, 0));

        assertThat(check(FIT, "eth0", bond, port(2, "eth0", 5)))
                .containsExactly(new Finding(
                        Finding.Check.BOND,
                        false,
                        "eth0 is a port of bond0: frames of its other ports are not seen",
                        "name bond0 as the interface instead"));
    }

    @Test
    void an_mtu_over_a_page_needs_frames_of_several_buffers_and_a_driver_that_has_them() {
        XdpFeatures basic = new XdpFeatures(0x07);
        XdpFeatures multiBuffer = new XdpFeatures(0x67);
        Link fits = withMtu(2, "eth0", Preflight.SINGLE_BUFFER_MTU);
        Link jumbo = withMtu(2, "eth0", 9000);
        List<InterfaceSpec> specs = List.of(nativeOnly("eth0"));

        assertThat(preflight(basic, fits).needsMultiBuffer(specs)).isFalse();
        assertThat(preflight(basic, jumbo).needsMultiBuffer(specs)).isTrue();
        assertThat(preflight(basic, jumbo).needsMultiBuffer(List.of(nativeOnly("eth1"))))
                .isFalse();
        assertThat(preflight(multiBuffer, jumbo).check(nativeOnly("eth0"), 0, Optional.empty()))
                .isEmpty();
        assertThat(preflight(FIT, jumbo).check(nativeOnly("eth0"), 0, Optional.empty()))
                .as("a kernel that does not say")
                .isEmpty();
        assertThat(preflight(basic, jumbo).check(nativeOnly("eth0"), 0, Optional.empty()))
                .singleElement()
                .satisfies(finding -> {
                    assertThat(finding.check()).isEqualTo(Finding.Check.MULTI_BUFFER);
                    assertThat(finding.blocks()).isTrue();
                    assertThat(finding.cure()).startsWith("`ip link set dev eth0 mtu 3498`");
                });
    }

    @Test
    void an_interface_that_takes_no_redirected_frames_is_named() {
        Link eth1 = withMtu(3, "eth1", 1500);

        assertThat(preflight(new XdpFeatures(0x07), eth1).checkEgress(eth1, false))
                .isEmpty();
        assertThat(preflight(new XdpFeatures(0x03), eth1).checkEgress(eth1, false))
                .hasValueSatisfying(finding -> assertThat(finding.cause())
                        .startsWith("eth1 sends no frames for XDP programs on other interfaces"));
        assertThat(preflight(new XdpFeatures(0x27), eth1).checkEgress(eth1, true))
                .hasValueSatisfying(
                        finding -> assertThat(finding.cause()).startsWith("eth1 sends no frames of several buffers"));
        assertThat(preflight(FIT, eth1).checkEgress(eth1, true))
                .as("a kernel that does not say")
                .isEmpty();
    }

    @Test
    void tags_that_a_driver_takes_out_and_cannot_be_kept_from_are_told() {
        Link eth0 = withMtu(2, "eth0", 1500);
        Link vlan = detailed(3, "eth0.7", "vlan", 2, new Vlan(7, Vlan.PROTOCOL_8021Q));
        Optional<Ethtool.Feature> fixed = Optional.of(new Ethtool.Feature(true, false));

        assertThat(preflight(FIT, eth0).checkStrippedTags(eth0, fixed)).isEmpty();
        assertThat(preflight(FIT, eth0, vlan).checkStrippedTags(eth0, Optional.of(new Ethtool.Feature(false, true))))
                .isEmpty();
        assertThat(preflight(FIT, eth0, vlan).checkStrippedTags(eth0, fixed))
                .hasValueSatisfying(finding -> assertThat(finding.cure()).contains("`ethtool -K eth0 rxvlan off`"));
    }

    @Test
    void a_port_carries_the_vlans_of_its_bond() {
        Link bond = detailed(5, "bond0", "bond", 0, new Bond(Bond.Mode.LACP, false, 0));
        Link port = port(2, "eth0", 5);
        Link vlan = detailed(6, "bond0.7", "vlan", 5, new Vlan(7, Vlan.PROTOCOL_8021Q));

        assertThat(preflight(FIT, bond, port, vlan).carriesVlans(port)).isTrue();
        assertThat(preflight(FIT, bond, port).carriesVlans(port)).isFalse();
        assertThat(preflight(FIT, vlan, withMtu(9, "eth9", 1500)).carriesVlans(withMtu(9, "eth9", 1500)))
                .isFalse();
    }
}
