package dev.ballast.control.plan;

import dev.ballast.control.model.Address;
import dev.ballast.control.model.Encap;
import dev.ballast.control.model.Ring.Algorithm;
import dev.ballast.control.model.ServerId;
import dev.ballast.control.model.Service;
import dev.ballast.control.model.Sources;
import dev.ballast.control.model.Vip;
import dev.ballast.ring.CalibratedRendezvous;
import dev.ballast.ring.HashKey;
import dev.ballast.ring.Maglev;
import dev.ballast.ring.Ring;
import dev.ballast.ring.RingMember;
import dev.ballast.ring.RingSize;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the tables shall hold: of each service what it has there. Immutable; services in which nothing changes are the same objects in the
 * next plan. Rows by index, id and VIP are put together when somebody asks for them. Any thread.
 */
public final class Plan {
    private static final Comparator<ServicePlan> ORDER = (one, other) -> {
        if (one.name().isPresent() && other.name().isPresent()) {
            return one.name().get().compareTo(other.name().get());
        }
        return one.name().isPresent() == other.name().isPresent()
                ? Long.compare(one.nameHash(), other.nameHash())
                : one.name().isPresent() ? -1 : 1;
    };

    /** Nothing. */
    public static final Plan EMPTY = new Plan(List.of());

    private final List<ServicePlan> all;
    /** What the first of them were made of. */
    private final List<ServiceIntent> intents;
    /** Places of those that are not settled, or of which no intent is known. */
    private final BitSet unsettled = new BitSet();

    private @Nullable SortedMap<String, VipRow> vips;
    private @Nullable SortedMap<Integer, ServiceRow> services;
    private @Nullable SortedMap<Integer, MemberRow> members;
    private @Nullable Allocation allocation;

    /** Puts them in order: by name, then those without one by its hash. */
    public Plan(List<ServicePlan> services) {
        this(services.stream().sorted(ORDER).toList(), List.of());
        unsettled.set(0, all.size());
    }

    private Plan(List<ServicePlan> all, List<ServiceIntent> intents) {
        this.all = all;
        this.intents = intents;
    }

    /**
     * A plan that was made of the one before.
     *
     * @param all in order: those that {@code intents} asked for, then those that were removed
     * @param same places of those that are what they were in the plan before, and settled
     */
    static Plan of(List<ServicePlan> all, List<ServiceIntent> intents, BitSet same) {
        Plan plan = new Plan(List.copyOf(all), intents);
        for (int i = same.nextClearBit(0); i < all.size(); i = same.nextClearBit(i + 1)) {
            plan.unsettled.set(i, i >= intents.size() || !all.get(i).isOf(intents.get(i)));
        }
        return plan;
    }

    /** Whether what it has at a place is all that this very intent asks for, and nothing else. */
    @SuppressWarnings("ReferenceEquality")
    boolean isOf(int place, ServiceIntent intent) {
        return place < intents.size() && intents.get(place) == intent && !unsettled.get(place);
    }

    /** What each service has: first those that are configured, by name, then those that were removed or adopted, by the hash of theirs. */
    public List<ServicePlan> all() {
        return all;
    }

    /** Those that may have more than what is configured: members that left, ids of an earlier block. */
    public List<ServicePlan> unsettled() {
        return unsettled.stream().mapToObj(all::get).toList();
    }

    /** The service index of each VIP. */
    public SortedMap<String, VipRow> vips() {
        SortedMap<String, VipRow> rows = vips;
        if (rows == null) {
            SortedMap<String, VipRow> put = new TreeMap<>();
            all.forEach(each -> each.vips().forEach(row -> put.put(row.vip().toString(), row)));
            rows = Collections.unmodifiableSortedMap(put);
            vips = rows;
        }
        return rows;
    }

    /** By index; also those that were removed and still have members with flows. */
    public SortedMap<Integer, ServiceRow> services() {
        SortedMap<Integer, ServiceRow> rows = services;
        if (rows == null) {
            SortedMap<Integer, ServiceRow> put = new TreeMap<>();
            all.forEach(each -> each.row().ifPresent(row -> put.put(row.block().service(), row)));
            rows = Collections.unmodifiableSortedMap(put);
            services = rows;
        }
        return rows;
    }

    /** By id; also those that left and still have flows. */
    public SortedMap<Integer, MemberRow> members() {
        SortedMap<Integer, MemberRow> rows = members;
        if (rows == null) {
            SortedMap<Integer, MemberRow> put = new TreeMap<>();
            all.forEach(each -> put.putAll(each.members()));
            rows = Collections.unmodifiableSortedMap(put);
            members = rows;
        }
        return rows;
    }

    /** Who has which row. */
    public Allocation allocation() {
        Allocation rows = allocation;
        if (rows == null) {
            rows = Allocation.of(all);
            allocation = rows;
        }
        return rows;
    }

    /** What the service of this name has, also if it was adopted or removed. */
    public Optional<ServicePlan> service(String name) {
        int low = 0;
        int high = all.size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            ServicePlan each = all.get(middle);
            int order = each.name().map(name::compareTo).orElse(-1);
            if (order == 0) {
                return Optional.of(each);
            }
            if (order < 0) {
                high = middle - 1;
            } else {
                low = middle + 1;
            }
        }
        return nameless(NameHash.of(name));
    }

    private Optional<ServicePlan> nameless(long nameHash) {
        for (int i = all.size() - 1; i >= 0 && all.get(i).name().isEmpty(); i--) {
            if (all.get(i).nameHash() == nameHash) {
                return Optional.of(all.get(i));
            }
        }
        return Optional.empty();
    }

    /** Those of its services that {@code other} has otherwise, or not at all. */
    @SuppressWarnings("ReferenceEquality")
    public Plan butNotIn(Plan other) {
        List<ServicePlan> otherwise = new ArrayList<>();
        int next = 0;
        for (ServicePlan each : all) {
            while (next < other.all.size()
                    && other.all.get(next) != each
                    && ORDER.compare(other.all.get(next), each) < 0) {
                next++;
            }
            if (next < other.all.size() && other.all.get(next) == each) {
                next++;
            } else {
                otherwise.add(each);
            }
        }
        return new Plan(otherwise);
    }

    /** The indexes of the interfaces by which members are reached. */
    public Set<Integer> egress() {
        Set<Integer> interfaces = new HashSet<>();
        all.forEach(each -> interfaces.addAll(each.egress()));
        return interfaces;
    }

    /** The same without ids that no flow and no ring names any more, and without removed services that are left with no id. */
    public Plan release(Set<Integer> ids) {
        return of(
                all.stream()
                        .map(each -> each.isSettled() ? each : each.without(ids))
                        .filter(each -> !each.isRemoved() || !each.members().isEmpty())
                        .toList(),
                intents,
                new BitSet());
    }

    @Override
    public boolean equals(Object other) {
        return this == other || (other instanceof Plan that && all.equals(that.all));
    }

    @Override
    public int hashCode() {
        return all.hashCode();
    }

    @Override
    public String toString() {
        return all.toString();
    }

    /** A VIP and the index of its service. */
    public record VipRow(Vip vip, int service) {}

    /**
     * A row of the service table, and the ring that it publishes.
     *
     * @param name empty for a removed service, of which only the hash is known
     * @param serverIdBytes how long the server ids of its members are; 0: none has one
     * @param keepPrevious how long a ring counts after the next one is published; zero: not at all
     */
    public record ServiceRow(
            Optional<String> name,
            long nameHash,
            Allocation.Block block,
            boolean track,
            Duration tcpIdle,
            Duration udpIdle,
            Service.Hash hash,
            int serverIdBytes,
            Sources sources,
            RingSpec ring,
            Duration keepPrevious) {}

    /** What a ring is made of; equal specs make equal rings. Members are in the order of their addresses. */
    public record RingSpec(int size, Algorithm algorithm, List<RingMember> members) {
        /** Copies the members. */
        public RingSpec {
            members = List.copyOf(members);
        }

        /** Builds it with the cluster's key. */
        public Ring build(HashKey key) {
            RingSize slots = new RingSize(size);
            return switch (algorithm) {
                case MAGLEV -> Maglev.build(members, slots, key);
                case RENDEZVOUS -> CalibratedRendezvous.build(members, slots, key);
            };
        }
    }

    /**
     * A row of the member table.
     *
     * @param current whether this id is the one that the ring names; false for one that only old flows name
     * @param hop empty while unresolved
     * @param serverId empty also for an id that only old flows name while another id has the member's server id
     */
    public record MemberRow(
            int service,
            Address address,
            MemberIntent.Standing standing,
            Encap encap,
            Optional<Hop> hop,
            Optional<ServerId> serverId,
            boolean configured,
            boolean current) {
        /** Whether only flows know this id: its member is not configured any more, or has another one. */
        public boolean hasLeft() {
            return !configured || !current;
        }
    }
}
