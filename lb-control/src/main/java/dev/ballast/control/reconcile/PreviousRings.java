package dev.ballast.control.reconcile;

import dev.ballast.control.plan.Plan;
import dev.ballast.datapath.KeptRing;
import dev.ballast.datapath.RingRange;
import dev.ballast.datapath.ServiceRow;
import dev.ballast.datapath.Tables;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which services keep the ring that they had before their present one, and until when. Packets from the middle of TCP connections that
 * this balancer does not know go by it, see {@code lb/member.h}: right for connections older than the change, wrong for younger ones.
 *
 * <ul>
 *   <li>The first change counts: a ring that is kept stays while others follow each other, as in a rolling change, because it is
 *       the one that most connections began under. Replacing it each time breaks more than keeping none.
 *   <li>A ring is kept only if it has been in force for {@link #SETTLED_MS}: at a start, when members come up one by one, no
 *       connection depends on what was before.
 *   <li>It ends with its time, or as soon as, of the flows that the two rings disagree about, more are where the present one
 *       puts them. The flow table of one balancer is a fair sample of what the routers may send here from the others. Only for
 *       services by 5-tuple does an entry tell its slot; elsewhere the time decides alone.
 *   <li>Room in the ring area goes first to rings in force.
 * </ul>
 *
 * One thread: the loop's. {@code packaging/bench fleet} measured the rules.
 */
final class PreviousRings {
    private static final Logger LOG = LoggerFactory.getLogger(PreviousRings.class);

    /** Less than a person takes between two changes, and longer than checks take to find all members at a start. */
    static final long SETTLED_MS = 10_000;

    /** How much of the flow table is looked at for a vote: 16 MiB, a few milliseconds. */
    private static final long SAMPLE_WAYS = 2 << 20;

    private final Tables tables;
    private final LongSupplier unixMs;

    /** When services got their present ring; not in here: before this process. */
    private final Map<Integer, Long> publishedMs = new HashMap<>();

    /** Services whose present ring, after another hash or block of ids, cannot be kept when the next one comes. */
    private final Set<Integer> invalid = new HashSet<>();

    /** For messages. */
    private final Map<Integer, String> names = new HashMap<>();

    /** What services keep, as it was when that began. */
    private final Map<Integer, Kept> kept = new HashMap<>();

    private record Kept(KeptRing ring, long checksum) {}

    PreviousRings(Tables tables, LongSupplier unixMs) {
        this.tables = tables;
        this.unixMs = unixMs;
        tables.services()
                .used()
                .forEach(service -> tables.services()
                        .previous(service)
                        .filter(ring -> tables.rings().isAllocated(ring.range()))
                        .ifPresent(ring -> note(service, ring)));
    }

    private void note(int service, KeptRing ring) {
        kept.put(service, new Kept(ring, SlotChecksum.of(tables.rings().slots(ring.range()))));
    }

    /** Takes the ring before of a service out of use if it is not the one that was kept: somebody else has written there. */
    boolean dropForeign(int service) {
        Kept own = kept.get(service);
        if (tables.services().previous(service).equals(Optional.ofNullable(own).map(Kept::ring))) {
            return false;
        }
        tables.services().dropPrevious(service);
        retire(service);
        return true;
    }

    /** Takes the rings out of use whose slots somebody else has written over; answers with their services. */
    List<Integer> dropDamaged() {
        List<Integer> damaged = services().stream()
                .filter(service -> {
                    Kept own = Objects.requireNonNull(kept.get(service));
                    return SlotChecksum.of(tables.rings().slots(own.ring.range())) != own.checksum;
                })
                .toList();
        damaged.forEach(this::drop);
        return damaged;
    }

    private void retire(int service) {
        Kept own = kept.remove(service);
        if (own != null) {
            tables.rings().retire(own.ring.range());
        }
    }

    /** What a service is called. */
    void name(int service, String name) {
        names.put(service, name);
    }

    /**
     * Decides about the ring that a service publishes, right before the next one is.
     *
     * @param reserveSlots what has to stay free in the ring area
     * @return whether it is kept; else its area is to be retired
     */
    boolean keep(int service, Plan.ServiceRow planned, long reserveSlots) {
        dropExpired(service, tables.nowJiffies());
        if (planned.keepPrevious().isZero() || keeps(service) || invalid.contains(service) || !isSettled(service)) {
            return false;
        }
        if (tables.rings().freeSlots() < reserveSlots) {
            LOG.atWarn()
                    .addKeyValue("service", names.getOrDefault(service, "index " + service))
                    .addKeyValue("free_slots", tables.rings().freeSlots())
                    .log("the ring area is nearly full: the previous ring is not kept; raise node.limits.ringSlots");
            return false;
        }
        tables.services().keepRing(service, tables.nowJiffies() + tables.clock().jiffies(planned.keepPrevious()));
        tables.services().previous(service).ifPresent(ring -> note(service, ring));
        return true;
    }

    /** Where a clock was set back, nobody can say: the ring counts as settled then. */
    private boolean isSettled(int service) {
        Long since = publishedMs.get(service);
        long now = unixMs.getAsLong();
        return since == null || now < since || now - since >= SETTLED_MS;
    }

    /** Slots or local indexes of a service are about to mean something else than in its present ring and the one before. */
    void invalidate(int service) {
        drop(service);
        invalid.add(service);
    }

    /** A service has another ring from now on. */
    void published(int service) {
        invalid.remove(service);
        publishedMs.put(service, unixMs.getAsLong());
    }

    /** A service goes out of use. */
    void forget(int service) {
        drop(service);
        publishedMs.remove(service);
        invalid.remove(service);
        names.remove(service);
    }

    /** Whether packets may go by the ring before of a service: local indexes have to mean what they meant when it was made. */
    boolean keeps(int service) {
        return kept.containsKey(service);
    }

    /** Until when which service keeps one, Unix time. */
    Map<Integer, Long> untilUnixMs() {
        List<Integer> services = services();
        if (services.isEmpty()) {
            return Map.of();
        }
        Map<Integer, Long> until = new HashMap<>();
        long nowJiffies = tables.nowJiffies();
        long nowMs = unixMs.getAsLong();
        for (int service : services) {
            long left = kept(service).untilJiffies() - nowJiffies;
            if (left > 0) {
                until.put(service, nowMs + left * 1000 / tables.clock().hz());
            }
        }
        return until;
    }

    /** Takes the ring before of a service out of use; false if there is none. */
    boolean drop(int service) {
        boolean keeps = keeps(service);
        if (keeps) {
            tables.services().dropPrevious(service);
            retire(service);
        }
        return keeps;
    }

    /** The area is full: after the next grace period there is the room of all that is kept. */
    void dropAll() {
        List<Integer> services = services();
        services.forEach(this::drop);
        if (!services.isEmpty()) {
            LOG.atWarn()
                    .addKeyValue("services", services.size())
                    .log("the ring area is full: no previous ring is kept any more; raise node.limits.ringSlots");
        }
    }

    /** Takes the rings out of use whose time is over. */
    void dropExpired() {
        List<Integer> services = services();
        if (services.isEmpty()) {
            return;
        }
        long now = tables.nowJiffies();
        services.forEach(service -> dropExpired(service, now));
    }

    private void dropExpired(int service, long nowJiffies) {
        if (keeps(service) && kept(service).untilJiffies() <= nowJiffies) {
            drop(service);
        }
    }

    private KeptRing kept(int service) {
        return Objects.requireNonNull(kept.get(service)).ring;
    }

    /** Takes the rings out of use that would break more connections than they save. */
    void dropOutvoted(int nowTicks) {
        List<Integer> services = services();
        if (services.isEmpty()) {
            return;
        }
        @Nullable Vote[] byMember = new Vote[tables.members().capacity()];
        Map<Integer, Vote> votes = new HashMap<>();
        for (int service : services) {
            Optional<ServiceRow> read = tables.services().read(service);
            Optional<RingRange> present =
                    tables.services().ring(service).range().filter(tables.rings()::isAllocated);
            if (present.isPresent() && read.isPresent() && read.get().hash().isByTag()) {
                ServiceRow row = read.get();
                Vote vote = new Vote(row.memberBase(), slots(kept(service).range()), slots(present.get()));
                votes.put(service, vote);
                for (int id = row.memberBase(); id < row.memberBase() + row.memberCapacity(); id++) {
                    byMember[id] = vote;
                }
            }
        }
        // Anybody can send packets of flows that there are not: those that are not confirmed have no vote.
        tables.flows().sample(nowTicks, SAMPLE_WAYS, true, (tag, member) -> {
            Vote vote = member < byMember.length ? byMember[member] : null;
            if (vote != null) {
                vote.count(tag, member);
            }
        });
        votes.forEach((service, vote) -> {
            if (vote.younger > vote.older) {
                drop(service);
                LOG.atInfo()
                        .addKeyValue("service", names.getOrDefault(service, "index " + service))
                        .addKeyValue("flows_of_before", vote.older)
                        .addKeyValue("flows_of_after", vote.younger)
                        .log("the previous ring is not kept any more: more flows have begun since it was replaced");
            }
        });
    }

    private Slots slots(RingRange range) {
        return new Slots(range, tables.rings().slots(range));
    }

    private List<Integer> services() {
        return List.copyOf(kept.keySet());
    }

    private record Slots(RingRange range, MemorySegment memory) {
        int member(int tag) {
            return Short.toUnsignedInt(memory.getAtIndex(ValueLayout.JAVA_SHORT, range.slotOf(tag)));
        }
    }

    /** Of the flows that two rings of a service disagree about: how many are where each of them puts them. */
    private static final class Vote {
        private final int memberBase;
        private final Slots kept;
        private final Slots present;
        long older;
        long younger;

        Vote(int memberBase, Slots kept, Slots present) {
            this.memberBase = memberBase;
            this.kept = kept;
            this.present = present;
        }

        void count(int tag, int member) {
            int before = kept.member(tag);
            int now = present.member(tag);
            if (before != now) {
                older += member - memberBase == before ? 1 : 0;
                younger += member - memberBase == now ? 1 : 0;
            }
        }
    }
}
