package dev.ballast.control.reconcile;

import dev.ballast.control.plan.Plan;
import dev.ballast.control.plan.Plan.RingSpec;
import dev.ballast.datapath.DatapathException;
import dev.ballast.datapath.PublishedRing;
import dev.ballast.datapath.RingRange;
import dev.ballast.datapath.Tables;
import dev.ballast.ring.HashKey;
import dev.ballast.ring.Ring;
import dev.ballast.ring.RingSize;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which ring each service has, and from what it was made: only what changed is built anew. One thread: the loop's. */
final class RingBook {
    private static final Logger LOG = LoggerFactory.getLogger(RingBook.class);

    /** How many slots an audit compares: 8 MiB, a few milliseconds. */
    private static final long AUDIT_SLOTS = 4 << 20;

    /** Slots are not kept: shares are all that anybody asks for, and the checksum tells whether they are still the same. */
    private record Entry(RingSpec spec, Optional<RingRange> range, Map<Integer, Double> shares, long checksum) {}

    private final Tables tables;
    private final HashKey key;
    private final PreviousRings previous;
    private final NavigableMap<Integer, Entry> byService = new TreeMap<>();

    /** Rings that an earlier daemon published, of services that this one has not been told of yet. */
    private final Map<Integer, RingRange> adopted = new HashMap<>();

    /** Services whose slots somebody else has written over. */
    private final Set<Integer> damaged = new HashSet<>();

    /** The slots of the largest ring so far. */
    private int largest;

    /** The first service of the next {@link #audit}. */
    private int auditFrom;

    RingBook(Tables tables, HashKey key, LongSupplier unixMs) {
        this.tables = tables;
        this.key = key;
        this.previous = new PreviousRings(tables, unixMs);
        for (int service : tables.services().used()) {
            tables.services().ring(service).range().ifPresent(range -> adopt(service, range));
        }
    }

    private void adopt(int service, RingRange range) {
        if (tables.rings().isAllocated(range) && !adopted.containsValue(range)) {
            adopted.put(service, range);
        } else {
            LOG.atWarn()
                    .addKeyValue("service_index", service)
                    .addKeyValue("ring", range)
                    .log(
                            "what this service publishes is no ring of its own, somebody has written there; it gets another");
        }
    }

    /**
     * Compares slots with what was published: all of them, or so many that it takes a few milliseconds, going on where the last call
     * ended. What differs is published anew with the next {@link #publish}; a ring before ends.
     *
     * @return what was done at once, in words
     */
    List<String> audit() {
        long left = AUDIT_SLOTS;
        for (int looked = byService.size(); looked > 0 && left > 0; looked--) {
            Map.Entry<Integer, Entry> next = byService.ceilingEntry(auditFrom);
            if (next == null) {
                next = byService.firstEntry();
            }
            auditFrom = next.getKey() + 1;
            Entry entry = next.getValue();
            if (entry.range().isPresent()) {
                RingRange range = entry.range().get();
                left -= range.slots();
                if (SlotChecksum.of(tables.rings().slots(range)) != entry.checksum()) {
                    damaged.add(next.getKey());
                }
            }
        }
        return previous.dropDamaged().stream()
                .map("service index %d: previous ring"::formatted)
                .toList();
    }

    /** The rings that were in force before. */
    PreviousRings previous() {
        return previous;
    }

    /**
     * Publishes the ring that is planned, unless the service has it already. A ring that was adopted is kept if it is what the
     * spec gives, slot for slot.
     *
     * @return whether anything was written
     */
    boolean publish(int service, Plan.ServiceRow planned) {
        planned.name().ifPresent(name -> previous.name(service, name));
        RingSpec spec = planned.ring();
        boolean dropped = previous.dropForeign(service);
        dropped |= planned.keepPrevious().isZero() && previous.drop(service);
        Entry known = byService.get(service);
        PublishedRing before = tables.services().ring(service);
        if (known != null
                && known.spec().equals(spec)
                && known.range().equals(before.range())
                && !damaged.contains(service)) {
            return dropped;
        }
        // What this book gave out is what it takes back, even if somebody else wrote over the service's word.
        Optional<RingRange> replaced = known == null ? Optional.ofNullable(adopted.get(service)) : known.range();
        if (spec.members().isEmpty()) {
            return note(service, replaced, new Entry(spec, Optional.empty(), Map.of(), 0), planned) || dropped;
        }
        Ring ring = spec.build(key);
        Map<Integer, Double> shares = new HashMap<>();
        spec.members().forEach(member -> shares.put(member.index(), ring.share(member.index())));
        if (known == null
                && replaced.isPresent()
                && replaced.equals(before.range())
                && ring.isAt(tables.rings().slots(replaced.get()))) {
            return note(service, replaced, new Entry(spec, replaced, shares, checksum(replaced.get())), planned)
                    || dropped;
        }
        RingRange range = allocate(spec.size());
        ring.copyTo(tables.rings().slots(range));
        return note(service, replaced, new Entry(spec, Optional.of(range), shares, checksum(range)), planned);
    }

    private long checksum(RingRange range) {
        return SlotChecksum.of(tables.rings().slots(range));
    }

    /** Where the area is full, rings that are kept give way: after the grace period that the round ends with there is room. */
    private RingRange allocate(int slots) {
        try {
            return tables.rings().allocate(slots);
        } catch (DatapathException e) {
            previous.dropAll();
            throw e;
        }
    }

    private boolean note(int service, Optional<RingRange> replaced, Entry now, Plan.ServiceRow planned) {
        PublishedRing before = tables.services().ring(service);
        byService.put(service, now);
        largest = Math.max(largest, now.spec().size());
        adopted.remove(service);
        // A word that somebody else wrote may name the very area that the new ring was given: that is a repair all the
        // same.
        boolean changed = !now.range().equals(before.range()) || !replaced.equals(before.range());
        // What somebody else wrote over is nothing to keep.
        boolean kept = changed
                && replaced.isPresent()
                && replaced.equals(before.range())
                && !damaged.contains(service)
                && previous.keep(service, planned, largestRing());
        if (changed) {
            tables.services().publishRing(service, new PublishedRing(now.range(), before.generation() + 1));
            previous.published(service);
        }
        damaged.remove(service);
        if (!kept && !now.range().equals(replaced)) {
            replaced.ifPresent(tables.rings()::retire);
        }
        return changed;
    }

    /** The slots of the largest ring that any service has or had: the next change may need as many. */
    private int largestRing() {
        return largest == 0 ? RingSize.MAX : largest;
    }

    /** Takes the rings of a service that goes out of use. */
    void forget(int service) {
        previous.forget(service);
        Entry known = byService.remove(service);
        damaged.remove(service);
        Optional<RingRange> range = Optional.ofNullable(adopted.remove(service));
        if (known != null) {
            range = known.range();
        }
        range.ifPresent(tables.rings()::retire);
    }

    /** The part of a service's slots that a local index holds, 0 to 1. */
    double share(int service, int localIndex) {
        Entry entry = byService.get(service);
        return entry == null ? 0 : entry.shares().getOrDefault(localIndex, 0.0);
    }
}
