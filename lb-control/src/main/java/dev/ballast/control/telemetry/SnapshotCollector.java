package dev.ballast.control.telemetry;

import dev.ballast.control.loop.Snapshot;
import dev.ballast.control.loop.Snapshot.Member;
import dev.ballast.control.loop.Snapshot.Progress;
import dev.ballast.control.loop.Snapshot.Service;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** The latest snapshot as metrics. Any thread. */
public final class SnapshotCollector implements MultiCollector {
    /**
     * Members with series of their own; with more of them, the first by service and address have them and
     * {@code ballast_members_omitted} counts the others: a scrape of all of a very large fleet would be tens of megabytes.
     */
    public static final int MEMBERS_MAX = 10_000;

    private static final double MS_PER_SECOND = 1e3;
    private static final List<String> HEALTH = List.of("unknown", "up", "suspect", "down");

    private final Supplier<Snapshot> snapshot;

    SnapshotCollector(Supplier<Snapshot> snapshot) {
        this.snapshot = snapshot;
    }

    private record ServiceMember(Service service, Member member) {}

    @Override
    public MetricSnapshots collect() {
        Snapshot now = snapshot.get();
        Families families = new Families();
        node(now, families);
        journal(now.journal(), families);
        traffic(now, families);
        now.services().forEach(service -> service(service, families));
        members(now, families);
        return families.snapshots();
    }

    private static void node(Snapshot now, Families to) {
        to.gauge("ballast_build_info", "1; the version of the daemon.", Map.of("version", now.version()), 1);
        to.gauge(
                "ballast_program_info",
                "1; the tag of the running XDP program (empty: none), and of the one in this build.",
                Map.of("tag", now.programTag(), "built_in", now.builtInTag()),
                1);
        to.gauge("ballast_revision", "The configuration's revision; 0: none.", Map.of(), now.revision());
        to.gauge(
                "ballast_reconciled",
                "1 when the kernel holds what is configured.",
                Map.of(),
                truth(now.progress() == Progress.DONE));
        to.gauge(
                "ballast_warnings",
                "Warnings of `ballast status`.",
                Map.of(),
                now.warnings().size());
        to.gauge(
                "ballast_snapshot_timestamp_seconds",
                "When what these metrics show was read; the control loop does that each second.",
                Map.of(),
                now.timeUnixMs() / MS_PER_SECOND);
        to.gauge(
                "ballast_flow_table_capacity_flows",
                "Room in the flow tables.",
                Map.of(),
                now.flows().capacity());
        to.gauge(
                "ballast_flow_table_live_flows",
                "Flows at the last census.",
                Map.of(),
                now.flows().live());
        to.gauge(
                "ballast_flow_table_half_open_flows",
                "Half-open flows at the last census.",
                Map.of(),
                now.flows().halfOpen());
        to.gauge(
                "ballast_flow_table_census_timestamp_seconds",
                "When the flow tables were counted last; 0: never.",
                Map.of(),
                now.flows().censusUnixMs() / MS_PER_SECOND);
        now.interfaces()
                .forEach(each -> to.gauge(
                        "ballast_interface_attached",
                        "1 for each interface that carries the program.",
                        Map.of("interface", each.name(), "mode", each.mode()),
                        1));
    }

    private static void journal(Snapshot.Journal journal, Families to) {
        to.gauge("ballast_journal_revisions", "Revisions that are kept.", Map.of(), journal.revisions());
        to.gauge("ballast_journal_oldest_revision", "The oldest one; 0: none.", Map.of(), journal.oldestRevision());
        to.gauge("ballast_journal_size_bytes", "The size of the journal's file.", Map.of(), journal.bytes());
        to.gauge(
                "ballast_journal_failed",
                "1 when the last change could not be made durable; `ballast status` says why.",
                Map.of(),
                truth(!journal.failure().isEmpty()));
    }

    private static void traffic(Snapshot now, Families to) {
        now.verdicts().forEach(verdict -> {
            Map<String, String> labels = Map.of("class", verdict.verdictClass(), "reason", verdict.reason());
            to.counter(
                    "ballast_verdict_packets",
                    "Packets by what became of them and why.",
                    labels,
                    verdict.traffic().packets());
            to.counter(
                    "ballast_verdict_bytes",
                    "Bytes of frames as received, by verdict.",
                    labels,
                    verdict.traffic().bytes());
        });
        now.txFailed()
                .forEach(loss -> to.counter(
                        "ballast_tx_failed_frames",
                        "Frames that the kernel lost after the verdict.",
                        Map.of("interface", loss.interfaceName(), "cause", loss.cause()),
                        loss.frames()));
    }

    private static void service(Service service, Families to) {
        Map<String, Snapshot.Traffic> outcomes = Map.of(
                "forwarded", service.forwarded(),
                "answered", service.answered(),
                "passed", service.passed(),
                "dropped", service.dropped());
        outcomes.forEach((outcome, traffic) -> {
            Map<String, String> labels = Map.of("service", service.name(), "outcome", outcome);
            to.counter("ballast_service_packets", "Packets of a service by outcome.", labels, traffic.packets());
            to.counter("ballast_service_bytes", "Bytes of frames as received, by outcome.", labels, traffic.bytes());
        });
        Map<String, String> labels = Map.of("service", service.name());
        to.counter("ballast_service_flows_created", "Flows entered in the flow table.", labels, service.flowsCreated());
        to.counter(
                "ballast_service_flows_untracked",
                "Flows that found no room and go by the ring alone.",
                labels,
                service.flowsUntracked());
        to.counter(
                "ballast_service_flows_repicked",
                "Flows that were given another member because theirs was gone.",
                labels,
                service.flowsRepicked());
        to.gauge("ballast_service_ring_slots", "Slots of a service's ring.", labels, service.ringSize());
        to.gauge(
                "ballast_service_ring_generation",
                "The number of the ring in force.",
                labels,
                service.ringGeneration());
        to.gauge(
                "ballast_service_reconciled",
                "1 when the kernel holds what is configured of it, with a next hop for each member.",
                labels,
                truth(service.progress() == Progress.DONE));
    }

    private static void members(Snapshot now, Families to) {
        List<ServiceMember> all = now.services().stream()
                .flatMap(service -> service.members().stream().map(member -> new ServiceMember(service, member)))
                .limit(MEMBERS_MAX)
                .toList();
        long count = now.services().stream()
                .mapToLong(service -> service.members().size())
                .sum();
        to.gauge("ballast_members", "Members of all services.", Map.of(), count);
        to.gauge("ballast_members_omitted", "Members without series of their own.", Map.of(), count - all.size());
        member(all, to, "ballast_member_weight", "The configured weight.", Member::weight);
        member(all, to, "ballast_member_in_ring", "1 when new flows may go to it.", each -> truth(each.inRing()));
        member(all, to, "ballast_member_ring_share_ratio", "Its part of the slots, 0 to 1.", Member::ringShare);
        member(all, to, "ballast_member_flows", "Its flows at the last census.", Member::flows);
        member(
                all,
                to,
                "ballast_member_draining",
                "1 when it is drained or leaves.",
                each -> truth(!each.admin().equals("in")));
        for (ServiceMember each : all) {
            Map<String, String> labels = labels(each);
            to.counter(
                    "ballast_member_packets",
                    "Packets sent to it.",
                    labels,
                    each.member().forwarded().packets());
            to.counter(
                    "ballast_member_bytes",
                    "Bytes of frames sent to it, as received.",
                    labels,
                    each.member().forwarded().bytes());
            for (String health : HEALTH) {
                to.gauge(
                        "ballast_member_health",
                        "1 for the state that it is in.",
                        Map.of(
                                "service",
                                each.service().name(),
                                "member",
                                each.member().address(),
                                "health",
                                health),
                        truth(health.equals(each.member().health())));
            }
        }
    }

    private static void member(
            List<ServiceMember> all, Families to, String name, String help, ToDoubleFunction<Member> value) {
        all.forEach(each -> to.gauge(name, help, labels(each), value.applyAsDouble(each.member())));
    }

    private static Map<String, String> labels(ServiceMember each) {
        return Map.of("service", each.service().name(), "member", each.member().address());
    }

    private static double truth(boolean value) {
        return value ? 1 : 0;
    }
}
