package dev.ballast.control.plan;

import dev.ballast.control.model.Address;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Who has which row: services by the hash of their name, members by service and address. A look at a {@link Plan}.
 *
 * <p>An id stays with its holder until {@link Plan#release}: a flow entry names its member by id, so an id that went to another
 * member too early would send flows there. A service that outgrew its block has a new one and holds the old ids as well.
 *
 * @param blocks by name hash
 * @param holders by member id
 */
public record Allocation(SortedMap<Long, Block> blocks, SortedMap<Integer, Holder> holders) {
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

    static Allocation of(List<ServicePlan> services) {
        SortedMap<Long, Block> blocks = new TreeMap<>();
        SortedMap<Integer, Holder> holders = new TreeMap<>();
        for (ServicePlan service : services) {
            blocks.put(service.nameHash(), service.block());
            service.members().forEach((id, row) -> holders.put(id, new Holder(service.nameHash(), row.address())));
        }
        return new Allocation(blocks, holders);
    }

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
}
