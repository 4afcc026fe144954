package dev.ballast.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DisruptionTest {
    private static Ring build(List<RingMember> members, int slots) {
        return Maglev.build(members, new RingSize(slots), Members.SECRET);
    }

    /** Measured over eight secrets: at most 0.9 % of the slots above the minimum at 65,537, 0.4 % at 655,373. */
    @ParameterizedTest
    @CsvSource({
        "65537, 2, 0.0001",
        "65537, 10, 0.01",
        "65537, 100, 0.01",
        "65537, 1000, 0.015",
        "655373, 10, 0.002",
        "655373, 1000, 0.005"
    })
    void aMemberThatLeavesTakesFewSlotsOfOthersWithIt(int slots, int count, double excess) {
        List<RingMember> members = Members.equal(count);
        Ring before = build(members, slots);
        for (int leaving = 0; leaving < Math.min(count, 5); leaving++) {
            Ring after = build(Members.without(members, leaving), slots);
            Disruption disruption = Disruption.between(before, after);
            assertThat(disruption.minimum()).isGreaterThanOrEqualTo(before.slotCount(leaving));
            assertThat(disruption.moved() - disruption.minimum()).isLessThanOrEqualTo((int) (excess * slots));
        }
    }

    @Test
    void aMemberThatComesBackGetsExactlyItsOldSlots() {
        List<RingMember> members = Members.equal(50);
        Ring before = build(members, 65_537);
        Ring during = build(Members.without(members, 17), 65_537);
        Ring afterwards = build(members, 65_537);
        assertThat(afterwards).isEqualTo(before);
        assertThat(Disruption.between(during, afterwards).moved())
                .isEqualTo(Disruption.between(before, during).moved());
    }

    @ParameterizedTest
    @CsvSource({"0, 10000", "0, 1", "7, 1"})
    void theHeaviestMayLeaveWithoutDealingEverythingAnew(int leaving, int weightOfFirst) {
        IntUnaryOperator weight = number -> number == 0 ? weightOfFirst : 100 + 10 * number;
        List<RingMember> members = Members.weighted(100, weight);
        Ring before = build(members, 65_537);
        Ring after = build(Members.without(members, leaving), 65_537);
        Disruption disruption = Disruption.between(before, after);
        assertThat(disruption.moved() - disruption.minimum()).isLessThan(65_537 / 50);
    }

    @Test
    void aWeightThatIsHalvedMovesLittleMoreThanTheHalf() {
        Ring before = build(Members.equal(20), 65_537);
        Ring after = build(Members.weighted(20, number -> number == 3 ? 50 : 100), 65_537);
        Disruption disruption = Disruption.between(before, after);
        assertThat((double) disruption.minimum() / 65_537).isCloseTo(0.05 - 0.5 / 19.5, within(0.001));
        assertThat(disruption.moved() - disruption.minimum()).isLessThan(65_537 / 50);
    }

    @Test
    void theSameRingMovesNothing() {
        Ring ring = build(Members.equal(9), 251);
        assertThat(Disruption.between(ring, ring)).isEqualTo(new Disruption(251, 0, 0));
    }

    @Test
    void theFirstMembersOfAnEmptyRingDisturbNobody() {
        assertThat(Disruption.between(build(List.of(), 251), build(Members.equal(3), 251)))
                .isEqualTo(new Disruption(251, 0, 0));
    }

    @Test
    void theLastMemberThatLeavesMovesEverything() {
        Disruption disruption = Disruption.between(build(Members.equal(1), 251), build(List.of(), 251));
        assertThat(disruption).isEqualTo(new Disruption(251, 251, 251));
        assertThat(disruption.movedShare()).isEqualTo(1.0);
    }

    @Test
    void ringsOfTwoSizesCannotBeCompared() {
        assertThatThrownBy(() -> Disruption.between(build(Members.equal(2), 251), build(Members.equal(2), 257)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("251 and 257")
                .hasMessageContaining("count all flows as disturbed");
    }
}
