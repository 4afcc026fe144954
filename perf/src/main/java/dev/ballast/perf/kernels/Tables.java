package dev.ballast.perf.kernels;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.ballast.datapath.Datapath;
import dev.ballast.datapath.MemberRow;
import dev.ballast.datapath.MemberState;
import dev.ballast.datapath.NextHop;
import dev.ballast.datapath.Protocol;
import dev.ballast.datapath.PublishedRing;
import dev.ballast.datapath.RingRange;
import dev.ballast.datapath.ServiceRow;
import dev.ballast.datapath.VipKey;
import dev.ballast.lab.Backend;
import dev.ballast.lab.Host;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** One service with one backend in the tables of a datapath, as the daemon would write it. */
final class Tables {
    private static final int SLOTS = 251;
    private static final int LAN_MTU = 1600;

    private final Datapath datapath;
    private final Host balancer;
    private final Backend backend;

    Tables(Datapath datapath, Host balancer, Backend backend) {
        this.datapath = datapath;
        this.balancer = balancer;
        this.backend = backend;
    }

    /** A service of its own for that tunnel takes the VIPs over, their UDP port alone. */
    void forwardBy(Tunnel tunnel, int port, List<InetAddress> vips) {
        int index = datapath.services().byNameHash().size();
        int idle = datapath.clock().ticks(Duration.ofMinutes(1));
        NextHop hop = new NextHop(
                balancer.interfaceIndex(), macBits(backend.macAddress()), macBits(balancer.macAddress()), 0, LAN_MTU);
        datapath.members()
                .write(
                        index,
                        new MemberRow(
                                index,
                                MemberState.IN,
                                tunnel.encap(),
                                tunnel.guePort(),
                                0,
                                tunnel.overIpv6() ? balancer.address6() : balancer.address4(),
                                tunnel.overIpv6() ? backend.address6() : backend.address4(),
                                Optional.of(hop)));
        datapath.services().write(index, new ServiceRow(1 + index, index, 1, false, idle, idle));
        RingRange range = datapath.rings().allocate(SLOTS);
        MemorySegment slots = datapath.rings().slots(range);
        for (int slot = 0; slot < SLOTS; slot++) {
            slots.setAtIndex(JAVA_SHORT, slot, (short) 0);
        }
        datapath.services().publishRing(index, new PublishedRing(Optional.of(range), 1));
        vips.forEach(vip -> datapath.vips().put(new VipKey(vip, port, Protocol.UDP), index));
    }

    private static long macBits(String mac) {
        return Long.parseLong(mac.replace(":", ""), 16);
    }
}
