package dev.ballast.control.reconcile;

import dev.ballast.control.model.Address;
import dev.ballast.control.model.Encap;
import dev.ballast.control.model.Prefix;
import dev.ballast.control.model.ServerId;
import dev.ballast.control.model.Sources;
import dev.ballast.control.model.Vip;
import dev.ballast.control.plan.Allocation;
import dev.ballast.control.plan.Hop;
import dev.ballast.control.plan.MemberIntent.Standing;
import dev.ballast.control.plan.Plan;
import dev.ballast.control.plan.ServicePlan;
import dev.ballast.datapath.HashMode;
import dev.ballast.datapath.KernelClock;
import dev.ballast.datapath.MemberRow;
import dev.ballast.datapath.MemberState;
import dev.ballast.datapath.NextHop;
import dev.ballast.datapath.Protocol;
import dev.ballast.datapath.ServerIdTable;
import dev.ballast.datapath.ServiceRow;
import dev.ballast.datapath.SourceFilter;
import dev.ballast.datapath.SourcePrefix;
import dev.ballast.datapath.VipKey;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
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
                vip.prefix().length(),
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
                ticks(row.udpIdle(), clock),
                switch (row.hash()) {
                    case FIVE_TUPLE -> HashMode.FIVE_TUPLE;
                    case SOURCE -> HashMode.SOURCE;
                    case DESTINATION_PORT -> HashMode.DESTINATION_PORT;
                    case SOURCE_DESTINATION -> HashMode.SOURCE_DESTINATION;
                    case QUIC -> HashMode.QUIC;
                },
                row.serverIdBytes(),
                filter(row.sources()));
    }

    private static SourceFilter filter(Sources sources) {
        if (sources.isEverybody()) {
            return SourceFilter.OFF;
        }
        return switch (sources.rule()) {
            case ALLOW -> SourceFilter.ALLOW;
            case DENY -> SourceFilter.DENY;
        };
    }

    static SourcePrefix source(Prefix prefix) {
        return new SourcePrefix(prefix.address().toInetAddress(), prefix.length());
    }

    /** Where the table has the server ids of these members, and whom they lead to. */
    static Map<ServerIdTable.Place, Integer> serverIds(Plan plan) {
        Map<ServerIdTable.Place, Integer> places = new HashMap<>();
        plan.members()
                .forEach((id, row) -> row.serverId()
                        .ifPresent(serverId -> places.put(
                                new ServerIdTable.Place(
                                        row.service(),
                                        new dev.ballast.datapath.ServerId(serverId.value(), serverId.length())),
                                id)));
        return places;
    }

    /** A removed service has no idle times any more; its row needs some. */
    private static int ticks(Duration idle, KernelClock clock) {
        return idle.isZero() ? 1 : clock.ticks(idle);
    }

    static MemberRow member(Plan.MemberRow row) {
        Address nowhere = row.address().isIpv4() ? UNSPECIFIED4 : UNSPECIFIED6;
        Optional<Prefix> sources =
                outerSources(row.encap()).filter(_ -> row.address().isIpv4());
        Address source =
                sources.map(Prefix::address).orElse(row.hop().map(Hop::source).orElse(nowhere));
        return new MemberRow(
                row.service(),
                switch (row.standing()) {
                    case IN -> MemberState.IN;
                    case DRAIN -> MemberState.DRAIN;
                    case DOWN -> MemberState.DOWN;
                },
                switch (row.encap()) {
                    case Encap.Ipip _ -> dev.ballast.datapath.Encap.IPIP;
                    case Encap.Gue _ -> dev.ballast.datapath.Encap.GUE;
                    case Encap.L2 _ -> dev.ballast.datapath.Encap.L2;
                },
                row.encap() instanceof Encap.Gue gue ? gue.port() : 0,
                sources.map(prefix -> Integer.SIZE - prefix.length()).orElse(0),
                source.toInetAddress(),
                row.address().toInetAddress(),
                row.hop()
                        .map(hop -> new NextHop(
                                hop.ifindex(),
                                hop.destinationMac(),
                                hop.sourceMac(),
                                hop.vlan(),
                                Math.min(hop.mtu(), 0xffff))));
    }

    private static Optional<Prefix> outerSources(Encap encap) {
        return encap instanceof Encap.Ipip ipip ? ipip.sourcePrefix() : Optional.empty();
    }

    private static Encap encap(MemberRow row) {
        return switch (row.encap()) {
            case IPIP ->
                row.sourceBits() == 0
                        ? Encap.IPIP
                        : new Encap.Ipip(
                                Optional.of(new Prefix(Address.of(row.source()), Integer.SIZE - row.sourceBits())));
            case GUE -> new Encap.Gue(row.guePort());
            case L2 -> new Encap.L2();
        };
    }

    /** What the tables say each service has; members of a service that has no row belong to nobody. */
    static Plan adopted(
            Map<Integer, ServiceRow> services, Map<Integer, MemberRow> members, Map<Integer, ServerId> serverIds) {
        Map<Integer, SortedMap<Integer, Plan.MemberRow>> byService = new HashMap<>();
        members.forEach((id, row) -> byService
                .computeIfAbsent(row.service(), _ -> new TreeMap<>())
                .put(id, planned(row, Optional.ofNullable(serverIds.get(id)))));
        List<ServicePlan> adopted = new ArrayList<>();
        services.forEach((index, row) -> adopted.add(ServicePlan.adopted(
                row.nameHash(),
                new Allocation.Block(index, row.memberBase(), row.memberCapacity()),
                byService.getOrDefault(index, Collections.emptySortedMap()))));
        return new Plan(adopted);
    }

    static ServerId serverId(dev.ballast.datapath.ServerId id) {
        return new ServerId(id.value(), id.length());
    }

    /** A row as it was found; whether it is configured is not known yet. */
    static Plan.MemberRow planned(MemberRow row, Optional<ServerId> serverId) {
        InetAddress source = row.source();
        Encap encap = encap(row);
        return new Plan.MemberRow(
                row.service(),
                Address.of(row.backend()),
                switch (row.state()) {
                    case IN -> Standing.IN;
                    case DRAIN -> Standing.DRAIN;
                    case DOWN -> Standing.DOWN;
                },
                encap,
                row.nextHop()
                        .map(hop -> new Hop(
                                hop.ifindex(),
                                hop.destinationMac(),
                                hop.sourceMac(),
                                hop.vlan(),
                                hop.mtu(),
                                Address.of(source),
                                encap.type() == Encap.Type.L2)),
                serverId,
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
