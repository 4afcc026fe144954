package dev.ballast.control.grpc;

import dev.ballast.control.loop.Snapshot;
import dev.ballast.control.loop.Snapshot.Member;
import dev.ballast.control.loop.Snapshot.Service;
import dev.ballast.control.loop.Snapshot.Traffic;
import dev.ballast.v1.Rate;
import dev.ballast.v1.TopReply;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Rates between states that are a period apart, for one caller: made of what the states count, so that nobody asks the kernel or the
 * loop for them. A state whose counters were read before the period is over is passed by. One thread at a time.
 */
final class TopRates {
    /** Counters are read once a second by a timer that may be early against the clock by a little. */
    private static final int EARLY_MS = 100;

    private static final Comparator<Rate> BUSIEST_FIRST =
            Comparator.comparingDouble(Rate::getPacketsPerS).reversed().thenComparing(Rate::getName);

    private final String service;
    private final int periodMs;
    private Snapshot before;

    /** What a service or a member has counted since the datapath was created, and the flows that it has. */
    private record Count(long packets, long bytes, long dropped, long flowsCreated, long flows) {
        static Count of(Service service) {
            return new Count(
                    traffic(service).mapToLong(Traffic::packets).sum(),
                    traffic(service).mapToLong(Traffic::bytes).sum(),
                    service.dropped().packets(),
                    service.flowsCreated(),
                    service.members().stream().mapToLong(Member::flows).sum());
        }

        static Count of(Member member) {
            return new Count(member.forwarded().packets(), member.forwarded().bytes(), 0, 0, member.flows());
        }

        private static Stream<Traffic> traffic(Service service) {
            return Stream.of(service.forwarded(), service.answered(), service.passed(), service.dropped());
        }
    }

    /**
     * @param service whose members are told apart; empty: services are
     * @param first where the first period begins
     */
    TopRates(String service, int periodMs, Snapshot first) {
        this.before = first;
        this.service = service;
        this.periodMs = periodMs;
    }

    /** What {@code now} ends a period with; nothing where it ends none. */
    Stream<TopReply> next(Snapshot now) {
        Snapshot earlier = before;
        long passedMs = now.countedUnixMs() - earlier.countedUnixMs();
        if (passedMs < 0) { // The clock was set back.
            before = now;
            return Stream.empty();
        }
        if (passedMs < periodMs - EARLY_MS) {
            return Stream.empty();
        }
        before = now;
        Map<String, Count> services = services(earlier);
        List<Rate> ofServices = new ArrayList<>();
        List<Rate> ofMembers = new ArrayList<>();
        for (Service each : now.services()) {
            if (!service.isEmpty() && !service.equals(each.name())) {
                continue;
            }
            add(ofServices, each.name(), services, Count.of(each), passedMs);
            if (!service.isEmpty()) {
                Map<String, Count> members = members(earlier);
                each.members().forEach(member -> add(ofMembers, member.name(), members, Count.of(member), passedMs));
            }
        }
        return Stream.of(TopReply.newBuilder()
                .setTimeUnixMs(now.countedUnixMs())
                .setPeriodMs((int) Math.min(passedMs, Integer.MAX_VALUE))
                .addAllRates((service.isEmpty() ? ofServices : ofMembers)
                        .stream().sorted(BUSIEST_FIRST).toList())
                .setTotal(total(ofServices))
                .build());
    }

    private static Map<String, Count> services(Snapshot state) {
        return state.services().stream().collect(Collectors.toMap(Service::name, Count::of));
    }

    private Map<String, Count> members(Snapshot state) {
        Function<Member, Count> count = Count::of;
        return state.services().stream()
                .filter(each -> each.name().equals(service))
                .flatMap(each -> each.members().stream())
                .collect(Collectors.toMap(Member::name, count, (one, _) -> one));
    }

    /** Adds the rate of what was there before. */
    private static void add(List<Rate> rates, String name, Map<String, Count> before, Count now, long passedMs) {
        Count earlier = before.get(name);
        if (earlier != null) {
            rates.add(Rate.newBuilder()
                    .setName(name)
                    .setPacketsPerS(perSecond(earlier.packets, now.packets, passedMs))
                    .setBitsPerS(8 * perSecond(earlier.bytes, now.bytes, passedMs))
                    .setDroppedPerS(perSecond(earlier.dropped, now.dropped, passedMs))
                    .setFlowsPerS(perSecond(earlier.flowsCreated, now.flowsCreated, passedMs))
                    .setLiveFlows(now.flows)
                    .build());
        }
    }

    /** A count that went back began anew, with a datapath or a member that did. */
    private static double perSecond(long before, long now, long passedMs) {
        return Math.max(0, now - before) * 1_000.0 / passedMs;
    }

    private static Rate total(List<Rate> rates) {
        Rate.Builder total = Rate.newBuilder();
        for (Rate rate : rates) {
            total.setPacketsPerS(total.getPacketsPerS() + rate.getPacketsPerS())
                    .setBitsPerS(total.getBitsPerS() + rate.getBitsPerS())
                    .setDroppedPerS(total.getDroppedPerS() + rate.getDroppedPerS())
                    .setFlowsPerS(total.getFlowsPerS() + rate.getFlowsPerS())
                    .setLiveFlows(total.getLiveFlows() + rate.getLiveFlows());
        }
        return total.build();
    }
}
