package dev.ballast.control.grpc;

import dev.ballast.control.loop.Control.CheckStatus;
import dev.ballast.control.loop.Snapshot;
import dev.ballast.v1.CheckHealth;
import dev.ballast.v1.HealthReply;
import dev.ballast.v1.MemberHealth;
import java.util.List;
import java.util.Map;

/** Health as a message of the API: the members of a state with their checks. */
final class HealthMessages {
    private HealthMessages() {}

    static HealthReply health(Snapshot snapshot, String service, Map<String, List<CheckStatus>> checks) {
        HealthReply.Builder reply = HealthReply.newBuilder();
        for (Snapshot.Service each : snapshot.services()) {
            if (service.isEmpty() || service.equals(each.name())) {
                each.members()
                        .forEach(member ->
                                reply.addMembers(member(member, checks.getOrDefault(member.name(), List.of()))));
            }
        }
        return reply.build();
    }

    private static MemberHealth.Builder member(Snapshot.Member member, List<CheckStatus> checks) {
        MemberHealth.Builder message = MemberHealth.newBuilder()
                .setMember(member.name())
                .setHealth(member.health())
                .setReason(member.healthReason())
                .setAdmin(member.admin())
                .setInRing(member.inRing())
                .setWeight(member.inRing() ? member.weight() : 0)
                .setSinceUnixMs(member.healthSinceUnixMs());
        checks.forEach(check -> message.addChecks(CheckHealth.newBuilder()
                .setCheck(check.check())
                .setHealth(check.health())
                .setReason(check.reason())
                .setProbedUnixMs(check.probedUnixMs())
                .setTookUs(check.tookUs())
                .setInARow(check.inARow())));
        return message;
    }
}
