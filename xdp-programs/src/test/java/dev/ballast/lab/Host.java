package dev.ballast.lab;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/** A client, a balancer or a backend: one interface, plugged into a port of the router that bears this node's name. */
public sealed class Host extends Node permits Backend {
    static final String INTERFACE = "eth0";

    private final Router router;
    private final Segment segment;

    Host(StateDirectory state, String name, Router router, Segment segment, List<InetAddress> addresses) {
        super(state, name, INTERFACE, addresses);
        this.router = router;
        this.segment = segment;
    }

    /**
     * Cuts it off as a lost power supply would: no frame gets in or out, and nobody is told (its link stays up, its neighbours
     * stay in everyone's tables).
     */
    public void linkDown() {
        router.block(this);
    }

    /** Ends {@link #linkDown}. */
    public void linkUp() {
        router.unblock(this);
    }

    /** Settings that must stand before the interface appears. */
    void prepare() {
        namespace().sysctl(Segment.SYSCTLS);
    }

    void configure() {
        namespace().ip(configuration());
        // XDP sees the frame itself: a checksum left to a "device" would never be filled in.
        exec(Tool.ETHTOOL.command(), "-K", INTERFACE, "tx", "off").checked();
    }

    /** Lines for {@code ip -batch}. */
    List<String> configuration() {
        List<String> lines = new ArrayList<>(List.of("link set dev lo up", "link set dev " + INTERFACE + " up"));
        for (InetAddress address : addresses()) {
            lines.add("address add %s dev %s%s"
                    .formatted(segment.subnetOf(address).interfaceAddress(address), INTERFACE, Segment.nodad(address)));
        }
        for (InetAddress gateway : router.addressesIn(segment)) {
            lines.add("route add default via " + Subnet.text(gateway));
        }
        return lines;
    }

    Segment segment() {
        return segment;
    }
}
