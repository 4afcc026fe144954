package dev.ballast.control.plan;

import dev.ballast.control.model.Address;
import dev.ballast.control.model.Encap;
import dev.ballast.control.model.Node.Limits;
import dev.ballast.control.model.Ring.Algorithm;
import dev.ballast.control.model.ServerId;
import dev.ballast.control.model.Service;
import dev.ballast.control.model.Sources;
import dev.ballast.control.plan.Allocation.Block;
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
import org.jspecify.annotations.Nullable;

/**
 * Makes a {@link Plan}. One use; {@link #plan} is the entry.
 *
 * <p>Everything that already has a row keeps it. What is new takes the lowest free one. A service in which nothing changes is taken over
 * from the plan before as it is: what a plan costs goes by what changes, but for a look at each service.
 */
public final class Planner {
    /** Room for a few more members before a block has to move. */
    private static final int MIN_BLOCK = 8;

    private final Plan before;
    private final LastKnown lastKnown;
    private final Limits limits;

    /** Ids that the services need which have no block yet. */
    private int unplaced;

    /** What is taken; null until something new needs a row. */
    private @Nullable Room room;

    private Planner(Plan before, LastKnown lastKnown, Limits limits) {
        this.before = before;
        this.lastKnown = lastKnown;
        this.limits = limits;
    }

    /** What is known now of a member that is not wanted any more. */
    @FunctionalInterface
    public interface LastKnown {
        /**
         * The row with the standing and the next hop of now.
         *
         * @param service its name; empty for a service that was removed
         */
        MemberRow now(Optional<String> service, MemberRow row);
    }

    /**
     * Plans the tables for what is wanted.
     *
     * @param intents each name once, in their order
     * @param before who has which row now
     * @throws PlanException if it does not fit {@code limits}
     */
    public static Plan plan(List<ServiceIntent> intents, Plan before, LastKnown lastKnown, Limits limits)
            throws PlanException {
        return new Planner(before, lastKnown, limits).plan(intents);
    }

    private Plan plan(List<ServiceIntent> intents) throws PlanException {
        ServicePlan[] present = new ServicePlan[intents.size()];
        BitSet same = new BitSet(intents.size());
        List<ServicePlan> removed = match(intents, present, same);
        for (int i = same.nextClearBit(0); i < intents.size(); i = same.nextClearBit(i + 1)) {
            unplaced += present[i] == null ? idsNeeded(intents.get(i)) : 0;
        }
        List<ServicePlan> planned = new ArrayList<>(before.all().size() + 1);
        for (int i = 0; i < intents.size(); i++) {
            planned.add(same.get(i) ? present[i] : planned(intents.get(i), present[i]));
        }
        List<ServicePlan> leaving = new ArrayList<>();
        for (ServicePlan service : removed) {
            if (!service.members().isEmpty()) {
                ServicePlan now = removed(service);
                leaving.add(now.equals(service) ? service : now);
            }
        }
        leaving.sort(Comparator.comparingLong(ServicePlan::nameHash));
        planned.addAll(leaving);
        return Plan.of(planned, intents, same);
    }

    /**
     * Finds what each service has; null: nothing.
     *
     * @param same gets the places of those in which nothing changes
     * @return what nobody wants any more
     */
    private List<ServicePlan> match(List<ServiceIntent> intents, @Nullable ServicePlan[] present, BitSet same) {
        List<ServicePlan> removed = new ArrayList<>();
        Map<Long, ServicePlan> nameless = new TreeMap<>();
        List<ServicePlan> named = before.all();
        for (int i = named.size() - 1; i >= 0 && named.get(i).name().isEmpty(); i--) {
            nameless.put(named.get(i).nameHash(), named.get(i));
            named = named.subList(0, i);
        }
        int next = 0;
        for (int i = 0; i < intents.size(); i++) {
            ServiceIntent intent = intents.get(i);
            if (before.isOf(next, intent)) { // without a look at what they say
                same.set(i);
                present[i] = named.get(next++);
                continue;
            }
            int order = -1;
            while (next < named.size()
                    && (order = named.get(next).name().orElseThrow().compareTo(intent.name())) < 0) {
                removed.add(named.get(next++));
            }
            if (next < named.size() && order == 0) {
                present[i] = named.get(next++);
            } else if (!nameless.isEmpty()) {
                present[i] = nameless.remove(NameHash.of(intent.name()));
            }
        }
        removed.addAll(named.subList(next, named.size()));
        removed.addAll(nameless.values());
        return removed;
    }

    private ServicePlan planned(ServiceIntent intent, @Nullable ServicePlan present) throws PlanException {
        if (present == null) {
            return placed(intent);
        }
        if (present.isOf(intent)) {
            return present;
        }
        ServicePlan now = changed(intent, present);
        return now.equals(present) ? present : now;
    }

    // --- rows and ids --------------------------------------------------------------------------------------------

    /** Who holds an id: what was last known of it, if it is not new. */
    private record Holder(Address address, Optional<MemberRow> last) {}

    private ServicePlan placed(ServiceIntent intent) throws PlanException {
        unplaced -= idsNeeded(intent);
        Block block = freeBlock(intent, freeService(intent.name()), idsNeeded(intent));
        room().place(block);
        SortedMap<Integer, Holder> holders = new TreeMap<>();
        int id = block.base();
        for (Address address : missing(intent, block, holders)) {
            room().hold(id);
            holders.put(id++, new Holder(address, Optional.empty()));
        }
        return rows(intent, NameHash.of(intent.name()), block, holders);
    }

    private ServicePlan changed(ServiceIntent intent, ServicePlan present) throws PlanException {
        Block block = present.block();
        SortedMap<Integer, Holder> holders = new TreeMap<>();
        present.members().forEach((id, row) -> holders.put(id, new Holder(row.address(), Optional.of(row))));
        List<Address> missing = missing(intent, block, holders);
        if (!missing.isEmpty()) {
            if (missing.size() > block.capacity() - room().held(block)) {
                int needed = Math.max(block.capacity(), room().held(block) + missing.size());
                block = freeBlock(intent, block.service(), needed);
                takeAlong(present.block(), block, holders);
                room().move(present.block(), block);
                missing = missing(intent, block, holders);
            }
            for (Address address : missing) {
                int id = room().freeId(block.base());
                room().hold(id);
                holders.put(id, new Holder(address, Optional.empty()));
            }
        }
        return rows(intent, present.nameHash(), block, holders);
    }

    /**
     * All members keep their local index in the new block, those that leave as well. The base of a service and its ring are two words:
     * while the first is stored and the second is not, and if a daemon dies there until the next one starts, the old ring has to name
     * the right members from the new base.
     */
    private void takeAlong(Block from, Block to, SortedMap<Integer, Holder> holders) {
        SortedMap<Integer, Holder> along = new TreeMap<>();
        holders.subMap(from.base(), from.base() + from.capacity()).forEach((id, holder) -> {
            int moved = to.base() + id - from.base();
            along.put(moved, holder);
            room().hold(moved);
        });
        holders.putAll(along);
    }

    /** Wanted addresses without an id in {@code block}, in order. */
    private static List<Address> missing(ServiceIntent intent, Block block, SortedMap<Integer, Holder> holders) {
        Set<Address> present = new HashSet<>();
        holders.subMap(block.base(), block.base() + block.capacity())
                .values()
                .forEach(holder -> present.add(holder.address()));
        return intent.members().stream()
                .map(MemberIntent::address)
                .filter(address -> !present.contains(address))
                .sorted()
                .toList();
    }

    private int freeService(String name) throws PlanException {
        int index = room().freeService();
        if (index < limits.services()) {
            return index;
        }
        throw new PlanException(
                "service %s has no row: all %d are taken, removed services with live flows among them; raise node.limits.services"
                        .formatted(name, limits.services()));
    }

    /** The lowest free range of ids with room for {@code needed} members of {@code intent}, with slack where the table has it. */
    private Block freeBlock(ServiceIntent intent, int service, int needed) throws PlanException {
        int roomy = Math.max(MIN_BLOCK, Integer.highestOneBit(needed + needed / 2) << 1);
        // Nobody's slack may be another's lack: what fits the table as a whole has to fit it block by block.
        int spare = room().free() - unplaced;
        for (int capacity : new int[] {roomy, needed}) {
            int base = capacity <= spare || capacity == needed ? room().freeRange(capacity) : -1;
            if (base >= 0) {
                return new Block(service, base, capacity);
            }
        }
        throw new PlanException(
                "service %s: no %d free member ids in a row of %d; raise node.limits.members, or wait until flows of removed members have ended"
                        .formatted(intent.name(), needed, limits.members()));
    }

    private static int idsNeeded(ServiceIntent intent) {
        return Math.max(1, intent.members().size());
    }

    private Room room() {
        Room known = room;
        if (known == null) {
            known = new Room(before, limits.members());
            room = known;
        }
        return known;
    }

    /** Which rows of services and which ids are taken: as the plan before has it, and what was given out since. */
    private static final class Room {
        private final int ids;
        private final BitSet services = new BitSet();
        private final BitSet held = new BitSet();
        /** Ids of blocks, and those outside of them that old flows name. */
        private final BitSet taken;

        Room(Plan before, int ids) {
            this.ids = ids;
            this.taken = new BitSet(ids);
            for (ServicePlan service : before.all()) {
                place(service.block());
                service.members().keySet().forEach(this::hold);
            }
        }

        void place(Block block) {
            services.set(block.service());
            taken.set(block.base(), block.base() + block.capacity());
        }

        /** Where the block was is free again, but for the ids that old flows name. */
        void move(Block from, Block to) {
            taken.clear(from.base(), from.base() + from.capacity());
            for (int id = held.nextSetBit(from.base());
                    id >= 0 && id < from.base() + from.capacity();
                    id = held.nextSetBit(id + 1)) {
                taken.set(id);
            }
            place(to);
        }

        void hold(int id) {
            held.set(id);
            taken.set(id);
        }

        /** How many ids of a block somebody holds. */
        int held(Block block) {
            return held.get(block.base(), block.base() + block.capacity()).cardinality();
        }

        int freeId(int from) {
            return held.nextClearBit(from);
        }

        int freeService() {
            return services.nextClearBit(0);
        }

        int free() {
            return ids - taken.cardinality();
        }

        /** The first of so many free ids in a row; -1: there are none. */
        int freeRange(int length) {
            int start = taken.nextClearBit(0);
            while (start + length <= ids) {
                int end = taken.nextSetBit(start);
                if (end < 0 || end - start >= length) {
                    return start;
                }
                start = taken.nextClearBit(end);
            }
            return -1;
        }
    }

    // --- the rows of one service ---------------------------------------------------------------------------------

    private ServicePlan rows(ServiceIntent intent, long nameHash, Block block, SortedMap<Integer, Holder> holders)
            throws PlanException {
        Map<Address, MemberIntent> wanted = new HashMap<>();
        intent.members().forEach(member -> wanted.put(member.address(), member));
        SortedMap<Integer, MemberRow> members = new TreeMap<>();
        holders.forEach((id, holder) -> {
            MemberIntent member = wanted.get(holder.address());
            boolean current = block.contains(id);
            members.put(
                    id,
                    member == null
                            ? leavingRow(block, Optional.of(intent), holder, current)
                            : configuredRow(block, intent, member, current));
        });
        return new ServicePlan(
                nameHash,
                block,
                Optional.of(serviceRow(intent, nameHash, block, members)),
                members,
                intent.vips().stream()
                        .map(vip -> new VipRow(vip, block.service()))
                        .toList(),
                Optional.of(intent));
    }

    private ServicePlan removed(ServicePlan service) {
        Block block = service.block();
        SortedMap<Integer, MemberRow> members = new TreeMap<>();
        service.members()
                .forEach((id, row) -> members.put(
                        id,
                        leavingRow(
                                block,
                                Optional.empty(),
                                new Holder(row.address(), Optional.of(row)),
                                block.contains(id))));
        return new ServicePlan(
                service.nameHash(),
                block,
                Optional.of(removedRow(service.nameHash(), block)),
                members,
                List.of(),
                Optional.empty());
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
    private MemberRow leavingRow(Block block, Optional<ServiceIntent> service, Holder holder, boolean current) {
        Optional<MemberRow> last = holder.last().map(row -> lastKnown.now(service.map(ServiceIntent::name), row));
        Encap encap = service.map(ServiceIntent::encap)
                .or(() -> last.map(MemberRow::encap))
                .orElse(Encap.IPIP);
        Optional<ServerId> serverId = last.flatMap(MemberRow::serverId)
                .filter(id -> current && service.isPresent() && isFree(id, service.get()));
        return new MemberRow(
                block.service(),
                holder.address(),
                last.map(MemberRow::standing).orElse(Standing.DRAIN) == Standing.DOWN ? Standing.DOWN : Standing.DRAIN,
                encap,
                last.flatMap(MemberRow::hop).filter(hop -> hop.carries(encap)),
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
