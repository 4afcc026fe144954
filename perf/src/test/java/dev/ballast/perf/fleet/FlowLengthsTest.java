package dev.ballast.perf.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.assertj.core.data.Offset;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class FlowLengthsTest {
    private static final int DRAWS = 400_000;

    /** Lengths weighted by themselves have one over the mean of all as the mean of their reciprocals. */
    private static double meanOfAllS(FlowLengths lengths) {
        RandomGenerator random = new SplittableRandom(3);
        double sum = 0;
        for (int i = 0; i < DRAWS; i++) {
            sum += 1 / lengths.drawLiveS(random);
        }
        return DRAWS / sum;
    }

    /** Of a Pareto distribution with this exponent between bounds: the sum over a fine division of its distribution function. */
    private static double paretoMeanS(double minS, double maxS, double alpha) {
        double sum = 0;
        double top = 1 - Math.pow(minS / maxS, alpha);
        for (int i = 0; i < DRAWS; i++) {
            sum += minS * Math.pow(1 - (i + 0.5) / DRAWS * top, -1 / alpha);
        }
        return sum / DRAWS;
    }

    @Test
    void liveConnectionsAreDrawnByTheirLength() {
        double webS = 0.95 * 10 * Math.exp(1.3 * 1.3 / 2) + 0.05 * paretoMeanS(60, 7200, 1.3);
        double longS = 0.8 * 1800 * Math.exp(1.2 * 1.2 / 2) + 0.2 * paretoMeanS(7200, 172_800, 1.3);
        assertThat(meanOfAllS(FlowLengths.WEB)).isCloseTo(webS, Percentage.withPercentage(3));
        assertThat(meanOfAllS(FlowLengths.LONG)).isCloseTo(longS, Percentage.withPercentage(3));
        assertThat(meanOfAllS(FlowLengths.MIXED)).isCloseTo(0.99 * webS + 0.01 * longS, Percentage.withPercentage(3));
    }

    @Test
    void keepingGainsForLongerThanTheMedianAgeBecauseAnEarlyRehashGainsMore() {
        LiveAges ages = LiveAges.of(FlowLengths.WEB, 1);
        assertThat(ages.longestKeepS()).isGreaterThan(ages.medianS());
        double[] drawn = FlowLengths.WEB.liveAgesS(100_000, 2);
        double older = 0;
        for (int i = 0; i < drawn.length; i++) {
            double rehashS = ages.longestKeepS() * (i + 0.5) / drawn.length;
            older += drawn[Math.floorMod(i * 7919, drawn.length)] > rehashS ? 1 : 0;
        }
        assertThat(older / drawn.length).isCloseTo(0.5, Offset.offset(0.01));
    }
}
