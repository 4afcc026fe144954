package dev.ballast.control.reconcile;

import dev.ballast.control.plan.Plan;
import dev.ballast.datapath.MemberRow;
import dev.ballast.datapath.ServerIdTable;
import dev.ballast.datapath.ServiceRow;
import dev.ballast.datapath.SourceFilter;
import dev.ballast.datapath.SourcePrefix;
import dev.ballast.datapath.Tables;
import dev.ballast.datapath.VipKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes the tables hold a plan: reads what they hold, and writes the difference. One use.
 *
 * <p>Where the plan is known that they held after the last round, only rows of services that the new one has otherwise are looked at: of
 * ten thousand services, a change concerns a few. What somebody else writes meanwhile is found without that knowledge, by an audit.
 *
 * <p>Rows are written from the back, so that a packet always finds what its VIP leads to: members, server ids, services with their
 * source prefixes and rings, VIPs. They are removed in the other order.
 */
final class TableWriter {
    private final Tables tables;
    private final RingBook rings;
    private final SourceBook sources;
    private final Plan plan;
    private final Optional<Plan> held;
    private final List<String> written = new ArrayList<>();

    /** @param held what the tables hold but for what somebody else has written; empty: to be found out */
    TableWriter(Tables tables, RingBook rings, SourceBook sources, Plan plan, Optional<Plan> held) {
        this.tables = tables;
        this.rings = rings;
        this.sources = sources;
        this.plan = plan;
        this.held = held;
    }

    /** Does it; answers with what was written, in words: nothing if the tables held the plan already. */
    List<String> write() {
        Plan come = held.map(plan::butNotIn).orElse(plan);
        Optional<Plan> gone = held.map(before -> before.butNotIn(plan));
        Changed<Integer, Plan.MemberRow> members = Changed.of(come.members(), gone.map(Plan::members));
        Changed<Integer, Plan.ServiceRow> services = Changed.of(come.services(), gone.map(Plan::services));
        Map<ServerIdTable.Place, Integer> serverIds = Rows.serverIds(come);
        members.rows().forEach(this::writeMember);
        if (!serverIds.isEmpty()) {
            writeServerIds(serverIds);
        }
        services.rows().forEach(this::writeService);
        if (Changed.of(come.vips(), gone.map(Plan::vips)).isAny()) {
            writeVips();
        }
        if (services.isAnyGone()) {
            clearServices();
        }
        clearServerIds(
                serverIds.keySet(), gone.map(before -> Rows.serverIds(before).keySet()));
        if (members.isAnyGone()) {
            clearMembers();
        }
        return written;
    }

    /**
     * What of one table has to be looked at.
     *
     * @param rows those that the tables may not hold as they are planned
     * @param isAnyGone whether they may hold one that is not planned
     */
    private record Changed<K, R>(SortedMap<K, R> rows, boolean isAnyGone) {
        boolean isAny() {
            return isAnyGone || !rows.isEmpty();
        }

        /** Both in the order of their keys, and nearly the same. */
        static <K extends Comparable<K>, R> Changed<K, R> of(
                SortedMap<K, R> planned, Optional<SortedMap<K, R>> heldBefore) {
            if (heldBefore.isEmpty()) {
                return new Changed<>(planned, true);
            }
            SortedMap<K, R> rows = new TreeMap<>();
            boolean isAnyGone = false;
            Iterator<Map.Entry<K, R>> held = heldBefore.get().entrySet().iterator();
            Map.@Nullable Entry<K, R> next = next(held);
            for (Map.Entry<K, R> row : planned.entrySet()) {
                while (next != null && next.getKey().compareTo(row.getKey()) < 0) {
                    isAnyGone = true;
                    next = next(held);
                }
                if (next == null || !next.getKey().equals(row.getKey())) {
                    rows.put(row.getKey(), row.getValue());
                } else {
                    if (!next.getValue().equals(row.getValue())) {
                        rows.put(row.getKey(), row.getValue());
                    }
                    next = next(held);
                }
            }
            return new Changed<>(rows, isAnyGone || next != null);
        }

        private static <E> @Nullable E next(Iterator<E> iterator) {
            return iterator.hasNext() ? iterator.next() : null;
        }
    }

    private void writeMember(int id, Plan.MemberRow planned) {
        MemberRow row = Rows.member(planned);
        Optional<MemberRow> present = tables.members().read(id);
        if (present.equals(Optional.of(row))) {
            return;
        }
        if (present.isPresent() && !isSameMember(present.get(), row)) {
            // Its id was released and given on while the row could not be cleared, or somebody else wrote here.
            clearMember(id);
        }
        tables.members().write(id, row);
        written.add("member id %d, %s".formatted(id, planned.address()));
    }

    private static boolean isSameMember(MemberRow one, MemberRow other) {
        return one.service() == other.service() && one.backend().equals(other.backend());
    }

    private void writeServerIds(Map<ServerIdTable.Place, Integer> wanted) {
        Map<ServerIdTable.Place, Integer> present = tables.serverIds().list();
        wanted.forEach((place, member) -> {
            if (!member.equals(present.get(place))) {
                tables.serverIds().put(place, member);
                written.add("server id %s of service index %d".formatted(place.id(), place.service()));
            }
        });
    }

    /** @param gone empty: whatever is there and not wanted */
    private void clearServerIds(Set<ServerIdTable.Place> wanted, Optional<Set<ServerIdTable.Place>> gone) {
        if (gone.isPresent() && wanted.containsAll(gone.get())) {
            return;
        }
        for (ServerIdTable.Place place : tables.serverIds().list().keySet()) {
            if (!wanted.contains(place)
                    && gone.map(places -> places.contains(place)).orElse(true)) {
                tables.serverIds().remove(place);
                written.add("server id %s of service index %d removed".formatted(place.id(), place.service()));
            }
        }
    }

    private void writeService(int index, Plan.ServiceRow planned) {
        String name = "service " + planned.name().orElse("removed, index " + index);
        ServiceRow row = Rows.service(planned, tables.clock());
        Optional<ServiceRow> present = tables.services().read(index);
        boolean differs = !present.equals(Optional.of(row));
        if (present.isPresent() && present.get().filter() != row.filter()) {
            // Prefixes of one rule are never read by the other: in between all sources are served.
            present = Optional.of(present.get().with(SourceFilter.OFF));
            tables.services().write(index, present.get());
        }
        if (present.isEmpty() || !meansTheSame(present.get(), row)) {
            rings.previous().invalidate(index);
        }
        Set<SourcePrefix> prefixes =
                planned.sources().prefixes().stream().map(Rows::source).collect(Collectors.toSet());
        if (sources.hold(index, prefixes)) {
            written.add(name + ": sources");
        }
        if (differs) {
            tables.services().write(index, row);
            written.add(name);
        }
        if (rings.publish(index, planned)) {
            written.add(name + ": ring");
        }
    }

    /** Whether the slots of a ring are those of the same packets, and its local indexes those of the same members. */
    private static boolean meansTheSame(ServiceRow before, ServiceRow after) {
        return before.memberBase() == after.memberBase()
                && (before.hash() == after.hash()
                        || (before.hash().isByTag() && after.hash().isByTag()));
    }

    private void writeVips() {
        Map<VipKey, Integer> present = tables.vips().list();
        Set<VipKey> wanted = new HashSet<>();
        for (Plan.VipRow row : plan.vips().values()) {
            VipKey key = Rows.vip(row.vip());
            wanted.add(key);
            Integer service = present.get(key);
            if (service == null || service != row.service()) {
                tables.vips().put(key, row.service());
                written.add("VIP " + row.vip());
            }
        }
        for (VipKey key : present.keySet()) {
            if (!wanted.contains(key)) {
                tables.vips().remove(key);
                written.add("VIP " + key + " removed");
            }
        }
    }

    private void clearServices() {
        for (int index : tables.services().used()) {
            if (!plan.services().containsKey(index)) {
                rings.forget(index);
                tables.services().clear(index);
                tables.counters().resetService(index);
                written.add("service index %d cleared".formatted(index));
            }
        }
        for (int index : sources.services()) {
            if (!plan.services().containsKey(index)) {
                sources.hold(index, Set.of());
                written.add("service index %d: sources removed".formatted(index));
            }
        }
    }

    private void clearMembers() {
        for (int id : tables.members().used()) {
            if (!plan.members().containsKey(id)) {
                clearMember(id);
                written.add("member id %d cleared".formatted(id));
            }
        }
    }

    private void clearMember(int id) {
        tables.members().clear(id);
        tables.counters().resetMember(id);
    }
}
