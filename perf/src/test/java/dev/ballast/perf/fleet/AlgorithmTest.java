package dev.ballast.perf.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AlgorithmTest {
    private static final int BACKENDS = 50;
    private static final Membership ALL = Membership.of(BACKENDS);
    private static final long FLOWS = 200_000;

    /** How many flows of a fixed sample go to this backend. */
    private static long count(Placement placement, int backend) {
        return hashes().filter(hash -> placement.pick(hash) == backend).count();
    }

    private static LongStream hashes() {
        return new SplittableRandom(7).longs(FLOWS);
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void sharesFollowWeights(Algorithm algorithm) {
        Placement placement =
                algorithm.place(ALL.with(10, 2 * Membership.WEIGHT, true).with(11, 0, true));
        // 160 points a backend leave a spread of 8 per cent.
        assertThat(count(placement, 10)).isCloseTo(FLOWS * 2 / BACKENDS, Percentage.withPercentage(20));
        assertThat(count(placement, 12)).isCloseTo(FLOWS / BACKENDS, Percentage.withPercentage(20));
        assertThat(count(placement, 11)).isZero();
    }

    @ParameterizedTest
    @EnumSource(
            value = Algorithm.class,
            names = {"RENDEZVOUS", "RING_HASH"})
    void aBackendThatLeavesTakesOnlyItsOwnFlowsAlong(Algorithm algorithm) {
        Placement before = algorithm.place(ALL);
        Placement after = algorithm.place(ALL.with(20, 0, true));
        assertThat(hashes().filter(hash -> before.pick(hash) != 20))
                .allMatch(hash -> after.pick(hash) == before.pick(hash));
    }

    @ParameterizedTest
    @EnumSource(
            value = Algorithm.class,
            names = {"RENDEZVOUS", "RING_HASH"})
    void aBackendThatWeighsLessLosesFlowsAndTheOthersLoseNone(Algorithm algorithm) {
        Placement before = algorithm.place(ALL);
        Placement after = algorithm.place(ALL.with(20, 50, true));
        assertThat(hashes().filter(hash -> before.pick(hash) != 20))
                .allMatch(hash -> after.pick(hash) == before.pick(hash));
        assertThat(count(after, 20)).isCloseTo(count(before, 20) / 2, Percentage.withPercentage(15));
    }

    @Test
    void jumpMovesLittleForOneMoreAtTheEndAndMostForOneLessInTheMiddle() {
        Placement before = Algorithm.JUMP.place(ALL);
        Placement longer = Algorithm.JUMP.place(ALL.with(BACKENDS, Membership.WEIGHT, true));
        Placement without = Algorithm.JUMP.place(ALL.with(20, 0, true));
        assertThat(hashes().filter(hash -> longer.pick(hash) != before.pick(hash)))
                .allMatch(hash -> longer.pick(hash) == BACKENDS);
        assertThat(hashes().filter(hash -> without.pick(hash) != before.pick(hash))
                        .count())
                .isGreaterThan(FLOWS / 2);
    }
}
