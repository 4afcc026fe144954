package dev.ballast.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.bpf.TestNamespace;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Next hops from the tables of the running kernel. */
class NextHopKernelTest {
    private static final MacAddress THEIRS = MacAddress.parse("02:00:00:00:00:fe");

    @AutoClose
    private TestNamespace namespace;

    @AutoClose
    private Netlink netlink;

    private NextHopResolver resolver;

    @BeforeEach
    void open() {
        namespace = new TestNamespace();
        namespace.shell("""
                ip link add left address 02:00:00:00:00:01 mtu 1600 type veth peer name right
                ip link set left up
                ip link set right up
                ip address add 192.0.2.1/24 dev left
                ip address add 2001:db8::1/64 dev left
                ip neighbour add 192.0.2.254 lladdr 02:00:00:00:00:fe dev left nud permanent
                ip neighbour add 2001:db8::fe lladdr 02:00:00:00:00:fe dev left nud permanent
                """);
        netlink = namespace.call(Netlink::open);
        resolver = new NextHopResolver(netlink);
    }

    private static InetAddress ip(String literal) {
        return InetAddress.ofLiteral(literal);
    }

    private NextHop hop(String backend) {
        return (NextHop) resolver.resolve(ip(backend));
    }

    private NoNextHop.Reason reason(String backend) {
        return ((NoNextHop) resolver.resolve(ip(backend))).reason();
    }

    @Test
    void a_backend_on_link_and_one_behind_a_router_leave_by_the_same_neighbour() {
        namespace.shell("ip route add 203.0.113.0/24 via 192.0.2.254 mtu 1380");
        int left = netlink.link("left").orElseThrow().index();
        MacAddress ours = MacAddress.parse("02:00:00:00:00:01");
        NeighbourKey router = new NeighbourKey(left, ip("192.0.2.254"));

        assertThat(hop("192.0.2.254")).isEqualTo(new NextHop(left, THEIRS, ours, 0, 1600, ip("192.0.2.1"), router));
        assertThat(hop("203.0.113.7")).isEqualTo(new NextHop(left, THEIRS, ours, 0, 1380, ip("192.0.2.1"), router));
    }

    @Test
    void an_ipv6_backend_has_a_next_hop_too() {
        namespace.shell("ip route add 2001:db8:9::/48 via 2001:db8::fe");

        assertThat(hop("2001:db8:9::1").destinationMac()).isEqualTo(THEIRS);
        assertThat(hop("2001:db8:9::1").preferredSource()).isEqualTo(ip("2001:db8::1"));
    }

    @Test
    void an_ipv4_backend_may_be_behind_an_ipv6_router() {
        namespace.shell("ip route add 203.0.113.0/24 via inet6 2001:db8::fe dev left");

        assertThat(hop("203.0.113.7").destinationMac()).isEqualTo(THEIRS);
        assertThat(hop("203.0.113.7").neighbour().address()).isEqualTo(ip("2001:db8::fe"));
    }

    @Test
    void each_way_to_have_none_is_named() {
        namespace.shell("""
                ip route add blackhole 203.0.113.1/32
                ip route add blackhole 2001:db8:7::1/128
                """);

        assertThat(reason("192.0.2.1")).isEqualTo(NoNextHop.Reason.LOCAL);
        assertThat(reason("198.51.100.1")).isEqualTo(NoNextHop.Reason.NO_ROUTE);
        assertThat(reason("203.0.113.1")).isEqualTo(NoNextHop.Reason.REFUSED_BY_ROUTE);
        assertThat(reason("2001:db8:7::1")).isEqualTo(NoNextHop.Reason.REFUSED_BY_ROUTE);
        assertThat(reason("192.0.2.255")).isEqualTo(NoNextHop.Reason.NOT_UNICAST);
        assertThat(reason("192.0.2.77")).isEqualTo(NoNextHop.Reason.NEIGHBOUR_UNRESOLVED);

        namespace.shell("ip link set right down");
        assertThat(reason("192.0.2.254")).isEqualTo(NoNextHop.Reason.INTERFACE_DOWN);
    }

    private List<RoutePath> paths(String destination) {
        return netlink.route(ip(destination)).orElseThrow().paths();
    }

    private RoutePath path(String gateway, int weight) {
        return new RoutePath(ip(gateway), netlink.link("left").orElseThrow().index(), weight, false);
    }

    @Test
    void a_route_of_several_paths_has_them_with_their_weights_in_both_families() {
        namespace.shell("""
                ip route add 203.0.113.0/24 nexthop via 192.0.2.253 weight 1 nexthop via 192.0.2.254 weight 3
                ip route add 203.0.114.0/24 nexthop via inet6 2001:db8::fd dev left nexthop via 192.0.2.254
                ip route add 2001:db8:9::/48 nexthop via 2001:db8::fd weight 2 nexthop via 2001:db8::fe weight 5
                """);

        assertThat(paths("203.0.113.7")).containsExactly(path("192.0.2.253", 1), path("192.0.2.254", 3));
        assertThat(paths("203.0.114.7")).containsExactly(path("2001:db8::fd", 1), path("192.0.2.254", 1));
        assertThat(paths("2001:db8:9::1")).containsExactlyInAnyOrder(path("2001:db8::fd", 2), path("2001:db8::fe", 5));
        assertThat(paths("192.0.2.254")).as("one way").isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void a_group_of_next_hop_objects_is_several_paths_whether_or_not_the_kernel_spells_them_out(int compatibility) {
        namespace.shell("""
                sysctl -qw net.ipv4.nexthop_compat_mode=%d
                ip nexthop add id 1 via 192.0.2.253 dev left
                ip nexthop add id 2 via 192.0.2.254 dev left
                ip nexthop add id 10 group 1/2,200
                ip route add 203.0.113.0/24 nhid 10
                ip route add 203.0.114.0/24 nhid 2
                """.formatted(compatibility));

        assertThat(paths("203.0.113.7")).containsExactly(path("192.0.2.253", 1), path("192.0.2.254", 200));
        assertThat(paths("203.0.114.7")).isEmpty();
        assertThat(hop("203.0.114.7").destinationMac()).isEqualTo(THEIRS);
    }

    @Test
    void backends_spread_over_the_paths_of_a_route_and_leave_the_dead_one_at_once() {
        namespace.shell("""
                ip link add far type veth peer name beyond
                ip link set far up
                ip link set beyond up
                ip address add 198.51.100.1/24 dev far
                ip neighbour add 198.51.100.2 lladdr 02:00:00:00:00:fd dev far nud permanent
                ip route add 203.0.113.0/24 nexthop via 192.0.2.254 nexthop via 198.51.100.2
                """);
        int left = netlink.link("left").orElseThrow().index();
        int far = netlink.link("far").orElseThrow().index();

        Map<Integer, Long> spread = IntStream.range(1, 255)
                .mapToObj(i -> hop("203.0.113." + i))
                .peek(hop -> assertThat(hop.preferredSource())
                        .isEqualTo(ip(hop.ifindex() == far ? "198.51.100.1" : "192.0.2.1")))
                .collect(Collectors.groupingBy(NextHop::ifindex, Collectors.counting()));
        assertThat(spread).containsOnlyKeys(left, far);
        assertThat(spread.values()).allMatch(count -> count > 80);

        namespace.shell("ip link set beyond down");
        assertThat(paths("203.0.113.1")).anyMatch(RoutePath::dead);
        for (int i = 1; i < 255; i++) {
            assertThat(hop("203.0.113." + i).ifindex()).isEqualTo(left);
        }
    }
}
