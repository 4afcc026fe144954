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
    private record Entry(RingSpec spec, Optional<Ring> ring) {}

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
     */
    void publish(int service, RingSpec spec) {
        Entry known = byService.get(service);
        if (known != null && known.spec().equals(spec)) {
            return;
        }
        PublishedRing before = datapath.services().ring(service);
        if (spec.members().isEmpty()) {
            datapath.services().publishRing(service, new PublishedRing(Optional.empty(), before.generation() + 1));
            byService.put(service, new Entry(spec, Optional.empty()));
            retire(before);
            return;
        }
        Ring ring = Maglev.build(spec.members(), new RingSize(spec.size()), key);
        if (before.range().isEmpty() || !holds(before.range().get(), ring)) {
            RingRange range = datapath.rings().allocate(spec.size());
            ring.copyTo(datapath.rings().slots(range));
            datapath.services().publishRing(service, new PublishedRing(Optional.of(range), before.generation() + 1));
            retire(before);
        }
        byService.put(service, new Entry(spec, Optional.of(ring)));
    }

    /** Takes the ring of a service that goes out of use. */
    void forget(int service) {
        byService.remove(service);
        retire(datapath.services().ring(service));
    }

    private void retire(PublishedRing before) {
        before.range().ifPresent(range -> datapath.rings().retire(range));
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
        return entry == null
                ? 0
                : entry.ring().map(ring -> ring.share(localIndex)).orElse(0.0);
    }
}
