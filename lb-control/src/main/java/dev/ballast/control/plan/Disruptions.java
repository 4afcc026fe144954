package dev.ballast.control.plan;

import dev.ballast.control.model.Address;
import dev.ballast.control.model.Backend;
import dev.ballast.control.model.ServerId;
import dev.ballast.control.model.Service;
import dev.ballast.control.model.Service.Hash;
import dev.ballast.control.plan.LiveFlows.OfMember;
import dev.ballast.control.plan.MemberIntent.Standing;
import dev.ballast.control.plan.Plan.MemberRow;
import dev.ballast.control.plan.Plan.RingSpec;
import dev.ballast.control.plan.Plan.ServiceRow;
import dev.ballast.control.plan.Stake.Measure;
import dev.ballast.datapath.Feature;
import dev.ballast.ring.HashKey;
import dev.ballast.ring.Ring;
import dev.ballast.ring.RingKey;
import dev.ballast.ring.RingMember;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Says what a {@link Proposal} would disturb: a pure function of it and of the key of the rings.
 *
 * <p><b>Tracked services</b> are judged by their live flows. Most changes move none: a flow keeps its member while that one is in
 * service, drains or has left. What counts is
 * <ul>
 *   <li>each flow on a member that leaves. It stays there for now, but its backend is no longer ours to keep: whoever removes it is
 *       about to switch it off. A member that was drained first has none left, so drain, wait, remove disturbs nothing;
 *   <li>all flows of a service that goes, or whose last VIP does. Of one that loses some of its VIPs to nobody or to another service
 *       all may be, since an entry of the flow table does not say by which VIP it came;
 *   <li>where tracking is switched off, each flow that is not on the member that the new ring gives it. By 5-tuple the entry's tag
 *       tells its slot, and these are counted; in other modes what the shares let expect.
 * </ul>
 *
 * <p><b>Services that are not tracked</b> are judged by the slots of their ring: each that moves takes its flows along. Rings of two
 * sizes are compared by the stretch of tags that each slot stands for. With another hash mode a flow's new slot says nothing of the
 * old one.
 *
 * <p>A QUIC server id that no longer leads to its member moves connections that are in no flow table: the member's slots count for
 * them.
 *
 * <p><b>Health</b> is part of the running state. A member that is down is in neither ring, its flows are on their way to others
 * already, and to remove it disturbs nobody. What a source filter refuses is not counted: that is what it is for.
 *
 * <p>Any thread. Rings are built only where their members, weights or size change, one or two a service, a matter of a millisecond
 * each, by rendezvous of tens of them; the control loop asks for {@link Detail#BUDGET} where it has to decide, and leaves {@link
 * Detail#ALL} to another thread.
 */
public final class Disruptions {
    private final HashKey key;

    /** How much of a report is needed. */
    public enum Detail {
        /**
         * What counts against a budget. Of a service that is tracked and stays so a ring is built only for QUIC server ids that
         * lead elsewhere.
         */
        BUDGET,
        /** Everything. */
        ALL
    }

    /** For rings with this key. */
    public Disruptions(HashKey key) {
        this.key = key;
    }

    /** What every service of a report is judged by; made once, as it takes a look at all services. */
    private record Whole(Proposal proposal, DisplacedVips displaced, Set<String> names) {
        static Whole of(Proposal proposal) {
            DisplacedVips displaced = DisplacedVips.of(proposal.before(), proposal.after());
            Set<String> names = new TreeSet<>(proposal.changes().services().keySet());
            names.addAll(displaced.services());
            return new Whole(proposal, displaced, names);
        }
    }

    /** What the change would disturb. */
    public DisruptionReport of(Proposal proposal, Detail detail) {
        Whole whole = Whole.of(proposal);
        List<ServiceDisruption> services = new ArrayList<>();
        for (String name : whole.names()) {
            services.add(
                    service(whole, proposal.changes().services().getOrDefault(name, ServiceChange.none(name)), detail));
        }
        return new DisruptionReport(
                services,
                proposal.before().services().size()
                        - (int) whole.names().stream()
                                .filter(proposal.before().services()::containsKey)
                                .count(),
                proposal.changes().general(),
                manner(proposal, services),
                liveFlows(proposal));
    }

    private static long liveFlows(Proposal proposal) {
        if (proposal.census().map(census -> census.live() + census.halfOpen()).orElse(0L) == 0) {
            return 0;
        }
        return proposal.before().services().values().stream()
                .filter(service -> service.flows().track())
                .flatMap(service -> proposal.running().service(service.name()).stream())
                .flatMap(service -> service.members().keySet().stream())
                .mapToLong(id -> open(proposal, id))
                .sum();
    }

    private static long open(Proposal proposal, int id) {
        return proposal.census().map(census -> (long) census.open(id)).orElse(0L);
    }

    // --- how it comes into force -----------------------------------------------------------------------------------

    private static Manner manner(Proposal proposal, List<ServiceDisruption> services) {
        if (!proposal.before().node().limits().equals(proposal.after().node().limits())) {
            return Manner.RESTART;
        }
        boolean swap = proposal.swap() || services.stream().anyMatch(service -> service.manner() == Manner.SWAP);
        return swap ? Manner.SWAP : Manner.HOT;
    }

    /** A service swaps if it brings a feature that none had, or takes along one that none has any more. */
    private static Manner manner(Whole whole, @Nullable Service before, @Nullable Service after) {
        Set<Feature> come = after == null ? Set.of() : Features.of(after);
        Set<Feature> gone = before == null ? Set.of() : Features.of(before);
        boolean stays = (come.isEmpty()
                        || Features.of(whole.proposal().before()).containsAll(come))
                && (gone.isEmpty() || Features.of(whole.proposal().after()).containsAll(gone));
        return stays ? Manner.HOT : Manner.SWAP;
    }

    // --- one service -----------------------------------------------------------------------------------------------

    private ServiceDisruption service(Whole whole, ServiceChange change, Detail detail) {
        Service before = whole.proposal().before().services().get(change.service());
        Service after = whole.proposal().after().services().get(change.service());
        Manner manner = manner(whole, before, after);
        if (before == null) {
            return new ServiceDisruption(change, manner, Optional.empty(), LiveFlows.NONE, Stake.NONE);
        }
        OneService service = new OneService(whole, change, before, Optional.ofNullable(after), key);
        boolean tracked = before.flows().track();
        Optional<SlotMoves> slots = detail == Detail.ALL || !tracked ? Optional.of(service.slots()) : Optional.empty();
        LiveFlows flows = tracked ? service.flows() : LiveFlows.UNTRACKED;
        return new ServiceDisruption(change, manner, slots, flows, service.stake(flows, slots));
    }

    /** What becomes of one that runs. */
    private static final class OneService {
        private final Proposal proposal;
        private final ServiceChange change;
        private final Service before;
        private final Optional<Service> after;
        private final DisplacedVips.Extent displaced;
        /** By id, those that only old flows name among them. */
        private final SortedMap<Integer, MemberRow> held;

        private final RingSpec running;
        private final RingPair rings;

        OneService(Whole whole, ServiceChange change, Service before, Optional<Service> after, HashKey key) {
            this.proposal = whole.proposal();
            this.change = change;
            this.before = before;
            this.after = after;
            this.displaced = whole.displaced().of(before.name());
            Optional<ServicePlan> present = proposal.running().service(before.name());
            this.held = present.map(ServicePlan::members).orElseGet(Collections::emptySortedMap);
            RingSpec empty = new RingSpec(before.ring().size(), before.ring().algorithm(), List.of());
            this.running = ring(present).orElse(empty);
            RingSpec foreseen = ring(after.flatMap(_ -> proposal.foreseen().service(before.name())))
                    .orElse(empty);
            this.rings = new RingPair(running, foreseen, key);
        }

        private static Optional<RingSpec> ring(Optional<ServicePlan> service) {
            return service.flatMap(ServicePlan::row).map(ServiceRow::ring);
        }

        SlotMoves slots() {
            return rings.moves(
                    after.isEmpty() || chosenAlike(before.hash(), after.get().hash()));
        }

        /** QUIC's slots are those of the 5-tuple, for packets without a server id. */
        private static boolean chosenAlike(Hash one, Hash other) {
            return byTag(one) ? byTag(other) : one == other;
        }

        private static boolean byTag(Hash hash) {
            return hash == Hash.FIVE_TUPLE || hash == Hash.QUIC;
        }

        Stake stake(LiveFlows flows, Optional<SlotMoves> slots) {
            Stake stake = slots.filter(_ -> !flows.tracked())
                    .map(this::ofUntracked)
                    .orElseGet(() -> new Stake(Measure.FLOWS, flows.disturbed(), flows.live(), flows.certainty()));
            Set<RingKey> strayed = strayed();
            if (strayed.isEmpty()) {
                return stake;
            }
            int lost = 0;
            for (RingMember member : running.members()) {
                lost += strayed.contains(member.key()) ? rings.before().slotCount(member.index()) : 0;
            }
            return stake.or(new Stake(Measure.SLOTS, lost, rings.before().size().slots(), Certainty.ABOUT));
        }

        private Stake ofUntracked(SlotMoves moves) {
            if (running.members().isEmpty()) {
                return Stake.NONE;
            }
            return switch (displaced) {
                case NONE -> new Stake(Measure.SLOTS, moves.moved(), moves.slots(), moves.certainty());
                case SOME -> new Stake(Measure.SLOTS, moves.slots(), moves.slots(), Certainty.AT_MOST);
                case ALL -> new Stake(Measure.SLOTS, moves.slots(), moves.slots(), Certainty.EXACT);
            };
        }

        /** Members to which the server id that they have leads no longer. */
        private Set<RingKey> strayed() {
            Set<RingKey> strayed = new HashSet<>();
            if (before.hash() != Hash.QUIC || after.isEmpty()) {
                return strayed;
            }
            Map<Address, Optional<ServerId>> wanted = new HashMap<>();
            after.get().backends().forEach(backend -> wanted.put(backend.address(), backend.serverId()));
            for (Backend backend : before.backends()) {
                Optional<ServerId> id = backend.serverId();
                // One that leaves keeps its id for as long as nobody else has it.
                boolean stays = after.get().hash() == Hash.QUIC
                        && (wanted.containsKey(backend.address())
                                ? id.equals(wanted.get(backend.address()))
                                : !wanted.containsValue(id));
                if (id.isPresent() && !stays) {
                    strayed.add(RingKey.of(backend.address().bytes()));
                }
            }
            return strayed;
        }

        LiveFlows flows() {
            Map<Address, Long> open = new TreeMap<>();
            long live = 0;
            for (Map.Entry<Integer, MemberRow> member : held.entrySet()) {
                long flows = open(proposal, member.getKey());
                live += flows;
                if (!isDown(member.getValue())) {
                    open.merge(member.getValue().address(), flows, Long::sum);
                }
            }
            List<OfMember> leaving = change.membersRemoved().stream()
                    .map(address -> new OfMember(address, open.getOrDefault(address, 0L)))
                    .toList();
            change.membersRemoved().forEach(open::remove);
            long staying = open.values().stream().mapToLong(Long::longValue).sum();
            return switch (displaced) {
                case ALL -> new LiveFlows(true, live, leaving, staying, Certainty.EXACT);
                case SOME ->
                    new LiveFlows(true, live, leaving, staying, staying == 0 ? Certainty.EXACT : Certainty.AT_MOST);
                case NONE -> untracked(live, leaving, open, staying);
            };
        }

        /** Health moves the flows of a member that is down. */
        private static boolean isDown(MemberRow row) {
            return row.standing() == Standing.DOWN;
        }

        /** {@code open}: by member, without those that leave. */
        private LiveFlows untracked(long live, List<OfMember> leaving, Map<Address, Long> open, long staying) {
            if (after.isEmpty() || after.get().flows().track()) {
                return new LiveFlows(true, live, leaving, 0, Certainty.EXACT);
            }
            FlowTags tags = proposal.tags().get(NameHash.of(before.name()));
            if (byTag(after.get().hash()) && tags != null) {
                return new LiveFlows(
                        true, live, leaving, Math.min(staying, misplaced(tags, open.keySet())), Certainty.EXACT);
            }
            double moving = 0;
            for (Map.Entry<Address, Long> member : open.entrySet()) {
                int index = rings.indexAfter(RingKey.of(member.getKey().bytes()));
                moving += member.getValue() * (1 - rings.after().share(index));
            }
            return new LiveFlows(true, live, leaving, (long) Math.ceil(moving - 1e-6), Certainty.ABOUT);
        }

        /** How many flows of these members the new ring would give to another one. */
        private long misplaced(FlowTags tags, Set<Address> members) {
            Map<Integer, Integer> indexById = new HashMap<>();
            held.forEach((id, row) -> {
                if (members.contains(row.address()) && !isDown(row)) {
                    indexById.put(id, rings.indexAfter(RingKey.of(row.address().bytes())));
                }
            });
            Ring ring = rings.after();
            return tags.count(ring.size().slots(), (member, slot) -> {
                Integer index = indexById.get(member);
                return index != null && (index == Ring.NO_MEMBER || index != ring.slot(slot));
            });
        }
    }
}
