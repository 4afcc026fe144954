package dev.ballast.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.bpf.TestNamespace;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Drivers of this kernel, beside what the command {@code ethtool} says of them. */
class EthtoolKernelTest {
    @AutoClose
    private TestNamespace namespace;

    @AutoClose
    private Netlink netlink;

    @BeforeEach
    void open() {
        namespace = new TestNamespace();
        namespace.shell("ip link add left type veth peer name right && ip link add bridge type bridge");
        netlink = namespace.call(Netlink::open);
    }

    @Test
    void a_feature_is_switched_and_read_back() {
        Ethtool ethtool = netlink.ethtool();
        assertThat(ethtool.feature("left", Ethtool.RX_VLAN_STRIPPING)).hasValue(new Ethtool.Feature(true, true));

        ethtool.setFeature("left", Ethtool.RX_VLAN_STRIPPING, false);
        assertThat(ethtool.feature("left", Ethtool.RX_VLAN_STRIPPING)).hasValue(new Ethtool.Feature(false, true));
        assertThat(namespace.shell("ethtool -k left")).contains("rx-vlan-offload: off");

        ethtool.setFeature("left", Ethtool.RX_VLAN_STRIPPING, true);
        assertThat(namespace.shell("ethtool -k left")).contains("rx-vlan-offload: on");
    }

    @Test
    void a_feature_that_a_driver_keeps_as_it_is_says_so() {
        assertThat(netlink.ethtool().feature("left", "vlan-challenged")).hasValue(new Ethtool.Feature(false, false));
        assertThatThrownBy(() -> netlink.ethtool().setFeature("left", "vlan-challenged", true))
                .isInstanceOf(NetlinkException.class)
                .hasMessageContaining("vlan-challenged of left")
                .hasMessageContaining("ethtool -k left");
    }

    @Test
    void a_feature_that_no_kernel_has_is_absent() {
        assertThat(netlink.ethtool().feature("left", "teleportation")).isEmpty();
        assertThatThrownBy(() -> netlink.ethtool().setFeature("left", "teleportation", true))
                .hasMessageContaining("no such feature");
    }

    @Test
    void an_interface_that_is_not_there_is_named() {
        assertThatThrownBy(() -> netlink.ethtool().feature("nowhere", Ethtool.RX_VLAN_STRIPPING))
                .isInstanceOf(NetlinkException.class)
                .hasMessageContaining("of nowhere: ENODEV");
        assertThat(netlink.ethtool().statistics("nowhere")).isEmpty();
    }

    @Test
    void statistics_are_those_of_the_driver_and_none_of_a_device_without() {
        assertThat(netlink.ethtool().statistics("left"))
                .containsEntry("peer_ifindex", (long)
                        netlink.link("right").orElseThrow().index())
                .containsEntry("rx_queue_0_xdp_packets", 0L);
        assertThat(netlink.ethtool().statistics("bridge")).isEmpty();
    }

    @Test
    void the_kernel_says_what_a_driver_can_do_with_xdp() {
        XdpFeatures veth =
                netlink.xdpFeatures(netlink.link("left").orElseThrow().index()).orElseThrow();

        assertThat(veth.nativeMode()).isTrue();
        assertThat(veth.redirects()).isTrue();
        assertThat(veth.multiBuffer()).isTrue();
        assertThat(veth.transmits()).as("without a program on the peer").isFalse();
        assertThat(netlink.xdpFeatures(netlink.link("bridge").orElseThrow().index()))
                .hasValueSatisfying(bridge -> assertThat(bridge.nativeMode()).isFalse());
        assertThat(netlink.xdpFeatures(4711)).isEmpty();
    }
}
