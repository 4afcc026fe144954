package dev.ballast.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.bpf.NetworkNamespace;
import dev.ballast.bpf.XdpLink;
import dev.ballast.bpf.XdpMode;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What Linux makes of the balancer's own answers: a client in a namespace pings the VIPs, and sends them datagrams that are too
 * big. The program sits on the other end of its cable.
 */
final class AnswersKernelTest {
    private static final String CLIENT4 = "198.51.100.7";
    private static final String CLIENT6 = "2001:db8:9::7";

    /** Of the way to the member; IPIP over IPv4 leaves 20 bytes less. */
    private static final int TUNNEL_MTU = 1400;

    private static final int PATH_MTU = TUNNEL_MTU - 20;

    /**
     * Sends a datagram of 1,400 bytes that must not be fragmented, until the kernel refuses it; says the path's MTU as the socket
     * has it. Arguments: family, own address, VIP, levels and options of "do not fragment" and of the MTU.
     */
    private static final String TOO_BIG = """
            import socket, sys, time
            family, own, vip, level, discover, mtu = sys.argv[1:]
            level, discover, mtu = int(level), int(discover), int(mtu)
            s = socket.socket(socket.AF_INET if family == '4' else socket.AF_INET6, socket.SOCK_DGRAM)
            s.setsockopt(level, discover, 2)
            s.bind((own, 40000))
            s.connect((vip, 443))
            for attempt in range(100):
                try:
                    s.send(bytes(1400))
                except OSError:
                    break
                time.sleep(0.05)
            print(s.getsockopt(level, mtu))
            s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            s.send(bytes(1300))
            """;

    private final String name = "judge-" + ProcessHandle.current().pid();
    private final String client = name + "-client";
    private final String balancer = name + "-balancer";

    private Rig rig;
    private XdpLink link;

    @BeforeEach
    void start() throws Exception {
        removeNamespaces();
        ip("netns", "add", client);
        ip("netns", "add", balancer);
        ip("link", "add", "cable", "netns", client, "type", "veth", "peer", "name", "cable", "netns", balancer);
        ip("-n", balancer, "link", "set", "cable", "up");
        for (String address : List.of(CLIENT4 + "/24", CLIENT6 + "/64")) {
            ip("-n", client, "address", "add", address, "dev", "cable", "nodad");
        }
        ip("-n", client, "link", "set", "lo", "up");
        ip("-n", client, "link", "set", "cable", "up");
        inClient("ethtool", "-K", "cable", "tx", "off");
        routeToVip(Rig.VIP4 + "/32", "198.51.100.1");
        routeToVip(Rig.VIP6 + "/128", "2001:db8:9::1");

        int ifindex = Integer.parseInt(
                ip("-n", balancer, "-oneline", "link", "show", "cable").split(":")[0]);
        rig = new Rig().service(0);
        for (Protocol protocol : Protocol.values()) {
            rig.vip(Rig.VIP4, Rig.PORT, protocol, 0).vip(Rig.VIP6, Rig.PORT, protocol, 0);
        }
        Optional<NextHop> hop = Optional.of(Rig.hop(ifindex, 0, TUNNEL_MTU));
        rig.member(0, "192.0.2.2", "10.0.1.11", MemberState.IN, hop).ring(0, 0);
        link = NetworkNamespace.named(balancer)
                .call(() -> XdpLink.attach(rig.datapath().program(), ifindex, XdpMode.GENERIC));
    }

    private void routeToVip(String vip, String gateway) {
        String mac =
                ip("-n", balancer, "-oneline", "link", "show", "cable").replaceFirst("(?s).*link/ether (\\S+).*", "$1");
        ip("-n", client, "neighbour", "replace", gateway, "lladdr", mac, "nud", "permanent", "dev", "cable");
        ip("-n", client, "route", "add", vip, "via", gateway);
    }

    @AfterEach
    void stop() {
        if (link != null) {
            link.close();
        }
        if (rig != null) {
            rig.close();
        }
        removeNamespaces();
    }

    private void removeNamespaces() {
        String present = ip("netns", "list");
        for (String namespace : List.of(client, balancer)) {
            if (present.contains(namespace)) {
                ip("netns", "del", namespace);
            }
        }
    }

    private static String ip(String... words) {
        String[] command = new String[words.length + 1];
        command[0] = "ip";
        System.arraycopy(words, 0, command, 1, words.length);
        return HostCommand.run(command);
    }

    private String inClient(String... words) {
        String[] command = new String[words.length + 3];
        command[0] = "netns";
        command[1] = "exec";
        command[2] = client;
        System.arraycopy(words, 0, command, 3, words.length);
        return ip(command);
    }

    private long answered(VerdictReason reason) {
        return rig.datapath().counters().verdicts().of(reason).packets();
    }

    @Test
    void ping_takes_the_answers_of_both_vips() {
        for (String vip : List.of(Rig.VIP4, Rig.VIP6)) {
            assertThat(inClient("ping", "-n", "-c", "3", "-i", "0.05", "-W", "5", "-s", "999", vip))
                    .contains("3 received", "0% packet loss");
        }
        assertThat(answered(VerdictReason.ANSWERED_ECHO)).isEqualTo(6);
    }

    @Test
    void linux_takes_fragmentation_needed_for_its_route_and_its_socket() {
        // IPPROTO_IP, IP_MTU_DISCOVER, IP_MTU
        String mtu = inClient("/usr/bin/python3", "-c", TOO_BIG, "4", CLIENT4, Rig.VIP4, "0", "10", "14");

        assertThat(mtu.strip()).isEqualTo(Integer.toString(PATH_MTU));
        assertThat(ip("-n", client, "route", "get", Rig.VIP4)).contains("mtu " + PATH_MTU);
        assertThat(answered(VerdictReason.ANSWERED_TOO_BIG)).isPositive();
        assertThat(forwarded()).as("what fits").isPositive();
    }

    @Test
    void linux_takes_packet_too_big_for_its_route_and_its_socket() {
        // IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_MTU
        String mtu = inClient("/usr/bin/python3", "-c", TOO_BIG, "6", CLIENT6, Rig.VIP6, "41", "23", "24");

        assertThat(mtu.strip()).isEqualTo(Integer.toString(PATH_MTU));
        assertThat(ip("-n", client, "route", "get", Rig.VIP6)).contains("mtu " + PATH_MTU);
        assertThat(answered(VerdictReason.ANSWERED_TOO_BIG)).isPositive();
        assertThat(forwarded()).as("what fits").isPositive();
    }

    private long forwarded() {
        return rig.datapath().counters().verdicts().of(VerdictClass.FORWARDED).packets();
    }
}
