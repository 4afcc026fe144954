package dev.ballast.control.reconcile;

import dev.ballast.control.model.Address;
import dev.ballast.control.model.Vip;
import dev.ballast.control.plan.Allocation;
import dev.ballast.control.plan.Hop;
import dev.ballast.control.plan.MemberIntent.Standing;
import dev.ballast.control.plan.Plan;
import dev.ballast.datapath.Encap;
import dev.ballast.datapath.KernelClock;
import dev.ballast.datapath.MemberRow;
import dev.ballast.datapath.MemberState;
import dev.ballast.datapath.NextHop;
import dev.ballast.datapath.Protocol;
import dev.ballast.datapath.ServiceRow;
import dev.ballast.datapath.VipKey;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** From the words of the plan to those of the tables, and back. Pure. */
final class Rows {
    private static final Address UNSPECIFIED4 = Address.parse("0.0.0.0");
    private static final Address UNSPECIFIED6 = Address.parse("::");

    private Rows() {}

    static VipKey vip(Vip vip) {
        return new VipKey(
                vip.prefix().address().toInetAddress(),
                vip.port(),
                switch (vip.protocol()) {
                    case TCP -> Protocol.TCP;
                    case UDP -> Protocol.UDP;
                });
    }

    static ServiceRow service(Plan.ServiceRow row, KernelClock clock) {
        return new ServiceRow(
                row.nameHash(),
                row.block().base(),
                row.block().capacity(),
                row.track(),
                ticks(row.tcpIdle(), clock),
                ticks(row.udpIdle(), clock));
    }

    /** A removed service has no idle times any more; its row needs some. */
    private static int ticks(Duration idle, KernelClock clock) {
        return idle.isZero() ? 1 : clock.ticks(idle);
    }

    static MemberRow member(Plan.MemberRow row) {
        Address nowhere = row.address().isIpv4() ? UNSPECIFIED4 : UNSPECIFIED6;
        return new MemberRow(
                row.service(),
                switch (row.standing()) {
                    case IN -> MemberState.IN;
                    case DRAIN -> MemberState.DRAIN;
                    case DOWN -> MemberState.DOWN;
                },
                Encap.IPIP,
                row.hop().map(Hop::source).orElse(nowhere).toInetAddress(),
                row.address().toInetAddress(),
                row.hop()
                        .map(hop -> new NextHop(
                                hop.ifindex(),
                                hop.destinationMac(),
                                hop.sourceMac(),
                                hop.vlan(),
                                Math.min(hop.mtu(), 0xffff))));
    }

    /** What the tables say who has which row. */
    static Allocation allocation(Map<Integer, ServiceRow> services, Map<Integer, MemberRow> members) {
        SortedMap<Long, Allocation.Block> blocks = new TreeMap<>();
        services.forEach((index, row) ->
                blocks.put(row.nameHash(), new Allocation.Block(index, row.memberBase(), row.memberCapacity())));
        SortedMap<Integer, Allocation.Holder> holders = new TreeMap<>();
        members.forEach((id, row) -> {
            ServiceRow service = services.get(row.service());
            if (service != null) {
                holders.put(id, new Allocation.Holder(service.nameHash(), Address.of(row.backend())));
            }
        });
        return new Allocation(blocks, holders);
    }

    static Plan.MemberRow planned(MemberRow row) {
        InetAddress source = row.source();
        return new Plan.MemberRow(
                row.service(),
                Address.of(row.backend()),
                switch (row.state()) {
                    case IN -> Standing.IN;
                    case DRAIN -> Standing.DRAIN;
                    case DOWN -> Standing.DOWN;
                },
                row.nextHop()
                        .map(hop -> new Hop(
                                hop.ifindex(),
                                hop.destinationMac(),
                                hop.sourceMac(),
                                hop.vlan(),
                                hop.mtu(),
                                Address.of(source))),
                false,
                true);
    }

    static Optional<Integer> localIndex(Plan plan, int id) {
        Plan.MemberRow row = plan.members().get(id);
        Plan.ServiceRow service = row == null ? null : plan.services().get(row.service());
        return service != null && service.block().contains(id)
                ? Optional.of(id - service.block().base())
                : Optional.empty();
    }
}
