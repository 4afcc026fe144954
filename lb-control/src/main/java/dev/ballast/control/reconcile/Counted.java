package dev.ballast.control.reconcile;

import dev.ballast.control.plan.Plan;
import dev.ballast.datapath.Counters;
import dev.ballast.datapath.ServiceTraffic;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The counters as of one moment, summed over all CPUs. To read them costs a system call for each row of the plan: they are
 * read once a tick, and looked at as often as anybody likes.
 *
 * @param verdicts by reason
 * @param services by row
 * @param members by id
 */
public record Counted(List<Verdict> verdicts, Map<Integer, OfService> services, Map<Integer, Traffic> members) {
    /** Nothing runs. */
    public static final Counted NOTHING = new Counted(List.of(), Map.of(), Map.of());

    /** Packets and bytes of frames as received. */
    public record Traffic(long packets, long bytes) {
        /** None. */
        public static final Traffic NONE = new Traffic(0, 0);
    }

    /** Frames that left by one reason; {@code verdictClass} is forwarded, answered, passed or dropped. */
    public record Verdict(String verdictClass, String reason, Traffic traffic) {}

    /** What became of the packets of one service, and of its flows. */
    public record OfService(
            Traffic forwarded,
            Traffic answered,
            Traffic passed,
            Traffic dropped,
            long flowsCreated,
            long flowsUntracked,
            long flowsRepicked) {
        /** None. */
        public static final OfService NONE =
                new OfService(Traffic.NONE, Traffic.NONE, Traffic.NONE, Traffic.NONE, 0, 0, 0);
    }

    /** Copies the collections. */
    public Counted {
        verdicts = List.copyOf(verdicts);
        services = Map.copyOf(services);
        members = Map.copyOf(members);
    }

    /** Reads what the plan has rows for. */
    static Counted read(Counters counters, Plan plan) {
        Map<Integer, OfService> services = new HashMap<>();
        plan.services().keySet().forEach(row -> services.put(row, of(counters.service(row))));
        Map<Integer, Traffic> members = new HashMap<>();
        plan.members().keySet().forEach(id -> members.put(id, of(counters.member(id))));
        List<Verdict> verdicts = counters.verdicts().byReason().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> new Verdict(
                        entry.getKey().verdictClass().label(), entry.getKey().label(), of(entry.getValue())))
                .toList();
        return new Counted(verdicts, services, members);
    }

    private static OfService of(ServiceTraffic traffic) {
        return new OfService(
                of(traffic.forwarded()),
                of(traffic.answered()),
                of(traffic.passed()),
                of(traffic.dropped()),
                traffic.flowsCreated(),
                traffic.flowsUntracked(),
                traffic.flowsRepicked());
    }

    private static Traffic of(dev.ballast.datapath.Traffic traffic) {
        return new Traffic(traffic.packets(), traffic.bytes());
    }
}
