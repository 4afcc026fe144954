package dev.ballast.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CalibratedRendezvousTest {
    private static final RingSize SMALL = new RingSize(RingSize.MIN);

    private static Ring build(Collection<RingMember> members, RingSize size) {
        return CalibratedRendezvous.build(members, size, Members.SECRET);
    }

    private static int excess(Ring before, Ring after) {
        Disruption disruption = Disruption.between(before, after);
        return disruption.moved() - disruption.minimum();
    }

    @Test
    void withoutMembersAllSlotsAreEmpty() {
        Ring ring = build(List.of(), SMALL);
        assertThat(ring.isEmpty()).isTrue();
        assertThat(ring.slot(250)).isEqualTo(Ring.NO_MEMBER);
    }

    @Test
    void aSingleMemberHoldsAllSlots() {
        Ring ring = build(List.of(new RingMember(RingMember.MAX_INDEX, Members.key(1), 1)), SMALL);
        assertThat(ring.slotCount(RingMember.MAX_INDEX)).isEqualTo(251);
    }

    @Test
    void aMemberOfWeightZeroIsNotInTheRing() {
        Ring ring = build(Members.weighted(3, number -> number == 1 ? 0 : 100), SMALL);
        assertThat(ring.key(1)).isEmpty();
        assertThat(ring).isEqualTo(build(Members.without(Members.equal(3), 1), SMALL));
        assertThat(build(Members.weighted(5, number -> 0), SMALL).isEmpty()).isTrue();
    }

    @Test
    void ofMoreMembersThanSlotsEachHasOneOrNone() {
        Ring ring = build(Members.weighted(400, number -> number < 200 ? 110 : 100), SMALL);
        assertThat(IntStream.range(0, 400).map(ring::slotCount)).containsOnly(0, 1);
    }

    @Test
    void weightsFarApartGetTheirExactSharesRoundedDownOrUp() {
        Ring ring = build(Members.weighted(3, number -> new int[] {1, 100, 10_000}[number]), RingSize.DEFAULT);
        assertThat(ring.slotCount(0)).isBetween(6, 7);
        assertThat(ring.slotCount(1)).isBetween(648, 649);
        assertThat(ring.slotCount(2)).isBetween(64_881, 64_882);
    }

    @Test
    void oneHeavyMemberDoesNotStarveAThousandLightOnes() {
        Ring ring = build(Members.weighted(1_001, number -> number == 0 ? 10_000 : 10), RingSize.DEFAULT);
        assertThat(IntStream.rangeClosed(1, 1_000).map(ring::slotCount)).containsOnly(32, 33);
    }

    @Test
    void anAddressGivenTwiceIsRefusedWhateverItsWeight() {
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
                .hasMessageContaining("index 3")
                .hasMessageContaining("index of its own");
    }

    /** 0.4 to 1.2 times the square root of the size was measured. */
    @ParameterizedTest
    @CsvSource({"65537, 2", "65537, 10", "65537, 100", "65537, 1000", "655373, 100"})
    void aMemberThatLeavesTakesLittleMoreThanTheRootOfTheSizeWithIt(int slots, int count) {
        List<RingMember> members = Members.equal(count);
        RingSize size = new RingSize(slots);
        Ring before = build(members, size);
        for (int leaving = 0; leaving < 2; leaving++) {
            Ring after = build(Members.without(members, leaving), size);
            assertThat(excess(before, after)).isLessThan((int) (1.5 * Math.sqrt(slots)));
        }
    }

    @ParameterizedTest
    @CsvSource({"30", "100", "300"})
    void onAverageItDisturbsHalfOfWhatMaglevDisturbs(int count) {
        List<RingMember> members = Members.weighted(count, number -> 50 + 37 * number % 400);
        int excess = 0;
        int ofMaglev = 0;
        Ring before = build(members, RingSize.DEFAULT);
        Ring beforeOfMaglev = Maglev.build(members, RingSize.DEFAULT, Members.SECRET);
        for (int leaving = 0; leaving < 5; leaving++) {
            List<RingMember> rest = Members.without(members, leaving * count / 5);
            excess += excess(before, build(rest, RingSize.DEFAULT));
            ofMaglev += excess(beforeOfMaglev, Maglev.build(rest, RingSize.DEFAULT, Members.SECRET));
        }
        assertThat(excess).isLessThan((int) (0.7 * ofMaglev));
    }

    @Test
    void aMemberThatComesBackGetsExactlyItsOldSlots() {
        List<RingMember> members = Members.equal(50);
        Ring before = build(members, RingSize.DEFAULT);
        Ring during = build(Members.without(members, 17), RingSize.DEFAULT);
        assertThat(excess(during, build(members, RingSize.DEFAULT))).isEqualTo(excess(before, during));
    }

    @Test
    void anotherSecretMakesAnotherRing() {
        List<RingMember> members = Members.equal(10);
        Ring other = CalibratedRendezvous.build(members, RingSize.DEFAULT, new HashKey(1, 2));
        assertThat(Disruption.between(build(members, RingSize.DEFAULT), other).movedShare())
                .isBetween(0.88, 0.92);
    }

    /**
     * What a fleet in mid-upgrade depends on: a later version that built other rings from the same members would move flows. If this
     * fails, the ring was changed incompatibly.
     */
    @Test
    void theRingOfAKnownSetNeverChanges() {
        Ring ring = build(Members.weighted(5, number -> 100 + 50 * number), RingSize.DEFAULT);
        assertThat(IntStream.range(0, 16).map(ring::slot))
                .containsExactly(1, 4, 3, 2, 2, 1, 4, 3, 4, 3, 2, 2, 4, 1, 0, 4);
        ByteBuffer slots = ByteBuffer.allocate(2 * 65_537).order(ByteOrder.LITTLE_ENDIAN);
        IntStream.range(0, 65_537).forEach(slot -> slots.putShort((short) ring.slot(slot)));
        assertThat(SipHash.hash(Members.SECRET, slots.array())).isEqualTo(-8_037_908_652_818_529_988L);
    }
}
