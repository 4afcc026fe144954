package dev.ballast.ring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ContendersTest {
    private static List<Integer> order(long[] turns, int... weights) {
        RingMember[] members = IntStream.range(0, weights.length)
                .mapToObj(number -> new RingMember(number, Members.key(weights.length - number), weights[number]))
                .toArray(RingMember[]::new);
        return Arrays.stream(Contenders.inOrder(members, turns))
                .map(RingMember::index)
                .toList();
    }

    @Test
    void theHeavierComesFirstAndWhoHasNoWeightDoesNotCome() {
        assertThat(order(new long[] {1, 2, 3, 4}, 5, 10_000, 0, 6)).containsExactly(1, 3, 0);
    }

    @Test
    void ofEqualWeightTheLowerHashComesFirstAndHashesHaveNoSign() {
        assertThat(order(new long[] {-1, 7L << 40, Long.MIN_VALUE, 0}, 5, 5, 5, 5))
                .containsExactly(3, 1, 2, 0);
    }

    /** These differ in bits that do not fit into the number that is sorted. */
    @Test
    void hashesThatDifferInTheirLastBitAreStillTold() {
        assertThat(order(new long[] {0x5_0000_0003L, 0x5_0000_0001L, 0x5_0000_0002L, 0x5_0000_0000L}, 5, 5, 5, 5))
                .containsExactly(3, 1, 2, 0);
    }

    @Test
    void equalHashesAreOrderedByAddress() {
        assertThat(order(new long[] {9, 9, 9}, 5, 5, 5)).containsExactly(2, 1, 0);
    }
}
