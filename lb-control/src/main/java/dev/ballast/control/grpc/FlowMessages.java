package dev.ballast.control.grpc;

import dev.ballast.control.loop.FlowCounts;
import dev.ballast.control.loop.Snapshot;
import dev.ballast.v1.FlowCount;
import dev.ballast.v1.FlowsReply;
import java.util.Map;
import java.util.stream.Collectors;

/** Counted flows as the API says them. */
final class FlowMessages {
    private FlowMessages() {}

    /** Those of one service, or of all for "". */
    static FlowsReply flows(Snapshot snapshot, String service, FlowCounts counted) {
        Map<String, String> admins = snapshot.services().stream()
                .flatMap(each -> each.members().stream())
                .collect(Collectors.toMap(Snapshot.Member::name, Snapshot.Member::admin, (one, _) -> one));
        FlowsReply.Builder reply = FlowsReply.newBuilder()
                .setCensusUnixMs(counted.unixMs())
                .setCapacity(snapshot.flows().capacity())
                .setTookUs(counted.tookNs() / 1_000);
        counted.members().forEach((member, count) -> {
            String ofService = member.substring(0, member.indexOf('/'));
            if (service.isEmpty() || service.equals(ofService)) {
                reply.addFlows(FlowCount.newBuilder()
                        .setService(ofService)
                        .setMember(member)
                        .setAdmin(admins.getOrDefault(member, "leaving"))
                        .setEstablished(count.established())
                        .setUnconfirmed(count.unconfirmed())
                        .setClosing(count.closing())
                        .setHalfOpen(count.halfOpen()));
            }
        });
        return reply.build();
    }
}
