package dev.ballast.perf.datapath;

import dev.ballast.datapath.VerdictReason;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One kind of traffic.
 *
 * @param name as in {@code --scenario}
 * @param what it is, for people
 * @param configuration that the datapath is loaded with
 * @param frame of the first flow
 * @param flows how many take turns, a power of two; {@link #ALWAYS_ANOTHER}: no packet's flow was seen before
 * @param tableFlows the size of the main flow table that it is about; empty: the one that was asked for
 * @param warmUpPackets how many go before those that are measured
 * @param expected what has to become of the measured ones
 * @param leastShare of the measured packets that have to; with less there is no figure
 * @param reference what it is compared with, if anything
 */
@SuppressWarnings("ArrayRecordComponent") // a frame is bytes; nobody compares scenarios
record Scenario(
        String name,
        String what,
        Configuration configuration,
        byte[] frame,
        long flows,
        OptionalLong tableFlows,
        int warmUpPackets,
        VerdictReason expected,
        double leastShare,
        Optional<Reference> reference) {
    static final long ALWAYS_ANOTHER = 1L << 32;

    /** Less would be a figure of something else. */
    private static final double LEAST_SHARE = 0.999;

    /** So that expiries, states and caches are what they stay. */
    private static final int ROUNDS_OF_WARM_UP = 3;

    private static final int MIN_WARM_UP_PACKETS = 1000;

    Scenario {
        if (flows < 1 || flows > ALWAYS_ANOTHER || Long.bitCount(flows) != 1) {
            throw new IllegalArgumentException(flows + " flows are not a power of two up to 2^32");
        }
        if (!(leastShare > 0 && leastShare <= 1)) {
            throw new IllegalArgumentException(leastShare + " is no share of the packets above 0 and up to 1");
        }
    }

    /** Packets of one flow, with nothing to compare. */
    static Scenario of(String name, String what, Configuration configuration, byte[] frame, VerdictReason expected) {
        return new Scenario(
                name,
                what,
                configuration,
                frame,
                1,
                OptionalLong.empty(),
                MIN_WARM_UP_PACKETS,
                expected,
                LEAST_SHARE,
                Optional.empty());
    }

    /** Packets of so many flows in turn; each is known before it is measured. */
    Scenario inTurn(int newFlows) {
        int warmUp = Math.max(MIN_WARM_UP_PACKETS, Math.multiplyExact(newFlows, ROUNDS_OF_WARM_UP));
        return with(newFlows, tableFlows, warmUp, leastShare, reference);
    }

    /** Every packet of another flow; so many go before. */
    Scenario flood(int newWarmUpPackets) {
        return with(ALWAYS_ANOTHER, tableFlows, newWarmUpPackets, leastShare, reference);
    }

    Scenario inTableOf(long newTableFlows) {
        return with(flows, OptionalLong.of(newTableFlows), warmUpPackets, leastShare, reference);
    }

    /** At most this share of the packets may have another verdict. */
    Scenario missingAtMost(double share) {
        return with(flows, tableFlows, warmUpPackets, 1 - share, reference);
    }

    Scenario comparedWith(double katranNs, double aimRatio) {
        return with(flows, tableFlows, warmUpPackets, leastShare, Optional.of(new Reference(katranNs, aimRatio)));
    }

    private Scenario with(
            long newFlows,
            OptionalLong newTableFlows,
            int newWarmUpPackets,
            double newLeastShare,
            Optional<Reference> newReference) {
        return new Scenario(
                name,
                what,
                configuration,
                frame,
                newFlows,
                newTableFlows,
                newWarmUpPackets,
                expected,
                newLeastShare,
                newReference);
    }
}
