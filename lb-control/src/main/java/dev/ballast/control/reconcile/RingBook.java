package dev.ballast.control.reconcile;

import dev.ballast.control.plan.Plan.RingSpec;
import dev.ballast.datapath.Datapath;
import dev.ballast.datapath.PublishedRing;
import dev.ballast.datapath.RingRange;
import dev.ballast.ring.HashKey;
import dev.ballast.ring.Maglev;
import dev.ballast.ring.Ring;
import dev.ballast.ring.RingSize;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Which ring each service has, and from what it was made: only what changed is built anew. */
final class RingBook {
    /** Slots are not kept: shares are all that anybody asks for. */
    private record Entry(RingSpec spec, Optional<RingRange> range, Map<Integer, Double> shares) {}

    private final Datapath datapath;
    private final HashKey key;
    private final Map<Integer, Entry> byService = new HashMap<>();

    RingBook(Datapath datapath, HashKey key) {
        this.datapath = datapath;
        this.key = key;
    }

    /**
     * Publishes the ring of a spec, unless the service has it already. A ring that was adopted is kept if it is what the spec
     * gives, slot for slot.
     *
     * @return whether anything was written
     */
    boolean publish(int service, RingSpec spec) {
        Entry known = byService.get(service);
        PublishedRing before = datapath.services().ring(service);
        if (known != null && known.spec().equals(spec) && known.range().equals(before.range())) {
            return false;
        }
        // What this book gave out is what it takes back, even if somebody else wrote over the service's word.
        Optional<RingRange> replaced = known == null ? before.range() : known.range();
        if (spec.members().isEmpty()) {
            return note(service, before, replaced, new Entry(spec, Optional.empty(), Map.of()));
        }
        Ring ring = Maglev.build(spec.members(), new RingSize(spec.size()), key);
        Map<Integer, Double> shares = new HashMap<>();
        spec.members().forEach(member -> shares.put(member.index(), ring.share(member.index())));
        if (known == null && before.range().isPresent() && holds(before.range().get(), ring)) {
            return note(service, before, replaced, new Entry(spec, before.range(), shares));
        }
        RingRange range = datapath.rings().allocate(spec.size());
        ring.copyTo(datapath.rings().slots(range));
        return note(service, before, replaced, new Entry(spec, Optional.of(range), shares));
    }

    private boolean note(int service, PublishedRing before, Optional<RingRange> replaced, Entry now) {
        byService.put(service, now);
        boolean changed = !now.range().equals(before.range());
        if (changed) {
            datapath.services().publishRing(service, new PublishedRing(now.range(), before.generation() + 1));
        }
        if (!now.range().equals(replaced)) {
            replaced.ifPresent(datapath.rings()::retire);
        }
        return changed;
    }

    /** Takes the ring of a service that goes out of use. */
    void forget(int service) {
        Entry known = byService.remove(service);
        Optional<RingRange> range =
                known == null ? datapath.services().ring(service).range() : known.range();
        range.ifPresent(datapath.rings()::retire);
    }

    private boolean holds(RingRange range, Ring ring) {
        if (range.slots() != ring.size().slots()) {
            return false;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment wanted = arena.allocate(ring.byteSize(), Long.BYTES);
            ring.copyTo(wanted);
            return wanted.mismatch(datapath.rings().slots(range).asSlice(0, ring.byteSize())) == -1;
        }
    }

    /** The part of a service's slots that a local index holds, 0 to 1. */
    double share(int service, int localIndex) {
        Entry entry = byService.get(service);
        return entry == null ? 0 : entry.shares().getOrDefault(localIndex, 0.0);
    }
}
