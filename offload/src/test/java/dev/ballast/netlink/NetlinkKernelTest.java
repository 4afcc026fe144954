package dev.ballast.netlink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.bpf.TestNamespace;
import java.net.InetAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against the running kernel: one namespace with a veth pair, neighbours and routes of every kind. */
class NetlinkKernelTest {
    private static final String SETUP = """
            ip link add left type veth peer name right
            ip link set left address 02:00:00:00:00:01 mtu 1600
            ip link set right address 02:00:00:00:00:02
            ip link set left up
            ip link set right up
            ip address add 192.0.2.1/24 dev left
            ip address add 2001:db8::1/64 dev left
            """;

    @AutoClose
    private TestNamespace namespace;

    @AutoClose
    private Netlink netlink;

    @BeforeEach
    void open() {
        namespace = new TestNamespace();
        namespace.shell(SETUP);
        netlink = namespace.call(Netlink::open);
    }

    private Link link(String name) {
        return netlink.link(name).orElseThrow();
    }

    private static InetAddress ip(String literal) {
        return InetAddress.ofLiteral(literal);
    }

    @Test
    void links_are_those_of_the_namespace_in_which_the_socket_was_opened() {
        assertThat(netlink.links()).extracting(Link::name).containsExactlyInAnyOrder("lo", "left", "right");
    }

    @Test
    void a_link_is_the_same_by_name_and_by_index() {
        Link left = link("left");

        assertThat(netlink.link(left.index())).contains(left);
        assertThat(left.mac()).isEqualTo(MacAddress.parse("02:00:00:00:00:01"));
        assertThat(left.mtu()).isEqualTo(1600);
        assertThat(left.up()).isTrue();
        assertThat(left.carrier()).isTrue();
        assertThat(left.operState()).isEqualTo(OperState.UP);
        assertThat(left.kind()).isEqualTo("veth");
        assertThat(left.lowerIndex()).isEqualTo(link("right").index());
        assertThat(left.lowerElsewhere()).isFalse();
        assertThat(left.vlan()).isNull();
        assertThat(left.xdp()).isEqualTo(XdpState.NONE);
    }

    @Test
    void a_link_is_found_by_an_alternative_name_longer_than_a_name_may_be() {
        namespace.shell("ip link property add dev left altname uplink-to-the-first-switch");

        assertThat(netlink.link("uplink-to-the-first-switch")).contains(link("left"));
    }

    @Test
    void a_port_of_a_bridge_names_its_master() {
        namespace.shell("ip link add bridge type bridge && ip link set right master bridge");

        assertThat(link("right").masterIndex()).isEqualTo(link("bridge").index());
    }

    @Test
    void a_link_that_does_not_exist_is_absent() {
        assertThat(netlink.link("nowhere")).isEmpty();
        assertThat(netlink.link(4711)).isEmpty();
        assertThat(netlink.link(0)).isEmpty();
    }

    @Test
    void addresses_of_both_families_are_listed_with_their_prefix_length() {
        assertThat(netlink.addresses())
                .contains(
                        new Address(link("left").index(), ip("192.0.2.1"), 24, false),
                        new Address(link("left").index(), ip("2001:db8::1"), 64, false),
                        new Address(1, ip("127.0.0.1"), 8, false));
    }

    @Test
    void an_address_on_link_is_routed_without_gateway() {
        assertThat(netlink.route(ip("192.0.2.9")))
                .contains(new Route(
                        ip("192.0.2.9"), RouteType.UNICAST, null, link("left").index(), ip("192.0.2.1"), 0));
        assertThat(netlink.route(ip("2001:db8::9")))
                .contains(new Route(
                        ip("2001:db8::9"), RouteType.UNICAST, null, link("left").index(), ip("2001:db8::1"), 0));
    }

    @Test
    void a_route_names_its_gateway_and_its_own_mtu() {
        namespace.shell("ip route add 203.0.113.0/24 via 192.0.2.254 mtu 1380");

        assertThat(netlink.route(ip("203.0.113.7")))
                .contains(new Route(
                        ip("203.0.113.7"),
                        RouteType.UNICAST,
                        ip("192.0.2.254"),
                        link("left").index(),
                        ip("192.0.2.1"),
                        1380));
    }

    @Test
    void an_ipv4_route_may_have_an_ipv6_gateway() {
        namespace.shell("ip route add 203.0.113.0/24 via inet6 2001:db8::fe dev left");

        assertThat(netlink.route(ip("203.0.113.7")).orElseThrow().gateway()).isEqualTo(ip("2001:db8::fe"));
    }

    @Test
    void an_address_of_this_machine_is_routed_to_itself() {
        assertThat(netlink.route(ip("192.0.2.1")).orElseThrow().type()).isEqualTo(RouteType.LOCAL);
        assertThat(netlink.route(ip("2001:db8::1")).orElseThrow().type()).isEqualTo(RouteType.LOCAL);
    }

    @Test
    void an_address_without_a_route_has_none() {
        assertThat(netlink.route(ip("203.0.113.7"))).isEmpty();
        assertThat(netlink.route(ip("2001:db8:7::1"))).isEmpty();
    }

    @Test
    void routes_that_refuse_say_how_in_both_families() {
        namespace.shell("""
                ip route add blackhole 203.0.113.1/32
                ip route add unreachable 203.0.113.2/32
                ip route add prohibit 203.0.113.3/32
                ip route add blackhole 2001:db8:7::1/128
                ip route add unreachable 2001:db8:7::2/128
                ip route add prohibit 2001:db8:7::3/128
                """);

        for (String prefix : new String[] {"203.0.113.", "2001:db8:7::"}) {
            assertThat(netlink.route(ip(prefix + 1)).orElseThrow().type()).isEqualTo(RouteType.BLACKHOLE);
            assertThat(netlink.route(ip(prefix + 2)).orElseThrow().type()).isEqualTo(RouteType.UNREACHABLE);
            assertThat(netlink.route(ip(prefix + 3)).orElseThrow().type()).isEqualTo(RouteType.PROHIBIT);
        }
    }

    @Test
    void a_static_neighbour_is_found_in_the_table_and_alone() {
        namespace.shell("ip neighbour add 192.0.2.9 lladdr 02:00:00:00:00:09 dev left nud permanent");
        NeighbourKey key = new NeighbourKey(link("left").index(), ip("192.0.2.9"));
        Neighbour expected = new Neighbour(
                key.interfaceIndex(),
                key.address(),
                MacAddress.parse("02:00:00:00:00:09"),
                NeighbourState.PERMANENT,
                false);

        assertThat(netlink.neighbour(key)).contains(expected);
        assertThat(netlink.neighbours()).contains(expected);
    }

    @Test
    void a_neighbour_that_was_never_asked_for_is_absent() {
        assertThat(netlink.neighbour(new NeighbourKey(link("left").index(), ip("192.0.2.77"))))
                .isEmpty();
    }

    @Test
    void a_large_table_comes_whole_though_it_takes_many_datagrams() {
        namespace.shell("""
                for net in 1 2 3 4; do for host in $(seq 1 250); do
                  echo "neighbour add 10.9.$net.$host lladdr 02:00:00:00:00:09 dev left nud permanent"
                done; done | ip -batch -
                """);

        assertThat(netlink.neighbours())
                .filteredOn(neighbour -> neighbour.state() == NeighbourState.PERMANENT
                        && neighbour.address().getHostAddress().startsWith("10.9."))
                .hasSize(1000)
                .doesNotHaveDuplicates();
    }

    @Test
    void a_table_that_changes_under_its_dump_is_read_again_until_it_is_of_one_moment() {
        namespace.shell("for host in $(seq 1 250); do echo address add 10.8.0.$host/16 dev left; done | ip -batch -");
        try (ExecutorService churn = Executors.newSingleThreadExecutor()) {
            Future<String> changes = churn.submit(() ->
                    namespace.shell("for host in $(seq 1 100); do ip address add 10.7.0.$host/16 dev right; done"));
            do {
                assertThat(netlink.addresses())
                        .filteredOn(
                                address -> address.address().getHostAddress().startsWith("10.8."))
                        .hasSize(250)
                        .doesNotHaveDuplicates();
            } while (!changes.isDone());
            assertThat(changes.resultNow()).isEmpty();
        }
    }

    @Test
    void asking_for_a_neighbour_makes_the_kernel_keep_it_until_it_is_released() {
        NeighbourKey key = new NeighbourKey(link("left").index(), ip("192.0.2.9"));

        netlink.resolve(key);
        netlink.resolve(key);
        assertThat(netlink.neighbour(key).orElseThrow().managed()).isTrue();

        netlink.release(key);
        assertThat(netlink.neighbour(key).orElseThrow().managed()).isFalse();
    }

    @Test
    void what_is_kept_is_found_again_and_what_somebody_else_keeps_is_left_alone() {
        NeighbourKey ours = new NeighbourKey(link("left").index(), ip("192.0.2.9"));
        NeighbourKey theirs = new NeighbourKey(link("left").index(), ip("192.0.2.10"));
        namespace.shell("ip neighbour add 192.0.2.10 dev left managed");

        assertThat(netlink.resolve(ours)).isEqualTo(Netlink.Keeping.MANAGED);
        assertThat(netlink.resolve(theirs)).isEqualTo(Netlink.Keeping.MANAGED);
        assertThat(netlink.kept()).containsExactly(ours);

        netlink.release(ours);
        netlink.release(theirs);
        assertThat(netlink.kept()).isEmpty();
        assertThat(netlink.neighbour(theirs).orElseThrow().managed()).isTrue();
    }

    @Test
    void a_neighbour_that_is_asked_for_once_is_asked_for_and_not_kept() {
        NeighbourKey key = new NeighbourKey(link("left").index(), ip("192.0.2.9"));

        netlink.ask(key);

        Neighbour asked = netlink.neighbour(key).orElseThrow();
        assertThat(asked.state()).isEqualTo(NeighbourState.INCOMPLETE);
        assertThat(asked.managed()).isFalse();
    }

    @Test
    void releasing_a_neighbour_that_is_not_there_does_nothing() {
        NeighbourKey key = new NeighbourKey(link("left").index(), ip("192.0.2.9"));

        netlink.release(key);

        assertThat(netlink.neighbour(key)).isEmpty();
    }

    @Test
    void asking_for_a_static_neighbour_leaves_it_static() {
        namespace.shell("ip neighbour add 192.0.2.9 lladdr 02:00:00:00:00:09 dev left nud permanent");
        NeighbourKey key = new NeighbourKey(link("left").index(), ip("192.0.2.9"));

        assertThat(netlink.resolve(key)).isEqualTo(Netlink.Keeping.FIXED);

        assertThat(netlink.neighbour(key).orElseThrow().state()).isEqualTo(NeighbourState.PERMANENT);
    }

    @Test
    void a_refusal_carries_the_kernels_own_words_and_a_cure() {
        assertThatThrownBy(() -> netlink.resolve(new NeighbourKey(4711, ip("192.0.2.9"))))
                .isInstanceOfSatisfying(NetlinkException.class, e -> {
                    assertThat(e.operation()).isEqualTo("RTM_GETNEIGH");
                    assertThat(e.object()).isEqualTo("neighbour 192.0.2.9 on interface 4711");
                    assertThat(e.errno()).isEqualTo(Errno.ENODEV);
                    assertThat(e.kernelMessage()).isNotEmpty();
                    assertThat(e)
                            .hasMessage(
                                    "RTM_GETNEIGH of neighbour 192.0.2.9 on interface 4711: ENODEV (no such device),"
                                            + " \"" + e.kernelMessage()
                                            + "\"; `ip link` lists the interfaces of this network namespace");
                });
    }

    @Test
    void a_closed_socket_says_so() {
        netlink.close();
        netlink.close();

        assertThatThrownBy(netlink::links)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("this netlink socket is closed");
    }
}
