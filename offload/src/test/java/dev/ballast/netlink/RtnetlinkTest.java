package dev.ballast.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages to records, over what a kernel sent; requests to bytes, over their layout in linux/rtnetlink.h. */
class RtnetlinkTest {
    private static InetAddress ip(String literal) {
        return InetAddress.ofLiteral(literal);
    }

    private static Link onlyLink(String fixture) {
        List<Message> answers = Fixture.answers(fixture);
        assertThat(answers).hasSize(1);
        return Rtnetlink.link(answers.getFirst());
    }

    private static Route onlyRoute(String fixture, InetAddress destination) {
        List<Message> answers = Fixture.answers(fixture);
        assertThat(answers).hasSize(1);
        return Rtnetlink.route(answers.getFirst(), destination);
    }

    @Test
    void a_veth_names_its_peer_and_the_program_on_it() {
        Link link = onlyLink("link-veth-with-xdp");

        assertThat(link.name()).isEqualTo("left");
        assertThat(link.mac()).isEqualTo(MacAddress.parse("02:00:00:00:00:01"));
        assertThat(link.mtu()).isEqualTo(1600);
        assertThat(link.kind()).isEqualTo("veth");
        assertThat(link.lowerIndex()).isEqualTo(onlyLink("link-veth-in-bridge").index());
        assertThat(link.xdp().mode()).isEqualTo(XdpState.Mode.NATIVE);
        assertThat(link.xdp().programId()).isPositive();
    }

    @Test
    void a_port_names_its_bridge() {
        Link bridge = Fixture.answers("links-all").stream()
                .map(Rtnetlink::link)
                .filter(link -> link.name().equals("bridge"))
                .findFirst()
                .orElseThrow();

        assertThat(onlyLink("link-veth-in-bridge").masterIndex()).isEqualTo(bridge.index());
    }

    @Test
    void a_link_without_ethernet_has_no_ethernet_address() {
        assertThat(onlyLink("link-tun-without-ethernet").mac()).isNull();
    }

    @Test
    void a_vlan_device_names_its_tag_and_its_parent() {
        assertThat(onlyLink("link-vlan"))
                .isEqualTo(new Link(
                        5,
                        "left.7",
                        MacAddress.parse("02:00:00:00:00:07"),
                        1400,
                        true,
                        true,
                        OperState.UP,
                        "vlan",
                        0,
                        3,
                        false,
                        new Vlan(7, Vlan.PROTOCOL_8021Q),
                        XdpState.NONE));
    }

    @Test
    void a_bond_names_its_mode_and_the_port_that_sends() {
        Link bond = onlyLink("link-bond-active-backup");
        Link port = onlyLink("link-bond-port");

        assertThat(bond.kind()).isEqualTo("bond");
        assertThat(bond.bond()).isEqualTo(new Bond(Bond.Mode.ACTIVE_BACKUP, false, port.index()));
        assertThat(bond.bond().hasXdp()).isTrue();
        assertThat(port.masterIndex()).isEqualTo(bond.index());
        assertThat(port.bond()).isNull();
        assertThat(onlyLink("link-vlan-on-bond").lowerIndex()).isEqualTo(bond.index());
        assertThat(onlyLink("link-vlan-on-bond").vlan()).isEqualTo(new Vlan(7, Vlan.PROTOCOL_8021Q));
    }

    @Test
    void a_bond_that_the_kernel_has_no_xdp_for_is_known_by_its_mode_or_its_hash() {
        Bond hashed = onlyLink("link-bond-vlan-srcmac").bond();
        Bond balanced = onlyLink("link-bond-balance-tlb").bond();

        assertThat(hashed).isEqualTo(new Bond(Bond.Mode.LACP, true, 0));
        assertThat(hashed.hasXdp()).isFalse();
        assertThat(balanced).isEqualTo(new Bond(Bond.Mode.BALANCE_TLB, false, 0));
        assertThat(balanced.hasXdp()).isFalse();
        assertThat(Bond.Mode.of(99)).isEqualTo(Bond.Mode.UNKNOWN);
    }

    @Test
    void a_dump_of_links_lists_each() {
        assertThat(Fixture.answers("links-all"))
                .extracting(message -> Rtnetlink.link(message).name())
                .containsExactly("lo", "right", "left", "bridge", "tunnel");
    }

    @Test
    void an_address_whose_duplicate_detection_runs_is_tentative() {
        List<Address> addresses = Fixture.answers("addresses-all").stream()
                .map(Rtnetlink::address)
                .toList();
        int left = onlyLink("link-veth-with-xdp").index();

        assertThat(addresses)
                .contains(
                        new Address(left, ip("192.0.2.1"), 24, false),
                        new Address(left, ip("2001:db8::1"), 64, false),
                        new Address(left, ip("2001:db8::2"), 64, true));
    }

    @Test
    void a_route_names_gateway_link_source_and_mtu() {
        int left = onlyLink("link-veth-with-xdp").index();

        assertThat(onlyRoute("route-ipv4-gateway-mtu", ip("203.0.113.7")))
                .isEqualTo(new Route(
                        ip("203.0.113.7"), RouteType.UNICAST, ip("192.0.2.254"), left, ip("192.0.2.1"), 1380));
        assertThat(onlyRoute("route-ipv6-gateway", ip("2001:db8:9::1")).gateway())
                .isEqualTo(ip("2001:db8::fe"));
    }

    @Test
    void a_gateway_of_the_other_family_is_read_too() {
        assertThat(onlyRoute("route-ipv4-via-ipv6", ip("198.51.100.7")).gateway())
                .isEqualTo(ip("2001:db8::fe"));
    }

    @Test
    void neighbours_carry_address_state_and_whether_they_are_kept() {
        int left = onlyLink("link-veth-with-xdp").index();
        MacAddress nine = MacAddress.parse("02:00:00:00:00:09");

        assertThat(Fixture.answers("neighbours-all").stream().map(Rtnetlink::neighbour))
                .contains(
                        new Neighbour(left, ip("192.0.2.9"), nine, NeighbourState.PERMANENT, false),
                        new Neighbour(left, ip("2001:db8::9"), nine, NeighbourState.PERMANENT, false),
                        new Neighbour(left, ip("192.0.2.10"), null, NeighbourState.INCOMPLETE, true));
    }

    @Test
    void an_absent_link_is_an_error_with_its_number() {
        assertThat(Fixture.messages("link-absent").getLast().ack().errno()).isEqualTo(Errno.ENODEV);
    }

    @Test
    void the_words_of_the_extended_ack_are_read() {
        Message.Ack ack = Fixture.messages("neighbour-on-absent-link").getLast().ack();

        assertThat(ack.errno()).isEqualTo(Errno.ENODEV);
        assertThat(ack.text()).isEqualTo("Unknown device ifindex");
    }

    @Test
    void what_the_bridge_family_says_of_its_ports_is_no_event() {
        byte[] portMessage = Fixture.datagrams("link-veth-in-bridge").getFirst();
        portMessage[Message.HEADER_BYTES] = 7; // AF_BRIDGE

        assertThat(Rtnetlink.event(
                        Message.parseAll(ByteBuffer.wrap(portMessage)).getFirst()))
                .isNull();
    }

    private static Rtnetlink.RouteWays ways(String fixture) {
        return Rtnetlink.routeWays(Fixture.messages(fixture).getFirst());
    }

    private static RoutePath path(String gateway, int weight) {
        return new RoutePath(ip(gateway), 3, weight, false);
    }

    @Test
    void a_route_of_several_paths_names_each_with_its_weight() {
        assertThat(ways("route-ipv4-multipath").paths())
                .containsExactly(path("192.0.2.253", 1), path("2001:db8::fe", 3));
        assertThat(ways("route-ipv6-multipath").paths())
                .containsExactlyInAnyOrder(path("2001:db8::fd", 2), path("2001:db8::fe", 5));
    }

    @Test
    void a_path_whose_link_is_down_or_without_carrier_is_dead() {
        byte[] datagram = Fixture.datagrams("route-ipv4-multipath").getFirst();
        String path = HexFormat.of().formatHex(new byte[] {0x10, 0, 0, 0, 3, 0, 0, 0}); // struct rtnexthop of the first
        int flags = HexFormat.of().formatHex(datagram).indexOf(path) / 2 + 2;
        for (int dead : new int[] {1, 16}) {
            datagram[flags] = (byte) dead;
            assertThat(Rtnetlink.routeWays(
                                    Message.parseAll(ByteBuffer.wrap(datagram)).getFirst())
                            .paths())
                    .extracting(RoutePath::dead)
                    .containsExactly(true, false);
        }
    }

    @Test
    void a_path_that_claims_another_length_than_there_is_is_refused() {
        byte[] datagram = Fixture.datagrams("route-ipv4-multipath").getFirst();
        int length = HexFormat.of().formatHex(datagram).indexOf("1000000003000000") / 2;
        for (int claimed : new int[] {0, 7, 200}) {
            datagram[length] = (byte) claimed;
            Message message = Message.parseAll(ByteBuffer.wrap(datagram)).getFirst();
            assertThatThrownBy(() -> Rtnetlink.routeWays(message)).isInstanceOf(MalformedMessageException.class);
        }
    }

    @Test
    void next_hop_objects_lead_to_paths_and_groups_to_objects() {
        assertThat(ways("route-ipv4-nexthop-id")).isEqualTo(new Rtnetlink.RouteWays(List.of(), 10));

        Rtnetlink.NextHopObject group =
                Rtnetlink.nextHopObject(Fixture.messages("nexthop-group").getFirst());
        assertThat(group.path()).isNull();
        assertThat(group.members()).containsExactly(Map.entry(1, 1), Map.entry(2, 200));
        Rtnetlink.NextHopObject gateway =
                Rtnetlink.nextHopObject(Fixture.messages("nexthop-gateway").getFirst());
        assertThat(gateway.path()).isEqualTo(path("192.0.2.254", 1));
        assertThat(Rtnetlink.event(Fixture.messages("nexthop-group").getFirst()))
                .isEqualTo(new NetlinkEvent.PathsChanged(10));
    }

    @Test
    void a_deleted_link_is_another_event_than_a_set_one() {
        byte[] message = Fixture.datagrams("link-vlan").getFirst();

        assertThat(Rtnetlink.event(Message.parseAll(ByteBuffer.wrap(message)).getFirst()))
                .isInstanceOf(NetlinkEvent.LinkSet.class);
        message[4] = Rtnetlink.DELLINK;
        assertThat(Rtnetlink.event(Message.parseAll(ByteBuffer.wrap(message)).getFirst()))
                .isInstanceOf(NetlinkEvent.LinkRemoved.class);
    }

    @Test
    void a_request_for_a_route_has_the_layout_of_rtmsg() {
        assertThat(HexFormat.of().formatHex(Rtnetlink.routeTo(ip("192.0.2.9")).build(7)))
                .isEqualTo("24000000" + "1a00" + "0500" + "07000000" + "00000000" // nlmsghdr: request, ack
                        + "02200000" + "00000000" + "00000000" // AF_INET, /32
                        + "0800" + "0100" + "c0000209"); // RTA_DST
    }

    @Test
    void a_request_to_keep_a_neighbour_has_the_layout_of_ndmsg() {
        NeighbourKey key = new NeighbourKey(3, ip("192.0.2.9"));

        assertThat(HexFormat.of().formatHex(Rtnetlink.manageNeighbour(key).build(1)))
                .isEqualTo("34000000" + "1c00" + "0504" + "01000000" + "00000000" // request, ack, create
                        + "02000000" + "03000000" + "00000000" // AF_INET, interface 3, no state
                        + "0800" + "0100" + "c0000209" // NDA_DST
                        + "0500" + "0c00" + "b1000000" // NDA_PROTOCOL
                        + "0800" + "0f00" + "01000000"); // NDA_FLAGS_EXT: NTF_EXT_MANAGED
    }

    @ParameterizedTest
    @ValueSource(strings = {"left", "fifteen-letters", "sixteen-letters-", "uplink-to-the-first-switch"})
    void a_name_too_long_for_an_interface_is_looked_up_as_an_alternative_name(String name) {
        ByteBuffer request =
                ByteBuffer.wrap(Rtnetlink.linkByName(name).build(1)).order(ByteOrder.nativeOrder());

        assertThat(request.getShort(Message.HEADER_BYTES + 16 + 2)).isEqualTo((short) (name.length() <= 15 ? 3 : 53));
    }
}
