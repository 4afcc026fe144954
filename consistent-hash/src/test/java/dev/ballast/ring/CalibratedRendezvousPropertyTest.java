package dev.ballast.ring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;

class CalibratedRendezvousPropertyTest {
    @Provide
    Arbitrary<List<RingMember>> members() {
        Arbitrary<RingKey> keys = Arbitraries.oneOf(
                Arbitraries.longs().between(0, 0xffff_ffffL).map(low -> new RingKey(0, low, 4)),
                Combinators.combine(Arbitraries.longs(), Arbitraries.longs())
                        .as((high, low) -> new RingKey(high, low, 16)));
        Arbitrary<Integer> weights = Arbitraries.frequencyOf(
                Tuple.of(1, Arbitraries.of(0, 1, RingMember.MAX_WEIGHT)),
                Tuple.of(2, Arbitraries.just(100)),
                Tuple.of(2, Arbitraries.integers().between(1, RingMember.MAX_WEIGHT)));
        return Arbitraries.maps(keys, weights).ofMaxSize(60).map(CalibratedRendezvousPropertyTest::number);
    }

    @Provide
    Arbitrary<RingSize> sizes() {
        return Arbitraries.of(new RingSize(251), new RingSize(1_009), new RingSize(4_093));
    }

    private static List<RingMember> number(Map<RingKey, Integer> weightByKey) {
        List<RingMember> members = new ArrayList<>();
        weightByKey.forEach((key, weight) -> members.add(new RingMember(members.size(), key, weight)));
        return members;
    }

    @Property(tries = 300)
    void eachMemberHoldsItsExactShareRoundedDownOrUp(
            @ForAll("members") List<RingMember> members, @ForAll("sizes") RingSize size) {
        Ring ring = CalibratedRendezvous.build(members, size, Members.SECRET);
        double sumOfWeights = members.stream().mapToInt(RingMember::weight).sum();
        int held = 0;
        for (RingMember member : members) {
            int slots = ring.slotCount(member.index());
            held += slots;
            if (sumOfWeights > 0) {
                double share = size.slots() * (member.weight() / sumOfWeights);
                assertThat((double) slots)
                        .as("slots of %s", member)
                        .isBetween(Math.floor(share - 1e-6), Math.ceil(share + 1e-6));
            }
        }
        assertThat(held).isEqualTo(ring.isEmpty() ? 0 : size.slots());
    }

    @Property(tries = 100)
    void neitherOrderNorIndexesMatter(
            @ForAll("members") List<RingMember> members, @ForAll("sizes") RingSize size, @ForAll Random random) {
        Ring ring = CalibratedRendezvous.build(members, size, Members.SECRET);
        List<RingMember> shuffled = new ArrayList<>(members);
        Collections.shuffle(shuffled, random);
        assertThat(CalibratedRendezvous.build(shuffled, size, Members.SECRET)).isEqualTo(ring);

        List<RingMember> renumbered = new ArrayList<>();
        for (RingMember member : shuffled) {
            renumbered.add(new RingMember(RingMember.MAX_INDEX - renumbered.size(), member.key(), member.weight()));
        }
        Ring other = CalibratedRendezvous.build(renumbered, size, Members.SECRET);
        assertThat(Disruption.between(ring, other)).isEqualTo(new Disruption(size.slots(), 0, 0));
    }

    /** The optimum is unique: where the search begins, and how much of the preferences it looks at, leads to the same ring. */
    @Property(tries = 200)
    void neitherFirstPricesNorTheLengthOfListsMatter(
            @ForAll("members") List<RingMember> members,
            @ForAll("sizes") RingSize size,
            @ForAll @IntRange(min = 1, max = 40) int depthFactor,
            @ForAll Random random) {
        Ring ring = CalibratedRendezvous.build(members, size, Members.SECRET);
        Ring other = CalibratedRendezvous.build(
                members,
                size,
                Members.SECRET,
                depthFactor,
                key -> random.nextLong(1L << (Preferences.FRACTION_BITS + 1)) - (1L << Preferences.FRACTION_BITS));
        assertThat(other).isEqualTo(ring);
    }

    @Property(tries = 100)
    void noChangeMovesLessThanTheMinimum(
            @ForAll("members") List<RingMember> before,
            @ForAll("members") List<RingMember> after,
            @ForAll("sizes") RingSize size) {
        Disruption disruption = Disruption.between(
                CalibratedRendezvous.build(before, size, Members.SECRET),
                CalibratedRendezvous.build(after, size, Members.SECRET));
        assertThat(disruption.moved()).isBetween(disruption.minimum(), size.slots());
    }
}
