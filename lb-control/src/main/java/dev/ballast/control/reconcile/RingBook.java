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
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/** Which ring each service has, and from what it was made: only what changed is built anew. One thread: the loop's. */
final class RingBook {
    /** Slots are not kept: shares are all that anybody asks for. */
    private record Entry(RingSpec spec, Optional<RingRange> range, Map<Integer, Double> shares) {}

    private final Tables tables;
    private final HashKey key;
    private final PreviousRings previous;
    private final Map<Integer, Entry> byService = new HashMap<>();

    RingBook(Tables tables, HashKey key, LongSupplier unixMs) {
        this.tables = tables;
        this.key = key;
        this.previous = new PreviousRings(tables, unixMs);
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
        boolean dropped = planned.keepPrevious().isZero() && previous.drop(service);
        Entry known = byService.get(service);
        PublishedRing before = tables.services().ring(service);
        if (known != null && known.spec().equals(spec) && known.range().equals(before.range())) {
            return dropped;
        }
        // What this book gave out is what it takes back, even if somebody else wrote over the service's word.
        Optional<RingRange> replaced = known == null ? before.range() : known.range();
        if (spec.members().isEmpty()) {
            return note(service, replaced, new Entry(spec, Optional.empty(), Map.of()), planned);
        }
        Ring ring = spec.build(key);
        Map<Integer, Double> shares = new HashMap<>();
        spec.members().forEach(member -> shares.put(member.index(), ring.share(member.index())));
        if (known == null
                && before.range().isPresent()
                && ring.isAt(tables.rings().slots(before.range().get()))) {
            return note(service, replaced, new Entry(spec, before.range(), shares), planned);
        }
        RingRange range = allocate(spec.size());
        ring.copyTo(tables.rings().slots(range));
        return note(service, replaced, new Entry(spec, Optional.of(range), shares), planned);
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
        boolean changed = !now.range().equals(before.range());
        // What somebody else wrote over is nothing to keep.
        boolean kept = changed
                && replaced.isPresent()
                && replaced.equals(before.range())
                && previous.keep(service, planned, largestRing());
        if (changed) {
            tables.services().publishRing(service, new PublishedRing(now.range(), before.generation() + 1));
            previous.published(service);
        }
        if (!kept && !now.range().equals(replaced)) {
            replaced.ifPresent(tables.rings()::retire);
        }
        return changed;
    }

    /** The slots of the largest ring that any service has or had: the next change may need as many. */
    private int largestRing() {
        return byService.values().stream()
                .mapToInt(entry -> entry.spec().size())
                .max()
                .orElse(RingSize.MAX);
    }

    /** Takes the rings of a service that goes out of use. */
    void forget(int service) {
        previous.forget(service);
        Entry known = byService.remove(service);
        Optional<RingRange> range =
                known == null ? tables.services().ring(service).range() : known.range();
        range.ifPresent(tables.rings()::retire);
    }

    /** The part of a service's slots that a local index holds, 0 to 1. */
    double share(int service, int localIndex) {
        Entry entry = byService.get(service);
        return entry == null ? 0 : entry.shares().getOrDefault(localIndex, 0.0);
    }
}
