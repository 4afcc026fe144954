package dev.ballast.control.grpc;

import dev.ballast.control.model.Words;
import dev.ballast.control.plan.LiveFlows;
import dev.ballast.control.plan.ServiceChange;
import dev.ballast.control.plan.SlotMoves;
import dev.ballast.control.plan.Stake;
import dev.ballast.v1.DisruptionReport;
import dev.ballast.v1.MemberFlows;
import dev.ballast.v1.ServiceDisruption;
import java.util.List;

/** What a change disturbs, as a message of the API, field by field. */
final class DisruptionMessages {
    private DisruptionMessages() {}

    static DisruptionReport report(dev.ballast.control.plan.DisruptionReport report) {
        DisruptionReport.Builder message = DisruptionReport.newBuilder()
                .setServicesUnchanged(report.unchanged())
                .addAllGeneral(report.general())
                .setManner(Words.of(report.manner()))
                .setLiveFlows(report.liveFlows())
                .setDisturbedFlows(report.disturbedFlows());
        report.services().forEach(service -> message.addServices(service(service)));
        return message.build();
    }

    private static ServiceDisruption service(dev.ballast.control.plan.ServiceDisruption service) {
        ServiceChange change = service.change();
        ServiceDisruption.Builder message = ServiceDisruption.newBuilder()
                .setService(change.service())
                .setChange(Words.of(change.kind()))
                .setManner(Words.of(service.manner()))
                .addAllMembersAdded(words(change.membersAdded()))
                .addAllMembersRemoved(words(change.membersRemoved()))
                .addAllDrained(words(change.drained()))
                .addAllUndrained(words(change.undrained()))
                .addAllWeighted(words(change.weighted()))
                .addAllVipsAdded(words(change.vipsAdded()))
                .addAllVipsRemoved(words(change.vipsRemoved()))
                .addAllSettings(change.settings())
                .setFlows(flows(service.flows()))
                .setStake(stake(service.stake()));
        service.slots().ifPresent(slots -> message.setSlots(slots(slots)));
        return message.build();
    }

    private static List<String> words(List<?> values) {
        return values.stream().map(Object::toString).toList();
    }

    private static dev.ballast.v1.SlotMoves slots(SlotMoves slots) {
        return dev.ballast.v1.SlotMoves.newBuilder()
                .setSlots(slots.slots())
                .setMoved(slots.moved())
                .setMinimum(slots.minimum())
                .setCertainty(Words.of(slots.certainty()))
                .build();
    }

    private static dev.ballast.v1.LiveFlows flows(LiveFlows flows) {
        dev.ballast.v1.LiveFlows.Builder message = dev.ballast.v1.LiveFlows.newBuilder()
                .setTracked(flows.tracked())
                .setLive(flows.live())
                .setMoving(flows.moving())
                .setCertainty(Words.of(flows.certainty()));
        flows.leaving()
                .forEach(member -> message.addLeaving(MemberFlows.newBuilder()
                        .setAddress(member.address().toString())
                        .setFlows(member.flows())));
        return message.build();
    }

    private static dev.ballast.v1.Stake stake(Stake stake) {
        return dev.ballast.v1.Stake.newBuilder()
                .setMeasure(Words.of(stake.measure()))
                .setDisturbed(stake.disturbed())
                .setOf(stake.of())
                .setCertainty(Words.of(stake.certainty()))
                .build();
    }
}
