package dev.ballast.control.plan;

import dev.ballast.control.model.Address;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who has which row: services by the hash of their name, members by service and address. Read from the kernel's tables at
 * start, and from then on carried from plan to plan.
 *
 * <p>An id stays with its holder until {@link #release}: a flow entry names its member by id, so an id that went to another
 * member too early would send flows there. A service that outgrew its block has a new one and holds the old ids as well.
 *
 * @param blocks by name hash
 * @param holders by member id
 */
public record Allocation(SortedMap<Long, Block> blocks, SortedMap<Integer, Holder> holders) {
    /** Nothing has a row. */
    public static final Allocation EMPTY = new Allocation(new TreeMap<>(), new TreeMap<>());

    /**
     * The row of a service and the member ids that its ring can name.
     *
     * @param service its index in the service table
     * @param base the id of local index 0
     * @param capacity the number of ids from {@code base} on
     */
    public record Block(int service, int base, int capacity) {
        /** Whether the ring can name this id. */
        public boolean contains(int id) {
            return id >= base && id < base + capacity;
        }
    }

    /** The holder of a member id. */
    public record Holder(long nameHash, Address address) {}

    /** Copies both maps. */
    public Allocation {
        blocks = Collections.unmodifiableSortedMap(new TreeMap<>(blocks));
        holders = Collections.unmodifiableSortedMap(new TreeMap<>(holders));
    }

    /** The id by which the ring of the service names this address; empty if it has none in the current block. */
    public Optional<Integer> currentId(long nameHash, Address address) {
        Block block = blocks.get(nameHash);
        Holder holder = new Holder(nameHash, address);
        return block == null
                ? Optional.empty()
                : holders.subMap(block.base(), block.base() + block.capacity()).entrySet().stream()
                        .filter(held -> held.getValue().equals(holder))
                        .map(Map.Entry::getKey)
                        .findFirst();
    }

    /** The ids of each holder, the current one and those that only old flows name. */
    public Map<Holder, List<Integer>> idsByHolder() {
        Map<Holder, List<Integer>> ids = new HashMap<>();
        holders.forEach((id, holder) ->
                ids.computeIfAbsent(holder, _ -> new ArrayList<>(1)).add(id));
        return ids;
    }

    /** The addresses that have an id, by the name hash of their service. */
    public Map<Long, SortedSet<Address>> addressesByService() {
        Map<Long, SortedSet<Address>> addresses = new HashMap<>();
        holders.values()
                .forEach(holder -> addresses
                        .computeIfAbsent(holder.nameHash(), _ -> new TreeSet<>())
                        .add(holder.address()));
        return addresses;
    }

    /**
     * Frees ids that no flow and no ring names any more, and the rows of services that are left with no id and are not
     * {@code wanted}.
     *
     * @param wanted name hashes of the configured services
     */
    public Allocation release(Collection<Integer> ids, Collection<Long> wanted) {
        SortedMap<Integer, Holder> keptHolders = new TreeMap<>(holders);
        keptHolders.keySet().removeAll(ids);
        Set<Long> needed = new HashSet<>(wanted);
        keptHolders.values().forEach(holder -> needed.add(holder.nameHash()));
        SortedMap<Long, Block> keptBlocks = new TreeMap<>(blocks);
        keptBlocks.keySet().retainAll(needed);
        return new Allocation(keptBlocks, keptHolders);
    }
}
