package dev.ballast.attach;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.netlink.Link;
import dev.ballast.netlink.OperState;
import dev.ballast.netlink.XdpState;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
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

    private static List<Finding> check(HostFacts host, String name, Link... links) {
        return new Preflight(host, LINKS, List.of(links)).check(name, 0, Optional.empty());
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

        List<Finding> findings = new Preflight(FIT, LINKS, List.of(link))
                .check("eth0", 0, Optional.of(Path.of("/sys/fs/bpf/ballast/blue/links")));

        assertThat(findings).hasSize(1);
        assertThat(findings.getFirst().cure())
                .isEqualTo("it belongs to the instance pinned in /sys/fs/bpf/ballast/blue/links; one instance per"
                        + " interface: run teardown there first, or choose another interface");
    }

    @Test
    void our_own_program_is_not_foreign() {
        Link link = link(2, "eth0", true, new XdpState(XdpState.Mode.NATIVE, 17));

        assertThat(new Preflight(FIT, LINKS, List.of(link)).check("eth0", 17, Optional.empty()))
                .isEmpty();
    }

    @Test
    void a_veth_whose_peer_runs_no_program_loses_what_is_sent_back() {
        Link left = veth(2, "left", 3, false, XdpState.NONE);
        Link bare = veth(3, "right", 2, false, XdpState.NONE);
        Link fit = veth(3, "right", 2, false, new XdpState(XdpState.Mode.NATIVE, 5));
        Link away = veth(2, "left", 3, true, XdpState.NONE);

        assertThat(new Preflight(FIT, LINKS, List.of(left, bare)).checkVethPeer(left))
                .hasValueSatisfying(finding -> assertThat(finding.cause())
                        .isEqualTo(
                                "veth right, the peer of left, carries no XDP program: frames that are sent back out of"
                                        + " left vanish"));
        assertThat(new Preflight(FIT, LINKS, List.of(left, fit)).checkVethPeer(left))
                .isEmpty();
        assertThat(new Preflight(FIT, LINKS, List.of(away)).checkVethPeer(away))
                .hasValueSatisfying(finding -> assertThat(finding.cause()).contains("in another network namespace"));
    }
}
