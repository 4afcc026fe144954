package dev.ballast.control.plan;

import dev.ballast.control.model.Address;
import dev.ballast.control.model.Encap;
import dev.ballast.control.model.Node.Limits;
import dev.ballast.control.model.Ring.Algorithm;
import dev.ballast.control.model.ServerId;
import dev.ballast.control.model.Service;
import dev.ballast.control.model.Sources;
import dev.ballast.control.model.Vip;
import dev.ballast.control.plan.Allocation.Block;
import dev.ballast.control.plan.Allocation.Holder;
import dev.ballast.control.plan.MemberIntent.Standing;
import dev.ballast.control.plan.Plan.MemberRow;
import dev.ballast.control.plan.Plan.RingSpec;
import dev.ballast.control.plan.Plan.ServiceRow;
import dev.ballast.control.plan.Plan.VipRow;
import dev.ballast.ring.RingKey;
import dev.ballast.ring.RingMember;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Makes a {@link Plan}. One use; {@link #plan} is the entry.
 *
 * <p>Everything that already has a row keeps it. What is new takes the lowest free one.
 */
public final class Planner {
    /** Room for a few more members before a block has to move. */
    private static final int MIN_BLOCK = 8;

    private final Limits limits;
    private final TreeMap<Long, Block> blocks;
    private final TreeMap<Integer, Holder> holders;

    /** Ids that the services need which have no block yet. */
    private int unplaced;

    private final BitSet takenServices = new BitSet();

    /** Of {@link #takenIds}; null when a block has moved since. */
    private @Nullable BitSet taken;

    private Planner(Allocation before, Limits limits) {
        this.limits = limits;
        this.blocks = new TreeMap<>(before.blocks());
        this.holders = new TreeMap<>(before.holders());
        blocks.values().forEach(block -> takenServices.set(block.service()));
    }

    /**
     * Plans the tables for what is wanted.
     *
     * @param intents each name once
     * @param before who has which row now
     * @param standingBefore the last known standing and hop of an id whose member is not wanted any more; null: none is
     * @throws PlanException if it does not fit {@code limits}
     */
    public static Plan plan(
            List<ServiceIntent> intents,
            Allocation before,
            IntFunction<@Nullable MemberRow> standingBefore,
            Limits limits)
            throws PlanException {
        Planner planner = new Planner(before, limits);
        List<ServiceIntent> byName = intents.stream()
                .sorted(Comparator.comparing(ServiceIntent::name))
                .toList();
        planner.unplaced = byName.stream()
                .filter(intent -> !before.blocks().containsKey(NameHash.of(intent.name())))
                .mapToInt(Planner::idsNeeded)
                .sum();
        for (ServiceIntent intent : byName) {
            planner.giveIds(intent);
        }
        return planner.rows(byName, standingBefore);
    }

    private void giveIds(ServiceIntent intent) throws PlanException {
        long nameHash = NameHash.of(intent.name());
        Block block = blocks.get(nameHash);
        if (block == null) {
            unplaced -= idsNeeded(intent);
            block = freeBlock(freeService(intent.name()), intent);
        }
        List<Address> missing = missing(intent, nameHash, block);
        if (missing.size() > freeIds(block)) {
            Block outgrown = block;
            block = freeBlock(block.service(), intent);
            takeAlong(nameHash, outgrown, block);
            missing = missing(intent, nameHash, block);
        }
        Block before = blocks.put(nameHash, block);
        if (before == null) {
            takenServices.set(block.service());
            takenIds().set(block.base(), block.base() + block.capacity());
        } else if (!before.equals(block)) {
            taken = null; // where it was is free again, but for the ids that old flows name
        }
        int id = block.base();
        for (Address address : missing) {
            while (holders.containsKey(id)) {
                id++;
            }
            holders.put(id, new Holder(nameHash, address));
        }
    }

    /**
     * All members keep their local index in the new block, those that leave as well. The base of a service and its ring are two words:
     * while the first is stored and the second is not, and if a daemon dies there until the next one starts, the old ring has to name
     * the right members from the new base.
     */
    private void takeAlong(long nameHash, Block from, Block to) {
        Map<Integer, Holder> along = new TreeMap<>();
        holders.subMap(from.base(), from.base() + from.capacity()).forEach((id, holder) -> {
            if (holder.nameHash() == nameHash) {
                along.put(to.base() + id - from.base(), holder);
            }
        });
        holders.putAll(along);
    }

    /** Wanted addresses without an id in {@code block}, in order. */
    private List<Address> missing(ServiceIntent intent, long nameHash, Block block) {
        Set<Address> present = new HashSet<>();
        for (Holder holder :
                holders.subMap(block.base(), block.base() + block.capacity()).values()) {
            if (holder.nameHash() == nameHash) {
                present.add(holder.address());
            }
        }
        return intent.members().stream()
                .map(MemberIntent::address)
                .filter(address -> !present.contains(address))
                .sorted()
                .toList();
    }

    private int freeIds(Block block) {
        return block.capacity()
                - holders.subMap(block.base(), block.base() + block.capacity()).size();
    }

    private int freeService(String name) throws PlanException {
        int index = takenServices.nextClearBit(0);
        if (index < limits.services()) {
            return index;
        }
        throw new PlanException(
                "service %s has no row: all %d are taken, removed services with live flows among them; raise node.limits.services"
                        .formatted(name, limits.services()));
    }

    /** The lowest free range of ids with room for the members of {@code intent}, with slack where the table has it. */
    private Block freeBlock(int service, ServiceIntent intent) throws PlanException {
        Block outgrown = blocks.get(NameHash.of(intent.name()));
        int needed = outgrown == null ? idsNeeded(intent) : idsNeededBeside(intent, outgrown);
        int roomy = Math.max(MIN_BLOCK, Integer.highestOneBit(needed + needed / 2) << 1);
        // Nobody's slack may be another's lack: what fits the table as a whole has to fit it block by block.
        int spare = untakenIds() - unplaced;
        for (int capacity : new int[] {roomy, needed}) {
            int base = capacity <= spare || capacity == needed ? freeRange(capacity) : -1;
            if (base >= 0) {
                return new Block(service, base, capacity);
            }
        }
        throw new PlanException(
                "service %s: no %d free member ids in a row of %d; raise node.limits.members, or wait until flows of removed members have ended"
                        .formatted(intent.name(), needed, limits.members()));
    }

    /** Members that move along keep their local index below the old capacity; the others come beside them. */
    private int idsNeededBeside(ServiceIntent intent, Block outgrown) {
        int held = outgrown.capacity() - freeIds(outgrown);
        int missing = missing(intent, NameHash.of(intent.name()), outgrown).size();
        return Math.max(outgrown.capacity(), held + missing);
    }

    private static int idsNeeded(ServiceIntent intent) {
        return Math.max(1, intent.members().size());
    }

    private int untakenIds() {
        return limits.members() - takenIds().cardinality();
    }

    private int freeRange(int length) {
        int start = takenIds().nextClearBit(0);
        while (start + length <= limits.members()) {
            int end = takenIds().nextSetBit(start);
            if (end < 0 || end - start >= length) {
                return start;
            }
            start = takenIds().nextClearBit(end);
        }
        return -1;
    }

    /** Those of blocks, and those outside of them that old flows name. */
    private BitSet takenIds() {
        if (taken == null) {
            BitSet ids = new BitSet(limits.members());
            blocks.values().forEach(block -> ids.set(block.base(), block.base() + block.capacity()));
            holders.keySet().forEach(ids::set);
            taken = ids;
        }
        return taken;
    }

    private Plan rows(List<ServiceIntent> intents, IntFunction<@Nullable MemberRow> standingBefore)
            throws PlanException {
        Map<Long, ServiceIntent> byHash = new HashMap<>();
        intents.forEach(intent -> byHash.put(NameHash.of(intent.name()), intent));
        SortedMap<Integer, MemberRow> members = memberRows(byHash, standingBefore);
        SortedMap<String, VipRow> vips = new TreeMap<>();
        SortedMap<Integer, ServiceRow> services = new TreeMap<>();
        Set<Long> unnamed = new HashSet<>(blocks.keySet());
        for (ServiceIntent intent : intents) {
            long nameHash = NameHash.of(intent.name());
            unnamed.remove(nameHash);
            Block block = block(nameHash);
            services.put(block.service(), serviceRow(intent, nameHash, block, members));
            for (Vip vip : intent.vips()) {
                vips.put(vip.toString(), new VipRow(vip, block.service()));
            }
        }
        for (long nameHash : unnamed) {
            Block block = block(nameHash);
            services.put(block.service(), removedRow(nameHash, block));
        }
        return new Plan(vips, services, members, new Allocation(blocks, holders));
    }

    private static ServiceRow removedRow(long nameHash, Block block) {
        return new ServiceRow(
                Optional.empty(),
                nameHash,
                block,
                true,
                Duration.ZERO,
                Duration.ZERO,
                Service.Hash.FIVE_TUPLE,
                0,
                Sources.ALL,
                new RingSpec(0, Algorithm.MAGLEV, List.of()),
                Duration.ZERO);
    }

    private SortedMap<Integer, MemberRow> memberRows(
            Map<Long, ServiceIntent> services, IntFunction<@Nullable MemberRow> standingBefore) {
        Map<Holder, MemberIntent> wanted = new HashMap<>();
        services.forEach((nameHash, service) ->
                service.members().forEach(member -> wanted.put(new Holder(nameHash, member.address()), member)));
        SortedMap<Integer, MemberRow> rows = new TreeMap<>();
        holders.forEach((id, holder) -> {
            Block block = block(holder.nameHash());
            MemberIntent intent = wanted.get(holder);
            ServiceIntent service = services.get(holder.nameHash());
            if (service != null && intent != null) {
                rows.put(id, configuredRow(block, service, intent, block.contains(id)));
            } else {
                rows.put(
                        id,
                        leavingRow(
                                block,
                                Optional.ofNullable(service),
                                holder.address(),
                                standingBefore.apply(id),
                                block.contains(id)));
            }
        });
        return rows;
    }

    private static MemberRow configuredRow(Block block, ServiceIntent service, MemberIntent member, boolean current) {
        return new MemberRow(
                block.service(),
                member.address(),
                member.standing(),
                service.encap(),
                member.hop(),
                current ? member.serverId() : Optional.empty(),
                true,
                current);
    }

    /**
     * It left. Its flows stay with it, unless it was down already; QUIC's find it by the server id that it had, as long as nobody
     * else has that.
     */
    private static MemberRow leavingRow(
            Block block, Optional<ServiceIntent> service, Address address, @Nullable MemberRow last, boolean current) {
        Encap encap = service.map(ServiceIntent::encap)
                .or(() -> Optional.ofNullable(last).map(MemberRow::encap))
                .orElse(Encap.IPIP);
        Optional<ServerId> serverId = Optional.ofNullable(last)
                .flatMap(MemberRow::serverId)
                .filter(id -> current && service.isPresent() && isFree(id, service.get()));
        return new MemberRow(
                block.service(),
                address,
                last != null && last.standing() == Standing.DOWN ? Standing.DOWN : Standing.DRAIN,
                encap,
                Optional.ofNullable(last).flatMap(MemberRow::hop).filter(hop -> hop.carries(encap)),
                serverId,
                false,
                current);
    }

    /** Whether it could be another one of the service's. */
    private static boolean isFree(ServerId id, ServiceIntent service) {
        return id.length() == serverIdBytes(service)
                && service.members().stream()
                        .noneMatch(member -> member.serverId().equals(Optional.of(id)));
    }

    private static int serverIdBytes(ServiceIntent service) {
        return service.members().stream()
                .flatMap(member -> member.serverId().stream())
                .mapToInt(ServerId::length)
                .findFirst()
                .orElse(0);
    }

    private Block block(long nameHash) {
        Block block = blocks.get(nameHash);
        if (block == null) {
            throw new IllegalStateException("no block for name hash %016x".formatted(nameHash));
        }
        return block;
    }

    private static ServiceRow serviceRow(
            ServiceIntent intent, long nameHash, Block block, SortedMap<Integer, MemberRow> members)
            throws PlanException {
        Map<Address, Integer> ids = new HashMap<>();
        members.subMap(block.base(), block.base() + block.capacity()).forEach((id, row) -> ids.put(row.address(), id));
        List<RingMember> ringMembers = new ArrayList<>();
        for (MemberIntent member : intent.members()) {
            if (member.inRing()) {
                Integer id = ids.get(member.address());
                if (id == null) {
                    throw new PlanException("member %s/%s has no id".formatted(intent.name(), member.address()));
                }
                ringMembers.add(new RingMember(
                        id - block.base(), RingKey.of(member.address().bytes()), member.weight()));
            }
        }
        ringMembers.sort(Comparator.comparing(RingMember::key));
        return new ServiceRow(
                Optional.of(intent.name()),
                nameHash,
                block,
                intent.track(),
                intent.tcpIdle(),
                intent.udpIdle(),
                intent.hash(),
                serverIdBytes(intent),
                intent.sources(),
                new RingSpec(intent.ringSize(), intent.algorithm(), ringMembers),
                intent.keepPrevious());
    }
}
