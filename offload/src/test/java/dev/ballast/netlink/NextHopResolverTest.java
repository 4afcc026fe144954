package dev.ballast.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The join of route, link and neighbour, over tables. */
class NextHopResolverTest {
    private static final InetAddress BACKEND = InetAddress.ofLiteral("10.0.1.11");
    private static final InetAddress GATEWAY = InetAddress.ofLiteral("192.0.2.254");
    private static final InetAddress SOURCE = InetAddress.ofLiteral("192.0.2.1");
    private static final MacAddress OURS = MacAddress.parse("02:00:00:00:00:01");
    private static final MacAddress THEIRS = MacAddress.parse("02:00:00:00:00:09");
    private static final int ETH0 = 3;
    private static final int VLAN7 = 5;

    private final Network network = new Network();
    private final NextHopResolver resolver = new NextHopResolver(network);

    /** What the kernel would say. */
    private static final class Network implements NetworkView {
        final Map<InetAddress, Route> routes = new HashMap<>();
        final Map<Integer, Route> routesBy = new HashMap<>();
        final Map<Integer, Link> links = new HashMap<>();
        final Map<NeighbourKey, Neighbour> neighbours = new HashMap<>();

        @Override
        public Optional<Route> route(InetAddress destination) {
            return Optional.ofNullable(routes.get(destination));
        }

        @Override
        public Optional<Route> route(InetAddress destination, int outInterface) {
            return Optional.ofNullable(routesBy.get(outInterface));
        }

        @Override
        public Optional<Link> link(int index) {
            return Optional.ofNullable(links.get(index));
        }

        @Override
        public Optional<Neighbour> neighbour(NeighbourKey key) {
            return Optional.ofNullable(neighbours.get(key));
        }

        void route(RouteType type, InetAddress gateway, int outInterface, int mtu) {
            routes.put(BACKEND, new Route(BACKEND, type, gateway, outInterface, SOURCE, mtu));
        }

        void paths(RoutePath... paths) {
            routes.put(BACKEND, new Route(BACKEND, RouteType.UNICAST, null, ETH0, SOURCE, 0, List.of(paths)));
        }

        void bond(Bond bond) {
            links.put(
                    ETH0,
                    new Link(
                            ETH0,
                            "bond0",
                            OURS,
                            1600,
                            true,
                            true,
                            OperState.UP,
                            "bond",
                            0,
                            0,
                            false,
                            bond,
                            XdpState.NONE));
        }

        void ethernet(int index, String name, boolean up, boolean carrier) {
            links.put(
                    index,
                    new Link(index, name, OURS, 1600, up, carrier, OperState.UP, "", 0, 0, false, null, XdpState.NONE));
        }

        void vlan(Vlan vlan, int mtu) {
            links.put(
                    VLAN7,
                    new Link(
                            VLAN7,
                            "eth0.7",
                            OURS,
                            mtu,
                            true,
                            true,
                            OperState.UP,
                            "vlan",
                            0,
                            ETH0,
                            false,
                            vlan,
                            XdpState.NONE));
        }

        void neighbour(int link, InetAddress address, MacAddress mac, NeighbourState state) {
            NeighbourKey key = new NeighbourKey(link, address);
            neighbours.put(key, new Neighbour(link, address, mac, state, false));
        }
    }

    private NoNextHop refusal() {
        return (NoNextHop) resolver.resolve(BACKEND);
    }

    @Test
    void a_backend_on_link_is_its_own_next_hop() {
        network.route(RouteType.UNICAST, null, ETH0, 0);
        network.ethernet(ETH0, "eth0", true, true);
        network.neighbour(ETH0, BACKEND, THEIRS, NeighbourState.REACHABLE);

        assertThat(resolver.resolve(BACKEND))
                .isEqualTo(new NextHop(ETH0, THEIRS, OURS, 0, 1600, SOURCE, new NeighbourKey(ETH0, BACKEND)));
    }

    @Test
    void a_backend_behind_a_router_takes_the_routers_address_and_the_routes_mtu() {
        network.route(RouteType.UNICAST, GATEWAY, ETH0, 1380);
        network.ethernet(ETH0, "eth0", true, true);
        network.neighbour(ETH0, GATEWAY, THEIRS, NeighbourState.STALE);

        assertThat(resolver.resolve(BACKEND))
                .isEqualTo(new NextHop(ETH0, THEIRS, OURS, 0, 1380, SOURCE, new NeighbourKey(ETH0, GATEWAY)));
    }

    @Test
    void a_backend_behind_a_vlan_device_leaves_by_the_parent_with_a_tag() {
        network.route(RouteType.UNICAST, GATEWAY, VLAN7, 0);
        network.ethernet(ETH0, "eth0", true, true);
        network.vlan(new Vlan(7, Vlan.PROTOCOL_8021Q), 1500);
        network.neighbour(VLAN7, GATEWAY, THEIRS, NeighbourState.REACHABLE);

        assertThat(resolver.resolve(BACKEND))
                .isEqualTo(new NextHop(ETH0, THEIRS, OURS, 7, 1500, SOURCE, new NeighbourKey(VLAN7, GATEWAY)));
    }

    @Test
    void a_vlan_whose_parent_is_down_is_down() {
        network.route(RouteType.UNICAST, GATEWAY, VLAN7, 0);
        network.ethernet(ETH0, "eth0", false, false);
        network.vlan(new Vlan(7, Vlan.PROTOCOL_8021Q), 1500);

        assertThat(refusal().reason()).isEqualTo(NoNextHop.Reason.INTERFACE_DOWN);
        assertThat(refusal().words())
                .isEqualTo("no next hop to 10.0.1.11: interface eth0 is set down; `ip link set eth0 up`");
    }

    @Test
    void an_8021ad_tag_is_more_than_the_datapath_writes() {
        network.route(RouteType.UNICAST, GATEWAY, VLAN7, 0);
        network.ethernet(ETH0, "eth0", true, true);
        network.vlan(new Vlan(7, 0x88a8), 1500);

        assertThat(refusal().reason()).isEqualTo(NoNextHop.Reason.VLAN_STACKED);
    }

    @Test
    void a_backend_without_a_route_says_so() {
        assertThat(refusal().reason()).isEqualTo(NoNextHop.Reason.NO_ROUTE);
        assertThat(refusal().words())
                .isEqualTo("no next hop to 10.0.1.11: no route leads there; add one, or a default route");
    }

    @Test
    void a_backend_that_is_this_machine_says_so() {
        network.route(RouteType.LOCAL, null, 1, 0);

        assertThat(refusal().reason()).isEqualTo(NoNextHop.Reason.LOCAL);
        assertThat(refusal().words()).contains("the backend is this machine");
    }

    @ParameterizedTest
    @EnumSource(
            value = RouteType.class,
            names = {"BLACKHOLE", "UNREACHABLE", "PROHIBIT"})
    void a_route_that_refuses_is_named(RouteType type) {
        network.route(type, null, 0, 0);

        assertThat(refusal().reason()).isEqualTo(NoNextHop.Reason.REFUSED_BY_ROUTE);
        assertThat(refusal().words())
                .contains(type.name().toLowerCase(Locale.ROOT))
                .contains("`ip route get 10.0.1.11`");
    }

    @ParameterizedTest
    @EnumSource(
            value = RouteType.class,
            names = {"UNSPECIFIED", "BROADCAST", "ANYCAST", "MULTICAST", "THROW"})
    void a_route_to_many_is_no_way_to_a_backend(RouteType type) {
        network.route(type, null, ETH0, 0);

        assertThat(refusal().reason()).isEqualTo(NoNextHop.Reason.NOT_UNICAST);
    }

    @Test
    void an_interface_that_vanished_between_two_questions_is_named() {
        network.route(RouteType.UNICAST, null, ETH0, 0);

        assertThat(refusal().reason()).isEqualTo(NoNextHop.Reason.INTERFACE_GONE);
    }

    @Test
    void an_interface_without_carrier_is_down() {
        network.route(RouteType.UNICAST, null, ETH0, 0);
        network.ethernet(ETH0, "eth0", true, false);

        assertThat(refusal().reason()).isEqualTo(NoNextHop.Reason.INTERFACE_DOWN);
        assertThat(refusal().words()).contains("eth0 has no carrier");
    }

    @Test
    void an_interface_without_ethernet_is_no_way_out() {
        network.route(RouteType.UNICAST, null, ETH0, 0);
        network.links.put(
                ETH0,
                new Link(
                        ETH0,
                        "tun0",
                        null,
                        1500,
                        true,
                        true,
                        OperState.UNKNOWN,
                        "tun",
                        0,
                        0,
                        false,
                        null,
                        XdpState.NONE));

        assertThat(refusal().reason()).isEqualTo(NoNextHop.Reason.NOT_ETHERNET);
    }

    @Test
    void a_neighbour_that_nobody_asked_for_is_to_be_asked_for() {
        network.route(RouteType.UNICAST, GATEWAY, ETH0, 0);
        network.ethernet(ETH0, "eth0", true, true);

        assertThat(refusal().reason()).isEqualTo(NoNextHop.Reason.NEIGHBOUR_UNRESOLVED);
        assertThat(refusal().awaited()).isEqualTo(new NeighbourKey(ETH0, GATEWAY));
        assertThat(refusal().words()).contains("its gateway 192.0.2.254 on eth0");
    }

    @ParameterizedTest
    @EnumSource(NeighbourState.class)
    void only_a_usable_neighbour_gives_a_next_hop(NeighbourState state) {
        network.route(RouteType.UNICAST, null, ETH0, 0);
        network.ethernet(ETH0, "eth0", true, true);
        network.neighbour(ETH0, BACKEND, THEIRS, state);

        NextHopAnswer answer = resolver.resolve(BACKEND);

        switch (state) {
            case REACHABLE, STALE, DELAY, PROBE, NO_ARP, PERMANENT ->
                assertThat(answer).isInstanceOf(NextHop.class);
            case NONE, INCOMPLETE ->
                assertThat(((NoNextHop) answer).reason()).isEqualTo(NoNextHop.Reason.NEIGHBOUR_UNRESOLVED);
            case FAILED -> assertThat(((NoNextHop) answer).reason()).isEqualTo(NoNextHop.Reason.NEIGHBOUR_FAILED);
        }
    }

    private static RoutePath path(InetAddress gateway, int link, boolean dead) {
        return new RoutePath(gateway, link, 1, dead);
    }

    @Test
    void of_several_paths_the_dead_and_the_unresolved_are_left_out_and_all_are_kept_resolved() {
        InetAddress second = InetAddress.ofLiteral("192.0.2.253");
        InetAddress third = InetAddress.ofLiteral("192.0.2.252");
        network.paths(path(GATEWAY, ETH0, true), path(second, ETH0, false), path(third, ETH0, false));
        network.ethernet(ETH0, "eth0", true, true);
        network.neighbour(ETH0, GATEWAY, THEIRS, NeighbourState.REACHABLE);
        network.neighbour(ETH0, second, THEIRS, NeighbourState.FAILED);
        network.neighbour(ETH0, third, THEIRS, NeighbourState.STALE);

        NextHop hop = (NextHop) resolver.resolve(BACKEND);

        assertThat(hop.neighbour()).isEqualTo(new NeighbourKey(ETH0, third));
        assertThat(hop.neighbours())
                .containsExactlyInAnyOrder(new NeighbourKey(ETH0, second), new NeighbourKey(ETH0, third));
    }

    @Test
    void a_path_by_another_link_has_the_source_and_mtu_that_the_kernel_has_there() {
        InetAddress other = InetAddress.ofLiteral("198.51.100.2");
        network.paths(path(GATEWAY, ETH0, true), path(other, 4, false));
        network.routesBy.put(
                4, new Route(BACKEND, RouteType.UNICAST, null, 4, InetAddress.ofLiteral("198.51.100.1"), 1400));
        network.ethernet(ETH0, "eth0", true, true);
        network.ethernet(4, "eth1", true, true);
        network.neighbour(4, other, THEIRS, NeighbourState.REACHABLE);

        NextHop hop = (NextHop) resolver.resolve(BACKEND);

        assertThat(hop.ifindex()).isEqualTo(4);
        assertThat(hop.preferredSource()).isEqualTo(InetAddress.ofLiteral("198.51.100.1"));
        assertThat(hop.mtu()).isEqualTo(1400);
    }

    @Test
    void while_no_path_is_resolved_all_are_awaited() {
        InetAddress second = InetAddress.ofLiteral("192.0.2.253");
        network.paths(path(GATEWAY, ETH0, false), path(second, ETH0, false));
        network.ethernet(ETH0, "eth0", true, true);

        assertThat(refusal().reason()).isEqualTo(NoNextHop.Reason.NEIGHBOUR_UNRESOLVED);
        assertThat(refusal().neighbours())
                .containsExactlyInAnyOrder(new NeighbourKey(ETH0, GATEWAY), new NeighbourKey(ETH0, second));
    }

    @Test
    void while_every_path_is_dead_its_link_says_why() {
        network.paths(path(GATEWAY, ETH0, true), path(null, ETH0, true));
        network.ethernet(ETH0, "eth0", true, false);

        assertThat(refusal().reason()).isEqualTo(NoNextHop.Reason.INTERFACE_DOWN);
    }

    @Test
    void a_bond_sends_by_itself_where_the_kernel_has_xdp_for_it() {
        network.route(RouteType.UNICAST, GATEWAY, ETH0, 0);
        network.bond(new Bond(Bond.Mode.LACP, false, 0));
        network.neighbour(ETH0, GATEWAY, THEIRS, NeighbourState.REACHABLE);

        assertThat(((NextHop) resolver.resolve(BACKEND)).ifindex()).isEqualTo(ETH0);
    }

    @Test
    void a_bond_without_xdp_sends_by_the_port_that_sends_alone_or_not_at_all() {
        network.route(RouteType.UNICAST, GATEWAY, ETH0, 0);
        network.bond(new Bond(Bond.Mode.BALANCE_TLB, false, 9));
        network.ethernet(9, "eth9", true, true);
        network.neighbour(ETH0, GATEWAY, THEIRS, NeighbourState.REACHABLE);
        NextHop hop = (NextHop) resolver.resolve(BACKEND);
        assertThat(hop.ifindex()).isEqualTo(9);
        assertThat(hop.neighbour()).isEqualTo(new NeighbourKey(ETH0, GATEWAY));

        network.bond(new Bond(Bond.Mode.BROADCAST, false, 0));
        assertThat(refusal().reason()).isEqualTo(NoNextHop.Reason.BOND_MODE);
        assertThat(refusal().words()).contains("bond0 is in mode broadcast, for which the kernel has no XDP; use ");
    }

    @Test
    void a_vlan_on_a_bond_leaves_by_the_bond_with_a_tag() {
        network.route(RouteType.UNICAST, GATEWAY, VLAN7, 0);
        network.bond(new Bond(Bond.Mode.ACTIVE_BACKUP, false, 9));
        network.vlan(new Vlan(7, Vlan.PROTOCOL_8021Q), 1500);
        network.neighbour(VLAN7, GATEWAY, THEIRS, NeighbourState.REACHABLE);

        NextHop hop = (NextHop) resolver.resolve(BACKEND);
        assertThat(hop.ifindex()).isEqualTo(ETH0);
        assertThat(hop.vlanTag()).isEqualTo(7);
    }

    @Test
    void a_vlan_on_a_vlan_is_refused_with_the_reason() {
        network.route(RouteType.UNICAST, GATEWAY, VLAN7, 0);
        network.vlan(new Vlan(7, Vlan.PROTOCOL_8021Q), 1500);
        network.links.put(
                ETH0,
                new Link(
                        ETH0,
                        "eth0.9",
                        OURS,
                        1500,
                        true,
                        true,
                        OperState.UP,
                        "vlan",
                        0,
                        2,
                        false,
                        new Vlan(9, Vlan.PROTOCOL_8021Q),
                        XdpState.NONE));

        assertThat(refusal().reason()).isEqualTo(NoNextHop.Reason.VLAN_STACKED);
        assertThat(refusal().words()).contains("eth0.7 needs more than one 802.1Q tag");
    }
}
