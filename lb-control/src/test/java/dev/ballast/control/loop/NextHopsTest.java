package dev.ballast.control.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.ballast.control.model.Address;
import dev.ballast.control.model.Encap;
import dev.ballast.control.plan.Hop;
import dev.ballast.netlink.Link;
import dev.ballast.netlink.MacAddress;
import dev.ballast.netlink.Neighbour;
import dev.ballast.netlink.NeighbourKey;
import dev.ballast.netlink.NeighbourState;
import dev.ballast.netlink.NetlinkEvent;
import dev.ballast.netlink.NetworkView;
import dev.ballast.netlink.OperState;
import dev.ballast.netlink.Route;
import dev.ballast.netlink.RoutePath;
import dev.ballast.netlink.RouteType;
import dev.ballast.netlink.XdpState;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class NextHopsTest {
    private static final int ETH0 = 2;
    private static final Address NEAR = Address.parse("10.0.1.11");
    private static final Address ALSO_NEAR = Address.parse("10.0.1.12");
    private static final Address FAR = Address.parse("10.9.0.1");
    private static final Address ALSO_FAR = Address.parse("10.9.0.2");
    private static final Address GATEWAY = Address.parse("10.0.1.1");
    private static final Address SOURCE = Address.parse("10.0.1.2");

    private final FakeNetwork network = new FakeNetwork();
    private final List<NeighbourKey> kept = new ArrayList<>();
    private final List<NeighbourKey> released = new ArrayList<>();
    private long nowNs;
    private final NextHops hops = new NextHops(network, this::keep, this::release, () -> nowNs);

    private void keep(NeighbourKey key) {
        kept.add(key);
        network.managed.add(key);
    }

    private void release(NeighbourKey key) {
        released.add(key);
        network.managed.remove(key);
    }

    /** One interface; 10.0.1.x on it, 10.9.x.x behind the gateway, or behind several. Counts what is asked. */
    private static final class FakeNetwork implements NetworkView {
        final Map<NeighbourKey, Neighbour> neighbours = new HashMap<>();
        final Set<NeighbourKey> managed = new HashSet<>();
        List<RoutePath> farPaths = List.of();
        final List<String> asked = new ArrayList<>();
        Address source = SOURCE;

        @Nullable
        Address fails;

        boolean up = true;

        @Override
        public Optional<Route> route(InetAddress destination) {
            asked.add("route " + Address.of(destination));
            if (Address.of(destination).equals(fails)) {
                throw new IllegalStateException("no such device");
            }
            boolean far = destination.getAddress()[1] == 9;
            return Optional.of(new Route(
                    destination,
                    RouteType.UNICAST,
                    far ? GATEWAY.toInetAddress() : null,
                    ETH0,
                    source == null ? null : source.toInetAddress(),
                    0,
                    far ? farPaths : List.of()));
        }

        @Override
        public Optional<Route> route(InetAddress destination, int outInterface) {
            return route(destination);
        }

        @Override
        public Optional<Link> link(int index) {
            asked.add("link " + index);
            return Optional.of(
                    new Link(index, "eth0", mac(1), 1500, up, up, OperState.UP, "", 0, 0, false, null, XdpState.NONE));
        }

        @Override
        public Optional<Neighbour> neighbour(NeighbourKey key) {
            asked.add("neighbour " + Address.of(key.address()));
            return Optional.ofNullable(neighbours.get(key))
                    .map(found -> new Neighbour(
                            found.interfaceIndex(),
                            found.address(),
                            found.mac(),
                            found.state(),
                            managed.contains(key)));
        }
    }

    private static MacAddress mac(int last) {
        return MacAddress.parse("02:00:00:00:00:0" + last);
    }

    private static NeighbourKey key(Address address) {
        return new NeighbourKey(ETH0, address.toInetAddress());
    }

    private static Neighbour neighbour(Address address, int mac) {
        return new Neighbour(ETH0, address.toInetAddress(), mac(mac), NeighbourState.REACHABLE, false);
    }

    /** The kernel learns a neighbour and says so. */
    private void learn(Address address, int mac) {
        network.neighbours.put(key(address), neighbour(address, mac));
        hops.heard(new NetlinkEvent.NeighbourSet(neighbour(address, mac)));
    }

    private void lose(Address address) {
        Neighbour gone = network.neighbours.remove(key(address));
        network.managed.remove(key(address));
        hops.heard(new NetlinkEvent.NeighbourRemoved(gone));
    }

    private void linkEvent() {
        hops.heard(new NetlinkEvent.LinkSet(network.link(ETH0).orElseThrow()));
        network.asked.clear();
    }

    private static Hop hop(int mac) {
        return hop(mac, true);
    }

    private static Hop hop(int mac, boolean onLink) {
        return new Hop(ETH0, mac(mac).bits(), mac(1).bits(), 0, 1500, SOURCE, onLink);
    }

    @BeforeEach
    void begin() {
        learn(NEAR, 3);
        learn(ALSO_NEAR, 4);
        learn(GATEWAY, 5);
        hops.look();
    }

    @Test
    void a_way_that_is_asked_for_the_first_time_is_awaited_until_the_kernel_knows_it_or_has_asked_in_vain() {
        network.neighbours.clear();
        network.neighbours.put(key(NEAR), neighbour(NEAR, 3));
        hops.want(Set.of(NEAR, ALSO_NEAR, FAR));
        assertThat(hops.awaited())
                .isEqualTo(
                        "no next hop to 10.0.1.12: the Ethernet address of the backend on eth0 is not known yet; it is being"
                                + " asked for, and of 1 more backends");

        learn(ALSO_NEAR, 4);
        hops.look();
        assertThat(hops.awaited()).startsWith("no next hop to 10.9.0.1: ").doesNotContain("more");

        Neighbour silent = new Neighbour(ETH0, GATEWAY.toInetAddress(), null, NeighbourState.FAILED, true);
        network.neighbours.put(key(GATEWAY), silent);
        hops.heard(new NetlinkEvent.NeighbourSet(silent));
        hops.look();
        assertThat(hops.awaited()).isEmpty();
    }

    @Test
    void a_way_that_was_known_once_or_that_nobody_wants_any_more_is_not_awaited() {
        network.neighbours.put(key(NEAR), neighbour(NEAR, 3));
        hops.want(Set.of(NEAR, ALSO_NEAR));
        hops.want(Set.of(NEAR));
        lose(NEAR);
        hops.look();

        assertThat(hops.awaited()).isEmpty();
    }

    @Test
    void a_backend_is_reached_by_its_own_address_or_by_its_gateways() {
        assertThat(hops.want(Set.of(NEAR, FAR))).isTrue();
        assertThat(hops.hop(NEAR)).contains(hop(3));
        assertThat(hops.hop(FAR)).contains(hop(5, false));
        assertThat(hops.words(NEAR)).isEqualTo("via 02:00:00:00:00:03 ifindex 2");
        assertThat(kept).containsExactlyInAnyOrder(key(NEAR), key(GATEWAY));
    }

    @Test
    void what_is_behind_a_router_is_not_reached_without_an_outer_header_and_that_is_said() {
        hops.want(Set.of(NEAR, FAR));
        Encap l2 = new Encap.L2();
        assertThat(hops.hop(NEAR, l2)).isPresent();
        assertThat(hops.hop(FAR, l2)).isEmpty();
        assertThat(hops.hop(FAR, Encap.IPIP)).isPresent();
        assertThat(hops.words(FAR, l2))
                .isEqualTo(FAR + " is reached by way of " + GATEWAY
                        + ", and l2 needs a neighbour on the same segment; choose encap ipip or gue");
        assertThat(hops.words(FAR, Encap.IPIP)).startsWith("via ");
    }

    @Test
    void a_link_or_gateway_is_asked_for_once_for_all_behind_it() {
        hops.want(Set.of(FAR, ALSO_FAR));
        assertThat(network.asked)
                .containsOnlyOnce("link 2", "neighbour 10.0.1.1", "route 10.9.0.1", "route 10.9.0.2")
                .hasSize(4);
        assertThat(kept).containsExactly(key(GATEWAY));
    }

    @Test
    void addresses_that_were_wanted_before_are_not_looked_up_again() {
        hops.want(Set.of(NEAR));
        network.asked.clear();
        assertThat(hops.want(Set.of(NEAR))).isFalse();
        assertThat(network.asked).isEmpty();
    }

    @Test
    void of_many_next_hops_at_once_the_log_has_the_first_ones_and_how_many_there_are() {
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        Logger log = (Logger) LoggerFactory.getLogger(NextHops.class);
        log.addAppender(lines);
        try {
            hops.want(Set.of(NEAR));
            hops.want(manyFar(1_000));
            hops.want(manyFar(1_010));
        } finally {
            log.detachAppender(lines);
        }

        List<ILoggingEvent> told = lines.list.stream()
                .filter(line -> line.getLevel() == Level.INFO)
                .toList();
        assertThat(told).hasSize(1 + 64 + 1 + 10);
        ILoggingEvent summary = told.get(1 + 64);
        assertThat(summary.getMessage()).startsWith("next hops resolved;");
        assertThat(summary.getKeyValuePairs())
                .extracting(pair -> pair.key, pair -> pair.value)
                .containsExactly(tuple("backends", 1_000), tuple("not_listed", 936));
        assertThat(told.subList(1 + 64 + 1, told.size()))
                .allSatisfy(line -> assertThat(line.getMessage()).isEqualTo("next hop resolved"));
    }

    @Test
    void an_event_about_a_neighbour_concerns_those_behind_it_alone() {
        hops.want(Set.of(NEAR, ALSO_NEAR, FAR, ALSO_FAR));
        network.asked.clear();
        learn(GATEWAY, 6);
        assertThat(hops.look()).isTrue();
        assertThat(hops.hop(FAR)).contains(hop(6, false));
        assertThat(hops.hop(ALSO_FAR)).contains(hop(6, false));
        assertThat(network.asked).noneMatch(asked -> asked.startsWith("route 10.0.1."));
    }

    @Test
    void an_event_about_a_stranger_costs_nothing() {
        hops.want(Set.of(NEAR));
        network.asked.clear();
        learn(Address.parse("10.0.1.99"), 7);
        assertThat(hops.look()).isFalse();
        assertThat(network.asked).isEmpty();
    }

    @Test
    void everything_is_looked_at_once_a_second_however_many_events_come_and_none_is_forgotten() {
        hops.want(Set.of(NEAR));
        linkEvent();
        hops.look();
        assertThat(network.asked).contains("route 10.0.1.11");

        linkEvent();
        nowNs += 999_999_999;
        network.neighbours.put(key(NEAR), neighbour(NEAR, 8));
        assertThat(hops.look()).isFalse();
        assertThat(network.asked).isEmpty();

        nowNs += 1;
        assertThat(hops.look()).isTrue();
        assertThat(hops.hop(NEAR)).contains(hop(8));
    }

    @Test
    void lost_events_are_made_up_for_by_looking_at_everything() {
        hops.want(Set.of(NEAR));
        network.neighbours.put(key(NEAR), neighbour(NEAR, 8));
        hops.heardLoss();
        assertThat(hops.look()).isTrue();
        assertThat(hops.hop(NEAR)).contains(hop(8));
    }

    @Test
    void a_change_that_a_failing_look_saw_is_told_by_the_next_one() {
        hops.want(Set.of(NEAR, ALSO_NEAR, FAR, ALSO_FAR));
        nowNs += 1_000_000_000;
        network.neighbours.put(key(NEAR), neighbour(NEAR, 8));
        hops.heardLoss();
        for (Address fails : List.of(NEAR, ALSO_NEAR, FAR, ALSO_FAR)) {
            network.fails = fails;
            assertThatThrownBy(hops::look).isInstanceOf(IllegalStateException.class);
            nowNs += 1_000_000_000;
        }

        network.fails = null;
        assertThat(hops.look()).isTrue();
        assertThat(hops.hop(NEAR)).contains(hop(8));
    }

    @Test
    void though_nothing_is_heard_each_is_looked_up_again_within_ten_looks_around() {
        hops.want(IntStream.rangeClosed(1, 90)
                .mapToObj(last -> Address.parse("10.9.0." + last))
                .collect(Collectors.toSet()));
        network.asked.clear();
        for (int call = 0; call < 10; call++) {
            hops.lookAround();
            assertThat(network.asked.stream().filter(asked -> asked.startsWith("route")))
                    .hasSizeLessThanOrEqualTo(10 * (call + 1));
        }
        assertThat(network.asked.stream().filter(asked -> asked.startsWith("route")))
                .hasSize(90)
                .doesNotHaveDuplicates();
        network.neighbours.put(key(GATEWAY), neighbour(GATEWAY, 8));
        for (int call = 0; call < 10; call++) {
            hops.lookAround();
        }
        assertThat(hops.look()).isTrue();
    }

    @Test
    void a_next_hop_that_is_lost_stays_in_use_and_its_neighbour_is_asked_for_again() {
        hops.want(Set.of(NEAR));
        kept.clear();
        lose(NEAR);
        assertThat(hops.look()).isFalse();
        assertThat(hops.hop(NEAR)).contains(hop(3));
        assertThat(hops.words(NEAR)).endsWith("(the last known one stays in use)");
        assertThat(kept).containsExactly(key(NEAR));
    }

    @Test
    void a_neighbour_is_asked_for_again_after_its_link_was_down() {
        hops.want(Set.of(NEAR));
        network.up = false;
        network.neighbours.clear();
        network.managed.clear();
        linkEvent();
        hops.look();
        kept.clear();

        network.up = true;
        linkEvent();
        nowNs += 1_000_000_000;
        hops.look();
        assertThat(kept).containsExactly(key(NEAR));
    }

    @Test
    void a_next_hop_from_before_the_start_is_used_until_the_kernel_knows_another() {
        lose(NEAR);
        hops.remember(NEAR, hop(3));
        hops.want(Set.of(NEAR));
        assertThat(hops.hop(NEAR)).contains(hop(3));
        learn(NEAR, 9);
        assertThat(hops.look()).isTrue();
        assertThat(hops.hop(NEAR)).contains(hop(9));
    }

    @Test
    void an_interface_without_an_address_of_the_family_gives_no_next_hop_and_says_what_to_do() {
        network.source = null;
        hops.want(Set.of(NEAR));
        assertThat(hops.hop(NEAR)).isEmpty();
        assertThat(hops.words(NEAR)).endsWith("give the interface towards it one");
    }

    @Test
    void a_neighbour_that_nobody_needs_any_more_is_released() {
        hops.want(Set.of(NEAR, FAR, ALSO_FAR));
        assertThat(hops.want(Set.of(FAR))).isTrue();
        assertThat(released).containsExactly(key(NEAR));
        assertThat(hops.hop(NEAR)).isEmpty();
        hops.want(Set.of());
        assertThat(released).containsExactly(key(NEAR), key(GATEWAY));
    }

    @Test
    void a_neighbour_that_somebody_set_anew_is_kept_again_and_a_fixed_one_is_left_alone() {
        hops.want(Set.of(NEAR));
        kept.clear();
        network.managed.clear();
        learn(NEAR, 7);
        hops.look();
        assertThat(kept).containsExactly(key(NEAR));

        kept.clear();
        network.managed.clear();
        Neighbour fixed = new Neighbour(ETH0, NEAR.toInetAddress(), mac(8), NeighbourState.PERMANENT, false);
        network.neighbours.put(key(NEAR), fixed);
        hops.heard(new NetlinkEvent.NeighbourSet(fixed));
        hops.look();
        assertThat(hops.hop(NEAR)).contains(hop(8));
        assertThat(kept).isEmpty();
    }

    @Test
    void what_an_earlier_daemon_kept_is_released_unless_it_is_needed_still() {
        network.managed.add(key(NEAR));
        network.managed.add(key(ALSO_NEAR));
        hops.rememberKept(key(NEAR));
        hops.rememberKept(key(ALSO_NEAR));

        hops.want(Set.of(NEAR));

        assertThat(kept).isEmpty();
        assertThat(released).containsExactly(key(ALSO_NEAR));
    }

    @Test
    void a_neighbour_that_routes_lead_to_no_longer_is_released() {
        hops.want(Set.of(FAR));
        network.farPaths = List.of(path(NEAR), path(ALSO_NEAR));
        hops.heard(new NetlinkEvent.PathsChanged(1));
        nowNs += 1_000_000_000;
        hops.look();

        assertThat(kept).containsExactlyInAnyOrder(key(GATEWAY), key(NEAR), key(ALSO_NEAR));
        assertThat(released).containsExactly(key(GATEWAY));
    }

    private static RoutePath path(Address gateway) {
        return new RoutePath(gateway.toInetAddress(), ETH0, 1, false);
    }

    private static Set<Address> manyFar() {
        return manyFar(100);
    }

    private static Set<Address> manyFar(int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(number -> Address.parse("10.9.%d.%d".formatted(number >> 8, number & 255)))
                .collect(Collectors.toSet());
    }

    @Test
    void backends_behind_several_next_hops_spread_and_those_of_one_that_fails_move_at_once_and_back() {
        network.farPaths = List.of(path(NEAR), path(ALSO_NEAR), path(GATEWAY));
        hops.want(manyFar());
        Map<Address, Hop> before = manyFar().stream()
                .collect(Collectors.toMap(far -> far, far -> hops.hop(far).orElseThrow()));
        assertThat(before).containsValues(hop(3, false), hop(4, false), hop(5, false));
        assertThat(hops.words(FAR)).endsWith(", one of 3 next hops");
        assertThat(kept).containsExactlyInAnyOrder(key(NEAR), key(ALSO_NEAR), key(GATEWAY));

        Neighbour failed = new Neighbour(ETH0, NEAR.toInetAddress(), mac(3), NeighbourState.FAILED, true);
        network.neighbours.put(key(NEAR), failed);
        hops.heard(new NetlinkEvent.NeighbourSet(failed));
        assertThat(hops.look()).isTrue();
        before.forEach((far, hop) -> {
            if (hop.equals(hop(3, false))) {
                assertThat(hops.hop(far).orElseThrow()).isIn(hop(4, false), hop(5, false));
            } else {
                assertThat(hops.hop(far)).contains(hop);
            }
        });

        learn(NEAR, 3);
        assertThat(hops.look()).isTrue();
        before.forEach((far, hop) -> assertThat(hops.hop(far)).contains(hop));
    }

    @Test
    void backends_stay_where_they_are_when_all_next_hops_fail() {
        network.farPaths = List.of(path(NEAR), path(ALSO_NEAR));
        hops.want(manyFar());
        Map<Address, Hop> before = manyFar().stream()
                .collect(Collectors.toMap(far -> far, far -> hops.hop(far).orElseThrow()));

        lose(NEAR);
        lose(ALSO_NEAR);
        hops.look();

        before.forEach((far, hop) -> assertThat(hops.hop(far)).contains(hop));
    }
}
