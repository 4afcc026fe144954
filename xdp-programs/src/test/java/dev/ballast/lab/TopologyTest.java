package dev.ballast.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TopologyTest {
    @Test
    void standardHasOneClientTwoBalancersFourBackendsAndAVipOfEachFamily() {
        Topology topology = Topology.standard();
        assertThat(topology.clients()).isEqualTo(1);
        assertThat(topology.balancers()).isEqualTo(2);
        assertThat(topology.backends()).isEqualTo(4);
        assertThat(topology.vip4()).isEqualTo(InetAddress.ofLiteral("203.0.113.10"));
        assertThat(topology.vip6()).isEqualTo(InetAddress.ofLiteral("2001:db8:1::10"));
    }

    @Test
    void bothFamiliesShowTheSameDigits() {
        Topology topology = Topology.standard();
        assertThat(Subnet.text(topology.backend(1, topology.lan4()))).isEqualTo("10.2.0.101");
        assertThat(Subnet.text(topology.backend(1, topology.lan6()))).isEqualTo("fd00:2::101");
        assertThat(Subnet.text(topology.balancer(2, topology.lan4()))).isEqualTo("10.2.0.12");
        assertThat(Subnet.text(topology.balancer(2, topology.lan6()))).isEqualTo("fd00:2::12");
    }

    @Test
    void noTwoNodesOfTheLargestTopologyShareAnAddress() {
        Topology topology =
                Topology.builder().clients(1000).balancers(89).backends(150).build();
        for (Subnet lan : List.of(topology.lan4(), topology.lan6())) {
            List<InetAddress> addresses = Stream.of(
                            Stream.of(topology.router(lan)),
                            IntStream.rangeClosed(1, 89).mapToObj(i -> topology.balancer(i, lan)),
                            IntStream.rangeClosed(1, 150).mapToObj(i -> topology.backend(i, lan)))
                    .flatMap(part -> part)
                    .toList();
            Set<InetAddress> distinct = new HashSet<>(addresses);
            assertThat(distinct).hasSameSizeAs(addresses).allMatch(lan::contains);
        }
    }

    @Test
    void refusesWhatDoesNotFitTogether() {
        assertThatThrownBy(() -> Topology.builder().clients(0).build()).hasMessage("0 clients: choose 1 to 1000");
        assertThatThrownBy(() -> Topology.builder().backends(151).build()).hasMessageContaining("choose 0 to 150");
        assertThatThrownBy(() ->
                        Topology.builder().lan("10.2.0.0/26", "fd00:2::/64").build())
                .hasMessageContaining("choose a larger subnet");
        assertThatThrownBy(() ->
                        Topology.builder().lan("fd00:2::/64", "10.2.0.0/24").build())
                .hasMessage("fd00:2::/64 stands where an IPv4 subnet belongs");
        assertThatThrownBy(() -> Topology.builder().vips("10.2.0.77").build())
                .hasMessageContaining("VIP 10.2.0.77 lies in the subnet 10.2.0.0/24");
        assertThatThrownBy(() ->
                        Topology.builder().vips("2001:db8::1", "2001:db8:0::1").build())
                .hasMessage("a VIP stands twice in [2001:db8::1, 2001:db8::1]: name each once");
        assertThatThrownBy(() -> Topology.builder().mtu(1500, 1400).build())
                .hasMessageContaining("the lan at least what the wan has");
        assertThatThrownBy(
                        () -> Topology.builder().vips("2001:db8:1::10").build().vip4())
                .hasMessageContaining("no VIP that is an Inet4Address: add one");
    }
}
