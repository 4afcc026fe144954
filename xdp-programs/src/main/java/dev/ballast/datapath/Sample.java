package dev.ballast.datapath;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One packet's verdict with the head of its frame as it left; C: {@code struct sample}.
 *
 * @param jiffies when
 * @param reason of its verdict
 * @param service index, if it was for one
 * @param member id, if one was chosen
 * @param ingressIfindex where it came in
 * @param frameBytes as received
 * @param packetOffset where the received IP packet begins in {@code head}, if it does
 * @param head of the frame as it left, 128 bytes at most
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Sample(
        long jiffies,
        VerdictReason reason,
        OptionalInt service,
        OptionalInt member,
        int ingressIfindex,
        int frameBytes,
        OptionalInt packetOffset,
        byte[] head) {
    private static final int NONE = -1;
    private static final int NO_OFFSET = 0xffff;

    /** Empty if its reason is a newer program's. */
    static Optional<Sample> of(MemorySegment event) {
        int offset = Short.toUnsignedInt(event.get(JAVA_SHORT, at("packet_offset")));
        int length = Short.toUnsignedInt(event.get(JAVA_SHORT, at("head_length")));
        return VerdictReason.ofNumber(event.get(JAVA_INT, at("reason")))
                .map(reason -> new Sample(
                        event.get(JAVA_LONG, at("jiffies")),
                        reason,
                        optional(event.get(JAVA_INT, at("service"))),
                        optional(event.get(JAVA_INT, at("member"))),
                        event.get(JAVA_INT, at("ingress_ifindex")),
                        event.get(JAVA_INT, at("frame_length")),
                        offset == NO_OFFSET ? OptionalInt.empty() : OptionalInt.of(offset),
                        event.asSlice(at("head"), Math.min(length, Abi.SAMPLE_HEAD))
                                .toArray(JAVA_BYTE)));
    }

    private static OptionalInt optional(int value) {
        return value == NONE ? OptionalInt.empty() : OptionalInt.of(value);
    }

    private static long at(String field) {
        return Abi.offset(Abi.SAMPLE, field);
    }
}
