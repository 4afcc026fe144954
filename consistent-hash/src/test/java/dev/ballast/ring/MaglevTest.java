package dev.ballast.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MaglevTest {
    private static final RingSize SMALL = new RingSize(RingSize.MIN);

    private static Ring build(Collection<RingMember> members, RingSize size) {
        return Maglev.build(members, size, Members.SECRET);
    }

    private static Set<Integer> holders(Ring ring) {
        Set<Integer> holders = new HashSet<>();
        for (int slot = 0; slot < ring.size().slots(); slot++) {
            holders.add(ring.slot(slot));
        }
        return holders;
    }

    @Test
    void withoutMembersAllSlotsAreEmpty() {
        Ring ring = build(List.of(), SMALL);
        assertThat(ring.isEmpty()).isTrue();
        assertThat(holders(ring)).containsExactly(Ring.NO_MEMBER);
        assertThat(ring.slotCount(0)).isZero();
    }

    @Test
    void aSingleMemberHoldsAllSlots() {
        Ring ring = build(List.of(new RingMember(7, Members.key(1), 1)), SMALL);
        assertThat(ring.isEmpty()).isFalse();
        assertThat(holders(ring)).containsExactly(7);
        assertThat(ring.slotCount(7)).isEqualTo(251);
        assertThat(ring.share(7)).isEqualTo(1.0);
    }

    @Test
    void aMemberOfWeightZeroIsNotInTheRing() {
        Ring ring = build(Members.weighted(3, number -> number == 1 ? 0 : 100), SMALL);
        assertThat(holders(ring)).containsExactlyInAnyOrder(0, 2);
        assertThat(ring.key(1)).isEmpty();
        assertThat(ring).isEqualTo(build(Members.without(Members.equal(3), 1), SMALL));
    }

    @Test
    void onlyMembersOfWeightZeroMakeAnEmptyRing() {
        assertThat(build(Members.weighted(5, number -> 0), SMALL).isEmpty()).isTrue();
    }

    @Test
    void withMoreMembersThanSlotsTheHeaviestGetOneEach() {
        Ring ring = build(Members.weighted(400, number -> number < 200 ? 110 : 100), SMALL);
        assertThat(holders(ring)).hasSize(251);
        assertThat(IntStream.range(0, 200).map(ring::slotCount)).containsOnly(1);
    }

    @Test
    void theHighestIndexIsNotTakenForAnEmptySlot() {
        Ring ring = build(List.of(new RingMember(RingMember.MAX_INDEX, Members.key(1), 1)), SMALL);
        assertThat(ring.slot(0)).isEqualTo(65_534);
        assertThat(ring.slotCount(65_534)).isEqualTo(251);
    }

    @Test
    void sixtyFiveThousandMembersFitTheLargestRing() {
        Ring ring = build(Members.equal(RingMember.MAX_INDEX + 1), new RingSize(RingSize.MAX));
        assertThat(IntStream.rangeClosed(0, RingMember.MAX_INDEX).map(ring::slotCount))
                .containsOnly(10, 11);
    }

    @Test
    void anAddressGivenTwiceIsRefused() {
        List<RingMember> members = List.of(new RingMember(0, Members.key(1), 1), new RingMember(1, Members.key(1), 0));
        assertThatThrownBy(() -> build(members, SMALL))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("10.0.0.1 is given twice");
    }

    @Test
    void anIndexGivenTwiceIsRefused() {
        List<RingMember> members = List.of(new RingMember(3, Members.key(1), 1), new RingMember(3, Members.key(2), 1));
        assertThatThrownBy(() -> build(members, SMALL))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("both have index 3");
    }

    @Test
    void indexesAndWeightsOutOfRangeAreRefused() {
        assertThatThrownBy(() -> new RingMember(-1, Members.key(1), 1)).hasMessageContaining("index -1");
        assertThatThrownBy(() -> new RingMember(65_535, Members.key(1), 1)).hasMessageContaining("0 to 65534");
        assertThatThrownBy(() -> new RingMember(0, Members.key(1), -1)).hasMessageContaining("weight -1");
        assertThatThrownBy(() -> new RingMember(0, Members.key(1), 10_001)).hasMessageContaining("0 to 10000");
    }

    /** Section 3.4: with a hundred slots for each member, shares of equal members are within one percent. */
    @ParameterizedTest
    @CsvSource({"251, 2", "65537, 3", "65537, 10", "65537, 655", "655373, 1000", "655373, 6553"})
    void equalWeightsGetSharesWithinOnePercent(int slots, int members) {
        Ring ring = build(Members.equal(members), new RingSize(slots));
        int most = IntStream.range(0, members).map(ring::slotCount).max().orElseThrow();
        int least = IntStream.range(0, members).map(ring::slotCount).min().orElseThrow();
        assertThat(most - least).isLessThanOrEqualTo(1);
        assertThat((double) most / least).isLessThanOrEqualTo(1.01);
    }

    @Test
    void weightsFarApartGetSharesInProportion() {
        Ring ring = build(Members.weighted(3, number -> new int[] {1, 100, 10_000}[number]), RingSize.DEFAULT);
        assertThat(ring.slotCount(0)).isCloseTo(65_537 / 10_101, within(1));
        assertThat(ring.slotCount(1)).isCloseTo(65_537 * 100 / 10_101, within(1));
        assertThat(ring.share(2)).isCloseTo(10_000.0 / 10_101, within(0.0001));
    }

    @Test
    void oneHeavyMemberDoesNotStarveAThousandLightOnes() {
        Ring ring = build(Members.weighted(1_001, number -> number == 0 ? 10_000 : 10), RingSize.DEFAULT);
        assertThat(IntStream.rangeClosed(1, 1_000).map(ring::slotCount)).allMatch(count -> count == 32 || count == 33);
        assertThat(ring.share(0)).isCloseTo(0.5, within(0.01));
    }

    @Test
    void aMemberWorthLessThanHalfASlotGetsNone() {
        Ring ring = build(Members.weighted(2, number -> number == 0 ? 1 : 10_000), SMALL);
        assertThat(ring.slotCount(0)).isZero();
        assertThat(ring.slotCount(1)).isEqualTo(251);
    }

    @Test
    void anotherSecretMakesAnotherRing() {
        List<RingMember> members = Members.equal(10);
        Ring ring = build(members, RingSize.DEFAULT);
        Ring other = Maglev.build(members, RingSize.DEFAULT, new HashKey(1, 2));
        // Two unrelated rings of ten members agree on a tenth of the slots.
        assertThat(Disruption.between(ring, other).movedShare()).isCloseTo(0.9, within(0.02));
    }

    @ParameterizedTest
    @CsvSource({"65537, 10", "65537, 1000", "655373, 100", "655373, 1000"})
    void bothCommonSizesAreTheRingOfTurnByTurnProbing(int slots, int count) {
        RingSize size = new RingSize(slots);
        for (List<RingMember> members : List.of(
                Members.equal(count),
                Members.weighted(count, number -> 100 + number),
                Members.weighted(count, number -> number % 3 == 0 ? 50 : 100),
                Members.weighted(count, number -> number == 0 ? 10_000 : 1 + number % 1_000))) {
            assertThat(build(members, size)).isEqualTo(NaiveMaglev.build(members, size, Members.SECRET));
        }
    }

    @Test
    void hugeWeightsCountAsTheirRatioDoes() {
        List<RingMember> huge = Members.weighted(100, number -> number < 50 ? 10_000 : 5_000);
        List<RingMember> small = Members.weighted(100, number -> number < 50 ? 2 : 1);
        assertThat(build(huge, RingSize.DEFAULT)).isEqualTo(build(small, RingSize.DEFAULT));
        assertThat(build(Members.weighted(100, number -> 10_000), SMALL)).isEqualTo(build(Members.equal(100), SMALL));
    }

    @Test
    void withMoreMembersThanSlotsTheRingIsTheOneOfTurnByTurnProbing() {
        for (List<RingMember> members : List.of(
                Members.equal(1_000),
                Members.weighted(1_000, number -> 1 + number),
                Members.weighted(5_000, number -> number % 10_001))) {
            assertThat(build(members, SMALL)).isEqualTo(NaiveMaglev.build(members, SMALL, Members.SECRET));
        }
    }

    @Test
    void asManyMembersAsHaveAnIndexGetTheRingOfTurnByTurnProbing() {
        List<RingMember> members = Members.weighted(RingMember.MAX_INDEX + 1, number -> 1 + number % 10_000);
        assertThat(build(members, RingSize.DEFAULT))
                .isEqualTo(NaiveMaglev.build(members, RingSize.DEFAULT, Members.SECRET));
    }

    @Test
    void addressesAndIndexesOfMembersWithoutWeightCountAsGiven() {
        List<RingMember> sameAddress =
                List.of(new RingMember(0, Members.key(1), 0), new RingMember(1, Members.key(1), 0));
        List<RingMember> sameIndex =
                List.of(new RingMember(4, Members.key(1), 0), new RingMember(4, Members.key(2), 5));
        assertThatThrownBy(() -> build(sameAddress, SMALL)).hasMessageContaining("10.0.0.1 is given twice");
        assertThatThrownBy(() -> build(sameIndex, SMALL)).hasMessageContaining("both have index 4");
    }
}
