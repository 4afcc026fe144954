package dev.ballast.perf.datapath;

import dev.ballast.datapath.VerdictReason;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * One kind of traffic.
 *
 * @param name as in {@code --scenario}
 * @param what it is, for people
 * @param configuration that the datapath is loaded with
 * @param frame of the first flow
 * @param opening the frame that each flow begins with before the warm-up; empty: none, it appears mid-stream
 * @param flows how many take turns, a power of two; {@link #ALWAYS_ANOTHER}: no packet's flow was seen before
 * @param tableFlows the size of the main flow table that it is about; empty: the one that was asked for
 * @param warmUpPackets how many go before those that are measured
 * @param expected what has to become of the measured ones
 * @param untrackedAim the share of the measured packets that may miss their flow, if there is such an aim
 * @param reference what it is compared with, if anything
 */
@SuppressWarnings("ArrayRecordComponent") // a frame is bytes; nobody compares scenarios
record Scenario(
        String name,
        String what,
        Configuration configuration,
        byte[] frame,
        Optional<byte[]> opening,
        long flows,
        OptionalLong tableFlows,
        int warmUpPackets,
        VerdictReason expected,
        OptionalDouble untrackedAim,
        Optional<Reference> reference) {
    static final long ALWAYS_ANOTHER = 1L << 32;

    /** So that expiries, states and caches are what they stay. */
    private static final int ROUNDS_OF_WARM_UP = 3;

    private static final int MIN_WARM_UP_PACKETS = 1000;

    Scenario {
        if (flows < 1 || flows > ALWAYS_ANOTHER || Long.bitCount(flows) != 1) {
            throw new IllegalArgumentException(flows + " flows are not a power of two up to 2^32");
        }
    }

    /** Packets of one flow, with nothing to compare. */
    static Scenario of(String name, String what, Configuration configuration, byte[] frame, VerdictReason expected) {
        return new Scenario(
                name,
                what,
                configuration,
                frame,
                Optional.empty(),
                1,
                OptionalLong.empty(),
                MIN_WARM_UP_PACKETS,
                expected,
                OptionalDouble.empty(),
                Optional.empty());
    }

    /** Packets of so many flows in turn; each is known before it is measured. */
    Scenario inTurn(int newFlows) {
        int warmUp = Math.max(MIN_WARM_UP_PACKETS, Math.multiplyExact(newFlows, ROUNDS_OF_WARM_UP));
        return with(opening, newFlows, tableFlows, warmUp, untrackedAim, reference);
    }

    /** Every packet of another flow; so many go before. */
    Scenario flood(int newWarmUpPackets) {
        return with(opening, ALWAYS_ANOTHER, tableFlows, newWarmUpPackets, untrackedAim, reference);
    }

    Scenario inTableOf(long newTableFlows) {
        return with(opening, flows, OptionalLong.of(newTableFlows), warmUpPackets, untrackedAim, reference);
    }

    /** Each flow begins with this frame. */
    Scenario openedBy(byte[] newOpening) {
        return with(Optional.of(newOpening), flows, tableFlows, warmUpPackets, untrackedAim, reference);
    }

    Scenario untrackedAtMost(double share) {
        return with(opening, flows, tableFlows, warmUpPackets, OptionalDouble.of(share), reference);
    }

    Scenario comparedWith(double katranNs, double aimRatio) {
        return with(
                opening,
                flows,
                tableFlows,
                warmUpPackets,
                untrackedAim,
                Optional.of(new Reference(katranNs, aimRatio)));
    }

    private Scenario with(
            Optional<byte[]> newOpening,
            long newFlows,
            OptionalLong newTableFlows,
            int newWarmUpPackets,
            OptionalDouble newUntrackedAim,
            Optional<Reference> newReference) {
        return new Scenario(
                name,
                what,
                configuration,
                frame,
                newOpening,
                newFlows,
                newTableFlows,
                newWarmUpPackets,
                expected,
                newUntrackedAim,
                newReference);
    }
}
