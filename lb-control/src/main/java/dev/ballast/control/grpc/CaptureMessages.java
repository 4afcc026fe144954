package dev.ballast.control.grpc;

import com.google.protobuf.UnsafeByteOperations;
import dev.ballast.control.inspect.Inspector;
import dev.ballast.control.model.Nearest;
import dev.ballast.datapath.VerdictClass;
import dev.ballast.datapath.VerdictReason;
import dev.ballast.v1.CaptureReply;
import dev.ballast.v1.CaptureRequest;
import dev.ballast.v1.CapturedPacket;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** What is captured, as the API has it. */
final class CaptureMessages {
    private CaptureMessages() {}

    /** What a request asks for; its service is not looked up. Refuses what no packet can be. */
    static Inspector.CaptureFilter filter(CaptureRequest request) {
        Optional<VerdictClass> verdict =
                find("class", request.getClass_(), List.of(VerdictClass.values()), VerdictClass::label);
        Optional<VerdictReason> reason =
                find("reason", request.getReason(), List.of(VerdictReason.values()), VerdictReason::label);
        if (verdict.isPresent()
                && reason.isPresent()
                && verdict.get() != reason.get().verdictClass()) {
            throw Failures.invalid(
                    "class",
                    request.getClass_(),
                    reason.get().verdictClass().label(),
                    "no packet that is %s has the reason %s; leave the class out"
                            .formatted(request.getClass_(), request.getReason()));
        }
        return new Inspector.CaptureFilter(request.getService(), verdict, reason);
    }

    private static <T> Optional<T> find(String field, String given, List<T> all, Function<T, String> label) {
        if (given.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(all.stream()
                .filter(each -> label.apply(each).equals(given))
                .findFirst()
                .orElseThrow(() -> {
                    List<String> labels = all.stream().map(label).toList();
                    String allowed = String.join(", ", labels);
                    String near = Nearest.didYouMean(given, labels);
                    return Failures.invalid(
                            field,
                            given,
                            allowed,
                            "no %s is called \"%s\"; %s"
                                    .formatted(field, given, near.isEmpty() ? "give one of " + allowed : near));
                }));
    }

    static CaptureReply reply(Inspector.Portion portion) {
        return CaptureReply.newBuilder()
                .addAllPackets(
                        portion.packets().stream().map(CaptureMessages::packet).toList())
                .setLost(portion.lost())
                .build();
    }

    private static CapturedPacket packet(Inspector.Packet packet) {
        return CapturedPacket.newBuilder()
                .setTimeUnixNs(packet.timeUnixNs())
                .setHead(UnsafeByteOperations.unsafeWrap(packet.head()))
                .setPacketOffset(packet.packetOffset().orElse(0))
                .setLength(packet.length())
                .setClass_(packet.reason().verdictClass().label())
                .setReason(packet.reason().label())
                .setService(packet.service())
                .setBackend(packet.backend())
                .setInterface(packet.interfaceName())
                .build();
    }
}
