package dev.ballast.netlink;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.bpf.TestNamespace;
import java.net.InetAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Predicate;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The running kernel tells what changes in a namespace. Each test waits for the event it wants; the timeout is for a hang. */
@Timeout(60)
class NetlinkEventsKernelTest {
    @AutoClose
    private TestNamespace namespace;

    @BeforeEach
    void open() {
        namespace = new TestNamespace();
        namespace.shell("""
                ip link add left type veth peer name right
                ip link set left up
                ip link set right up
                ip address add 192.0.2.1/24 dev left
                """);
    }

    /** Keeps what it hears; "resync" and "failed" as their words. */
    private static class Heard implements NetlinkListener {
        final BlockingQueue<NetlinkEvent> events = new LinkedBlockingQueue<>();
        final BlockingQueue<String> resyncs = new LinkedBlockingQueue<>();
        final BlockingQueue<NetlinkException> failures = new LinkedBlockingQueue<>();

        @Override
        public void changed(NetlinkEvent event) {
            events.add(event);
        }

        @Override
        public void resync(String reason) {
            resyncs.add(reason);
        }

        @Override
        public void failed(NetlinkException cause) {
            failures.add(cause);
        }

        /** The next event of that kind that fits; those before it are dropped. */
        <T extends NetlinkEvent> T await(Class<T> kind, Predicate<T> wanted) throws InterruptedException {
            while (true) {
                NetlinkEvent event = events.take();
                if (kind.isInstance(event) && wanted.test(kind.cast(event))) {
                    return kind.cast(event);
                }
            }
        }
    }

    private static InetAddress ip(String literal) {
        return InetAddress.ofLiteral(literal);
    }

    @Test
    void the_first_call_asks_to_read_everything() throws InterruptedException {
        Heard heard = new Heard();
        try (NetlinkEvents events = namespace.call(() -> NetlinkEvents.open(heard))) {
            assertThat(heard.resyncs.take()).isEqualTo("subscribed");
            assertThat(events).isNotNull();
        }
    }

    @Test
    void links_addresses_routes_and_neighbours_are_announced_as_they_come_and_go() throws InterruptedException {
        Heard heard = new Heard();
        try (NetlinkEvents events = namespace.call(() -> NetlinkEvents.open(heard))) {
            assertThat(events).isNotNull();
            namespace.shell("ip link set left mtu 1400");
            heard.await(NetlinkEvent.LinkSet.class, e -> e.link().mtu() == 1400);

            namespace.shell("ip address add 2001:db8::1/64 dev left && ip address del 2001:db8::1/64 dev left");
            heard.await(
                    NetlinkEvent.AddressSet.class, e -> e.address().address().equals(ip("2001:db8::1")));
            heard.await(
                    NetlinkEvent.AddressRemoved.class,
                    e -> e.address().address().equals(ip("2001:db8::1")));

            namespace.shell("ip route add default via 192.0.2.254 && ip route del default");
            RouteEntry defaultRoute = new RouteEntry(ip("0.0.0.0"), 0, 254, RouteType.UNICAST);
            heard.await(NetlinkEvent.RouteSet.class, e -> e.route().equals(defaultRoute));
            heard.await(NetlinkEvent.RouteRemoved.class, e -> e.route().equals(defaultRoute));

            namespace.shell(
                    "ip neighbour add 192.0.2.9 lladdr 02:00:00:00:00:09 dev left && ip neighbour del 192.0.2.9 dev left");
            heard.await(
                    NetlinkEvent.NeighbourSet.class,
                    e -> MacAddress.parse("02:00:00:00:00:09")
                            .equals(e.neighbour().mac()));
            heard.await(
                    NetlinkEvent.NeighbourRemoved.class,
                    e -> e.neighbour().address().equals(ip("192.0.2.9")));

            namespace.shell("ip link del left");
            heard.await(NetlinkEvent.LinkRemoved.class, e -> e.link().name().equals("left"));
        }
        assertThat(heard.failures).isEmpty();
    }

    @Test
    void a_neighbour_that_is_asked_for_is_announced_when_it_answers() throws InterruptedException {
        Heard heard = new Heard();
        try (TestNamespace backend = new TestNamespace();
                Netlink netlink = namespace.call(Netlink::open);
                NetlinkEvents events = namespace.call(() -> NetlinkEvents.open(heard))) {
            assertThat(events).isNotNull();
            namespace.shell("ip link set right netns " + backend.name());
            backend.shell("ip link set right address 02:00:00:00:00:02 up && ip address add 192.0.2.2/24 dev right");
            heard.await(
                    NetlinkEvent.LinkSet.class,
                    e -> e.link().name().equals("left") && e.link().carrier());
            NeighbourKey key =
                    new NeighbourKey(netlink.link("left").orElseThrow().index(), ip("192.0.2.2"));

            netlink.resolve(key);

            NetlinkEvent.NeighbourSet answer = heard.await(
                    NetlinkEvent.NeighbourSet.class,
                    e -> e.neighbour().address().equals(key.address())
                            && e.neighbour().state() == NeighbourState.REACHABLE);
            assertThat(answer.neighbour().mac()).isEqualTo(MacAddress.parse("02:00:00:00:00:02"));
            assertThat(answer.neighbour().managed()).isTrue();
        }
    }

    @Test
    void a_neighbour_that_does_not_answer_is_announced_as_failed() throws InterruptedException {
        Heard heard = new Heard();
        namespace.shell("sysctl -qw net.ipv4.neigh.left.retrans_time_ms=20");
        try (Netlink netlink = namespace.call(Netlink::open);
                NetlinkEvents events = namespace.call(() -> NetlinkEvents.open(heard))) {
            assertThat(events).isNotNull();
            NeighbourKey key =
                    new NeighbourKey(netlink.link("left").orElseThrow().index(), ip("192.0.2.77"));

            netlink.resolve(key);

            heard.await(
                    NetlinkEvent.NeighbourSet.class,
                    e -> e.neighbour().address().equals(key.address())
                            && e.neighbour().state() == NeighbourState.FAILED);
        }
    }

    @Test
    void an_overrun_asks_to_read_everything_and_later_events_still_come() throws InterruptedException {
        CountDownLatch release = new CountDownLatch(1);
        Heard heard = new Heard() {
            @Override
            public void changed(NetlinkEvent event) {
                try {
                    release.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                super.changed(event);
            }
        };
        try (NetlinkEvents events = namespace.call(() -> NetlinkEvents.open(heard, 4096))) {
            assertThat(events).isNotNull();
            assertThat(heard.resyncs.take()).isEqualTo("subscribed");
            namespace.shell("""
                    for host in $(seq 1 250); do
                      echo "neighbour add 10.9.0.$host lladdr 02:00:00:00:00:09 dev left nud permanent"
                    done | ip -batch -
                    """);
            release.countDown();

            assertThat(heard.resyncs.take()).contains("some were lost");
            namespace.shell("ip link set left mtu 1400");
            heard.await(NetlinkEvent.LinkSet.class, e -> e.link().mtu() == 1400);
        }
    }

    @Test
    void a_listener_that_throws_hears_the_next_event_all_the_same() throws InterruptedException {
        Heard heard = new Heard() {
            private boolean thrown;

            @Override
            public void changed(NetlinkEvent event) {
                super.changed(event);
                if (!thrown) {
                    thrown = true;
                    throw new IllegalStateException("thrown by the test");
                }
            }
        };
        try (NetlinkEvents events = namespace.call(() -> NetlinkEvents.open(heard))) {
            assertThat(events).isNotNull();
            namespace.shell("ip link set left mtu 1400 && ip link set left mtu 1401");
            heard.await(NetlinkEvent.LinkSet.class, e -> e.link().mtu() == 1401);
        }
    }

    @Test
    void nothing_is_heard_after_the_close() {
        Heard heard = new Heard();
        NetlinkEvents events = namespace.call(() -> NetlinkEvents.open(heard));

        events.close();
        events.close();
        heard.events.clear();
        namespace.shell("ip link set left mtu 1400");

        assertThat(heard.events).isEmpty();
        assertThat(heard.failures).isEmpty();
    }

    @Test
    void a_listener_cannot_close_its_own_subscription() throws InterruptedException {
        BlockingQueue<NetlinkEvents> opened = new LinkedBlockingQueue<>();
        BlockingQueue<Throwable> thrown = new LinkedBlockingQueue<>();
        Heard heard = new Heard() {
            @Override
            public void changed(NetlinkEvent event) {
                try {
                    NetlinkEvents own = opened.take();
                    opened.add(own);
                    own.close();
                } catch (IllegalStateException | InterruptedException e) {
                    thrown.add(e);
                }
            }
        };
        try (NetlinkEvents events = namespace.call(() -> NetlinkEvents.open(heard))) {
            opened.add(events);
            namespace.shell("ip link set left mtu 1400");

            assertThat(thrown.take())
                    .hasMessage("a netlink listener cannot close its own subscription; close it elsewhere");
        }
    }
}
