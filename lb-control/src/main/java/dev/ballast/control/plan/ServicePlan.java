package dev.ballast.control.plan;

import dev.ballast.control.model.Address;
import dev.ballast.control.plan.Allocation.Block;
import dev.ballast.control.plan.Plan.MemberRow;
import dev.ballast.control.plan.Plan.ServiceRow;
import dev.ballast.control.plan.Plan.VipRow;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What one service has in the tables. Immutable, and shared by all plans in which the service has the same: of ten thousand services a
 * change concerns a few, and the others are compared by looking whether they are the same object.
 *
 * <p>Two are equal if they make the same rows; from what intent does not count.
 */
public final class ServicePlan {
    private final long nameHash;
    private final Block block;
    private final Optional<ServiceRow> row;
    private final Optional<String> name;
    private final SortedMap<Integer, MemberRow> members;
    private final List<VipRow> vips;
    private final Optional<ServiceIntent> intent;
    private final boolean settled;
    private final Set<Integer> egress;

    /**
     * Copies the collections.
     *
     * @param row empty: adopted, and not planned yet
     * @param members by id, all of which are given to this service
     * @param intent what it was made of; empty: it was adopted, or is removed
     */
    ServicePlan(
            long nameHash,
            Block block,
            Optional<ServiceRow> row,
            SortedMap<Integer, MemberRow> members,
            List<VipRow> vips,
            Optional<ServiceIntent> intent) {
        this.nameHash = nameHash;
        this.block = block;
        this.row = row;
        this.name = row.flatMap(ServiceRow::name);
        this.members = Collections.unmodifiableSortedMap(new TreeMap<>(members));
        this.vips = List.copyOf(vips);
        this.intent = intent;
        this.settled = members.values().stream().noneMatch(MemberRow::hasLeft);
        this.egress = members.values().stream()
                .flatMap(member -> member.hop().stream())
                .map(Hop::ifindex)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** One that was found in the tables; nothing of it is wanted yet. */
    public static ServicePlan adopted(long nameHash, Block block, SortedMap<Integer, MemberRow> members) {
        return new ServicePlan(nameHash, block, Optional.empty(), members, List.of(), Optional.empty());
    }

    /** By which the tables know it. */
    public long nameHash() {
        return nameHash;
    }

    /** Empty for one that was removed, or adopted and not planned yet. */
    public Optional<String> name() {
        return name;
    }

    /** Its place in the service table, and the ids that its ring can name. */
    public Block block() {
        return block;
    }

    /** Its row and ring; empty for one that was adopted and not planned yet. */
    public Optional<ServiceRow> row() {
        return row;
    }

    /** By id; also those that left and still have flows. */
    public SortedMap<Integer, MemberRow> members() {
        return members;
    }

    /** In the order of the configuration. */
    public List<VipRow> vips() {
        return vips;
    }

    /** The indexes of the interfaces by which its members are reached. */
    public Set<Integer> egress() {
        return egress;
    }

    /** Whether it is nothing but what is configured: no member has left, and none has an id of an earlier block. */
    public boolean isSettled() {
        return settled;
    }

    /** Whether a plan for this intent has nothing to do: all that it says is here, and nothing else. */
    boolean isOf(ServiceIntent other) {
        return settled && intent.isPresent() && intent.get().equals(other);
    }

    boolean isRemoved() {
        return row.isPresent() && name.isEmpty();
    }

    /** The addresses that have an id. */
    public Set<Address> addresses() {
        return members.values().stream().map(MemberRow::address).collect(Collectors.toCollection(TreeSet::new));
    }

    /** The same without these ids. */
    ServicePlan without(Set<Integer> ids) {
        SortedMap<Integer, MemberRow> kept = new TreeMap<>(members);
        return kept.keySet().removeAll(ids) ? new ServicePlan(nameHash, block, row, kept, vips, intent) : this;
    }

    @Override
    public boolean equals(Object other) {
        return this == other
                || (other instanceof ServicePlan that
                        && nameHash == that.nameHash
                        && block.equals(that.block)
                        && row.equals(that.row)
                        && members.equals(that.members)
                        && vips.equals(that.vips));
    }

    @Override
    public int hashCode() {
        return Long.hashCode(nameHash);
    }

    @Override
    public String toString() {
        return "%s in %s: %s".formatted(name.orElse("removed or adopted"), block, Map.copyOf(members));
    }
}
