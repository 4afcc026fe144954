package dev.ballast.control.grpc;

import dev.ballast.control.loop.Control;
import dev.ballast.control.loop.Snapshot;
import dev.ballast.control.model.Percent;
import dev.ballast.v1.ChangeOptions;
import dev.ballast.v1.ChangeReply;
import dev.ballast.v1.FlowTableStatus;
import dev.ballast.v1.Interface;
import dev.ballast.v1.JournalStatus;
import dev.ballast.v1.MemberStatus;
import dev.ballast.v1.PlanReply;
import dev.ballast.v1.Progress;
import dev.ballast.v1.ServiceStatus;
import dev.ballast.v1.StatusReply;
import dev.ballast.v1.SwapReply;
import dev.ballast.v1.Traffic;
import dev.ballast.v1.TransmitLoss;
import dev.ballast.v1.Verdict;
import java.util.Optional;
import java.util.regex.Pattern;

/** The loop's records as messages of the API, field by field. */
final class Messages {
    private static final Pattern REQUEST_ID = Pattern.compile("[ -~]{0,64}");

    private Messages() {}

    static Control.ChangeOptions options(ChangeOptions options) {
        return new Control.ChangeOptions(
                options.getExpectedRevision(),
                options.getDryRun(),
                options.getNoWait(),
                options.getAllowDelete(),
                options.hasMaxDisruptionBasisPoints()
                        ? Optional.of(maxDisruption(options.getMaxDisruptionBasisPoints()))
                        : Optional.empty(),
                new Control.Origin(Caller.current(), requestId(options.getRequestId())));
    }

    private static String requestId(String id) {
        if (!REQUEST_ID.matcher(id).matches()) {
            throw Failures.invalid(
                    "options.request_id",
                    "",
                    "at most 64 printable ASCII characters",
                    "options.request_id: not an id; allowed: at most 64 printable ASCII characters");
        }
        return id;
    }

    private static Percent maxDisruption(int basisPoints) {
        try {
            return new Percent(basisPoints);
        } catch (IllegalArgumentException e) {
            throw Failures.invalid(
                    "options.max_disruption_basis_points",
                    Integer.toUnsignedString(basisPoints),
                    "0 to 10000",
                    "options.max_disruption_basis_points: %s is no share; allowed: 0 to 10000 hundredths of a percent"
                            .formatted(Integer.toUnsignedString(basisPoints)));
        }
    }

    static PlanReply plan(Control.Preview preview) {
        PlanReply.Builder reply = PlanReply.newBuilder()
                .setRevision(preview.revision())
                .setDisruption(DisruptionMessages.report(preview.disruption()))
                .addAllEffects(preview.effects())
                .addAllWarnings(preview.warnings());
        preview.obstacles().forEach(problem -> reply.addObstacles(Failures.problem(problem)));
        return reply.build();
    }

    static ChangeReply change(Control.Change change) {
        return ChangeReply.newBuilder()
                .setRevision(change.revision())
                .setChanged(change.changed())
                .setProgress(progress(change.progress()))
                .setReason(change.reason())
                .addAllEffects(change.effects())
                .addAllWarnings(change.warnings())
                .setDisruption(DisruptionMessages.report(change.disruption()))
                .build();
    }

    static SwapReply swap(Control.Swap swap) {
        return SwapReply.newBuilder()
                .setOldTag(swap.oldTag())
                .setNewTag(swap.newTag())
                .setOldProgramId(swap.oldProgramId())
                .setNewProgramId(swap.newProgramId())
                .addAllInterfaces(swap.interfaces())
                .setChanged(swap.changed())
                .build();
    }

    /** {@code service} "" means all of them; one that does not exist leaves the list empty. */
    static StatusReply status(Snapshot snapshot, String service) {
        StatusReply.Builder status = StatusReply.newBuilder()
                .setNode(snapshot.node())
                .setInstance(snapshot.instance())
                .setVersion(snapshot.version())
                .setPid(snapshot.pid())
                .setStartedUnixMs(snapshot.startedUnixMs())
                .setTimeUnixMs(snapshot.timeUnixMs())
                .setRevision(snapshot.revision())
                .setProgress(progress(snapshot.progress()))
                .setReason(snapshot.reason())
                .setProgramTag(snapshot.programTag())
                .setProgramBuiltInTag(snapshot.builtInTag())
                .addAllProgramFeatures(snapshot.features())
                .setFlows(FlowTableStatus.newBuilder()
                        .setCapacity(snapshot.flows().capacity())
                        .setLive(snapshot.flows().live())
                        .setHalfOpen(snapshot.flows().halfOpen())
                        .setCensusUnixMs(snapshot.flows().censusUnixMs()))
                .addAllWarnings(snapshot.warnings())
                .setConfiguredDigest(snapshot.digests().configured())
                .setEffectiveDigest(snapshot.digests().effective().get())
                .setSource(snapshot.source())
                .setJournal(JournalStatus.newBuilder()
                        .setOldestRevision(snapshot.journal().oldestRevision())
                        .setRevisions(snapshot.journal().revisions())
                        .setBytes(snapshot.journal().bytes())
                        .setFailure(snapshot.journal().failure()));
        for (Snapshot.Interface each : snapshot.interfaces()) {
            status.addInterfaces(Interface.newBuilder()
                    .setName(each.name())
                    .setIndex(each.index())
                    .setMode(each.mode())
                    .setPin(each.pin()));
        }
        for (Snapshot.Service each : snapshot.services()) {
            if (service.isEmpty() || service.equals(each.name())) {
                status.addServices(service(each));
            }
        }
        for (Snapshot.Verdict each : snapshot.verdicts()) {
            status.addVerdicts(Verdict.newBuilder()
                    .setClass_(each.verdictClass())
                    .setReason(each.reason())
                    .setTraffic(traffic(each.traffic())));
        }
        for (Snapshot.TransmitLoss each : snapshot.txFailed()) {
            status.addTxFailed(TransmitLoss.newBuilder()
                    .setInterface(each.interfaceName())
                    .setCause(each.cause())
                    .setFrames(each.frames())
                    .setExplanation(each.words()));
        }
        return status.build();
    }

    private static ServiceStatus service(Snapshot.Service service) {
        ServiceStatus.Builder status = ServiceStatus.newBuilder()
                .setName(service.name())
                .addAllVips(service.vips())
                .setEncap(service.encap())
                .setHash(service.hash())
                .setSources(service.sources())
                .setProgress(progress(service.progress()))
                .setReason(service.reason())
                .setRingSize(service.ringSize())
                .setRingGeneration(service.ringGeneration())
                .setPreviousRingUntilUnixMs(service.previousRingUntilUnixMs())
                .setForwarded(traffic(service.forwarded()))
                .setAnswered(traffic(service.answered()))
                .setPassed(traffic(service.passed()))
                .setDropped(traffic(service.dropped()))
                .setFlowsCreated(service.flowsCreated())
                .setFlowsUntracked(service.flowsUntracked())
                .setFlowsRepicked(service.flowsRepicked());
        for (Snapshot.Member member : service.members()) {
            status.addMembers(MemberStatus.newBuilder()
                    .setName(member.name())
                    .setAddress(member.address())
                    .setWeight(member.weight())
                    .setAdmin(member.admin())
                    .setHealth(member.health())
                    .setHealthReason(member.healthReason())
                    .setHealthSinceUnixMs(member.healthSinceUnixMs())
                    .setInRing(member.inRing())
                    .setRingShare(member.ringShare())
                    .setNextHop(member.nextHop())
                    .setForwarded(traffic(member.forwarded()))
                    .setFlows(member.flows()));
        }
        return status.build();
    }

    private static Progress progress(Snapshot.Progress progress) {
        return switch (progress) {
            case PENDING -> Progress.PENDING;
            case DONE -> Progress.DONE;
            case FAILED -> Progress.FAILED;
        };
    }

    private static Traffic traffic(Snapshot.Traffic traffic) {
        return Traffic.newBuilder()
                .setPackets(traffic.packets())
                .setBytes(traffic.bytes())
                .build();
    }
}
