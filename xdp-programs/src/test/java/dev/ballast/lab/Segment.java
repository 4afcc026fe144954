package dev.ballast.lab;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * One of the two networks that the router joins: a bridge in its namespace.
 *
 * @param bridge the bridge's name
 * @param subnet4 its IPv4 hosts
 * @param subnet6 its IPv6 hosts
 * @param mtu bytes
 */
record Segment(String bridge, Subnet subnet4, Subnet subnet6, int mtu) {
    /**
     * Of every node. No waiting for duplicate addresses (a second each), no router advertisements, no reverse path filter
     * (replies do not come back the way the request went), and the usual settings of direct server return: VIPs on {@code lo}
     * are neither announced nor answered for.
     */
    static final Map<String, String> SYSCTLS = Map.of(
            "net/ipv6/conf/all/accept_dad", "0",
            "net/ipv6/conf/default/accept_dad", "0",
            "net/ipv6/conf/default/accept_ra", "0",
            "net/ipv4/conf/all/rp_filter", "0",
            "net/ipv4/conf/default/rp_filter", "0",
            "net/ipv4/conf/all/arp_ignore", "1",
            "net/ipv4/conf/all/arp_announce", "2");

    static Segment wan(Topology topology) {
        return new Segment("wan", topology.wan4(), topology.wan6(), topology.wanMtu());
    }

    static Segment lan(Topology topology) {
        return new Segment("lan", topology.lan4(), topology.lan6(), topology.lanMtu());
    }

    List<Subnet> subnets() {
        return List.of(subnet4, subnet6);
    }

    Subnet subnetOf(InetAddress address) {
        return address instanceof Inet4Address ? subnet4 : subnet6;
    }

    /** Of the interface that bears an IPv4 address, and made of it: 02:00:0a:02:00:65 is that of 10.2.0.101. */
    static String macAddress(InetAddress address4) {
        return "02:00:" + HexFormat.ofDelimiter(":").formatHex(address4.getAddress());
    }

    /** What follows an IPv6 address that is to be used at once. */
    static String nodad(InetAddress address) {
        return address instanceof Inet4Address ? "" : " nodad";
    }
}
