package dev.ballast.perf.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class EcmpTest {
    private static final int BALANCERS = 8;
    private static final boolean[] ALL = all();

    private static boolean[] all() {
        boolean[] live = new boolean[BALANCERS];
        Arrays.fill(live, true);
        return live;
    }

    private static boolean[] without(int balancer) {
        boolean[] live = ALL.clone();
        live[balancer] = false;
        return live;
    }

    /** Of 100,000 hashes: the part that two tables send to different balancers. */
    private static double moved(int[] before, int[] after) {
        return IntStream.range(0, 100_000)
                        .filter(hash -> before[hash % before.length] != after[hash % after.length])
                        .count()
                / 100_000.0;
    }

    @Test
    void resilientRoutersMoveOnlyTheFlowsOfTheLostBalancer() {
        int[] before = Ecmp.RESILIENT.start(BALANCERS);
        int[] after = Ecmp.RESILIENT.change(before, without(3));
        for (int bucket = 0; bucket < before.length; bucket++) {
            if (before[bucket] == 3) {
                assertThat(after[bucket]).isNotEqualTo(3);
            } else {
                assertThat(after[bucket]).isEqualTo(before[bucket]);
            }
        }
        assertThat(spread(after)).isLessThanOrEqualTo(1);
    }

    @Test
    void resilientRoutersGiveABalancerThatReturnsItsShareAndMoveNothingElse() {
        int[] before = Ecmp.RESILIENT.change(Ecmp.RESILIENT.start(BALANCERS), without(3));
        int[] after = Ecmp.RESILIENT.change(before, ALL);
        assertThat(moved(before, after)).isCloseTo(1.0 / BALANCERS, Offset.offset(0.01));
        assertThat(Arrays.stream(after).filter(balancer -> balancer == 3)).hasSize(after.length / BALANCERS);
    }

    @Test
    void modularRoutersMoveAllButOneInNumberOfBalancers() {
        int[] before = Ecmp.MODULO.start(BALANCERS);
        int[] after = Ecmp.MODULO.change(before, without(3));
        assertThat(after).doesNotContain(3).hasSize(BALANCERS - 1);
        assertThat(moved(before, after)).isCloseTo(7.0 / BALANCERS, Offset.offset(0.1));
        assertThat(Ecmp.MODULO.change(after, ALL)).isEqualTo(before);
    }

    /** By how much the shares of live balancers differ at most, in buckets. */
    private static int spread(int[] table) {
        int[] counts = new int[BALANCERS];
        Arrays.stream(table).forEach(balancer -> counts[balancer]++);
        int[] used = Arrays.stream(counts).filter(count -> count > 0).sorted().toArray();
        return used[used.length - 1] - used[0];
    }
}
