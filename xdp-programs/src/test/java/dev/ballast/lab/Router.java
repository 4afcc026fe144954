package dev.ballast.lab;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The router between the clients and the rest. It spreads the connections to a VIP over balancers by equal-cost routes, hashed
 * over the 5-tuple; replies of backends go straight through it to the client.
 */
public final class Router extends Node {
    private static final Map<String, String> FORWARDING = Map.of(
            "net/ipv4/ip_forward", "1",
            "net/ipv6/conf/all/forwarding", "1",
            "net/ipv4/fib_multipath_hash_policy", "1",
            "net/ipv6/fib_multipath_hash_policy", "1");

    /** States of a bridge port, BR_STATE_... in linux/if_bridge.h. */
    private static final String PORT_DISABLED = "0";

    private static final String PORT_FORWARDING = "3";

    private static final String PASS = "/bpf/pass.bpf.o";

    private final Topology topology;
    private final Segment wan;
    private final Segment lan;

    Router(StateDirectory state, Topology topology, Segment wan, Segment lan) {
        super(
                state,
                "router",
                lan.bridge(),
                lan.subnets().stream().map(topology::router).toList());
        this.topology = topology;
        this.wan = wan;
        this.lan = lan;
    }

    /**
     * Routes VIPs via these hosts, in place of all routes they had: several share the connections, none makes the VIPs
     * unreachable. Existing connections may change their balancer, as with any router.
     *
     * @param vips of either family
     * @param nextHops balancers, or backends to go around them
     */
    public void route(Collection<InetAddress> vips, Collection<? extends Host> nextHops) {
        namespace().ip(vips.stream().map(vip -> routeLine(vip, nextHops)).toList());
    }

    private static String routeLine(InetAddress vip, Collection<? extends Host> nextHops) {
        boolean ipv4 = vip instanceof Inet4Address;
        if (nextHops.isEmpty()) {
            return "route replace unreachable " + Subnet.text(vip);
        }
        return "route replace " + Subnet.text(vip)
                + nextHops.stream()
                        .map(host -> " nexthop via " + Subnet.text(ipv4 ? host.address4() : host.address6()))
                        .collect(Collectors.joining());
    }

    List<InetAddress> addressesIn(Segment segment) {
        return segment.subnets().stream().map(topology::router).toList();
    }

    void prepare() {
        Map<String, String> settings = new HashMap<>(Segment.SYSCTLS);
        settings.putAll(FORWARDING);
        namespace().sysctl(settings);
    }

    /** Makes both bridges, and for each host the pair of interfaces that joins it to one. */
    void configure(List<Host> hosts) {
        List<String> lines = new ArrayList<>(List.of("link set dev lo up"));
        for (Segment segment : List.of(wan, lan)) {
            lines.add("link add name %s address %s type bridge stp_state 0 forward_delay 0 mcast_snooping 0"
                    .formatted(segment.bridge(), Segment.macAddress(topology.router(segment.subnet4()))));
        }
        for (Host host : hosts) {
            int mtu = host.segment().mtu();
            lines.add("link add name %s mtu %d type veth peer name %s mtu %d address %s netns %s"
                    .formatted(
                            host.name(),
                            mtu,
                            host.interfaceName(),
                            mtu,
                            host.macAddress(),
                            host.namespace().name()));
            lines.add("link set dev %s master %s up"
                    .formatted(host.name(), host.segment().bridge()));
        }
        for (Segment segment : List.of(wan, lan)) {
            lines.add("link set dev %s mtu %d up".formatted(segment.bridge(), segment.mtu()));
            for (InetAddress address : addressesIn(segment)) {
                lines.add("address add %s dev %s%s"
                        .formatted(
                                segment.subnetOf(address).interfaceAddress(address),
                                segment.bridge(),
                                Segment.nodad(address)));
            }
        }
        namespace().ip(lines);
        // Aggregates (of tunnel packets, too) would have to be taken apart again before XDP can see them.
        exec(
                        Tool.SH.command(),
                        "-ec",
                        hosts.stream()
                                .map(host -> "%s -K %s tx off gro off".formatted(Tool.ETHTOOL.command(), host.name()))
                                .collect(Collectors.joining("\n")))
                .checked();
    }

    /** Lets a host send with XDP_TX and XDP_REDIRECT: such frames arrive only where the far end of a veth runs XDP, too. */
    void acceptXdpFrames(Host from) {
        XdpAttachment.attach(this, from.name(), PASS);
    }

    void block(Host host) {
        setPort(host, PORT_DISABLED);
    }

    void unblock(Host host) {
        setPort(host, PORT_FORWARDING);
    }

    private void setPort(Host host, String state) {
        exec(Tool.BRIDGE.command(), "link", "set", "dev", host.name(), "state", state)
                .checked();
    }
}
