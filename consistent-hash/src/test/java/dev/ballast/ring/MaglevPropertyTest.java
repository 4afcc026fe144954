package dev.ballast.ring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

class MaglevPropertyTest {
    private static final List<RingSize> SIZES =
            List.of(new RingSize(251), new RingSize(1_009), new RingSize(4_093), new RingSize(16_381));

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
        return Arbitraries.maps(keys, weights).ofMaxSize(60).map(MaglevPropertyTest::number);
    }

    @Provide
    Arbitrary<RingSize> sizes() {
        return Arbitraries.of(SIZES);
    }

    private static List<RingMember> number(Map<RingKey, Integer> weightByKey) {
        List<RingMember> members = new ArrayList<>();
        weightByKey.forEach((key, weight) -> members.add(new RingMember(members.size(), key, weight)));
        return members;
    }

    private static List<RingKey> keysBySlot(Ring ring) {
        return IntStream.range(0, ring.size().slots())
                .mapToObj(slot -> ring.key(ring.slot(slot)).orElseThrow())
                .toList();
    }

    @Property(tries = 200)
    void everySlotBelongsToAMemberWithWeight(
            @ForAll("members") List<RingMember> members, @ForAll("sizes") RingSize size) {
        Ring ring = Maglev.build(members, size, Members.SECRET);
        Map<Integer, RingMember> byIndex =
                members.stream().collect(Collectors.toMap(RingMember::index, member -> member));
        assertThat(ring.isEmpty()).isEqualTo(members.stream().noneMatch(member -> member.weight() > 0));
        if (!ring.isEmpty()) {
            for (int slot = 0; slot < size.slots(); slot++) {
                assertThat(byIndex.get(ring.slot(slot)).weight()).isPositive();
            }
        }
        assertThat(members.stream()
                        .mapToInt(member -> ring.slotCount(member.index()))
                        .sum())
                .isEqualTo(ring.isEmpty() ? 0 : size.slots());
    }

    @Property(tries = 100)
    void neitherOrderNorIndexesMatter(
            @ForAll("members") List<RingMember> members, @ForAll("sizes") RingSize size, @ForAll Random random) {
        Ring ring = Maglev.build(members, size, Members.SECRET);
        List<RingMember> shuffled = new ArrayList<>(members);
        Collections.shuffle(shuffled, random);
        assertThat(Maglev.build(shuffled, size, Members.SECRET)).isEqualTo(ring);

        List<RingMember> renumbered = new ArrayList<>();
        for (RingMember member : shuffled) {
            renumbered.add(new RingMember(RingMember.MAX_INDEX - renumbered.size(), member.key(), member.weight()));
        }
        Ring other = Maglev.build(renumbered, size, Members.SECRET);
        assertThat(Disruption.between(ring, other)).isEqualTo(new Disruption(size.slots(), 0, 0));
        if (!ring.isEmpty()) {
            assertThat(keysBySlot(other)).isEqualTo(keysBySlot(ring));
        }
    }

    /** The bound that {@link Maglev} derives: half a slot, and the member's part of the rounding of all others. */
    @Property(tries = 300)
    void eachMemberIsWithinTheRoundingOfItsExactShare(
            @ForAll("members") List<RingMember> members, @ForAll("sizes") RingSize size) {
        Ring ring = Maglev.build(members, size, Members.SECRET);
        List<RingMember> inRing =
                members.stream().filter(member -> member.weight() > 0).toList();
        double sumOfWeights = inRing.stream().mapToInt(RingMember::weight).sum();
        for (RingMember member : inRing) {
            double part = member.weight() / sumOfWeights;
            double bound = 0.5 + part * inRing.size() / 2 + 1e-6;
            assertThat(Math.abs(ring.slotCount(member.index()) - size.slots() * part))
                    .as("slots of %s", member)
                    .isLessThanOrEqualTo(bound);
        }
    }

    @Property(tries = 100)
    void scalingAllWeightsChangesNothing(@ForAll("sizes") RingSize size, @ForAll Random random) {
        List<Integer> weights = random.ints(20, 1, 1_000).boxed().toList();
        Ring ring = Maglev.build(Members.weighted(20, weights::get), size, Members.SECRET);
        Ring scaled = Maglev.build(Members.weighted(20, number -> 10 * weights.get(number)), size, Members.SECRET);
        assertThat(scaled).isEqualTo(ring);
    }

    /** A change of one member disturbs at least the slots that its share demands, and what it disturbs is told the same both ways. */
    @Property(tries = 100)
    void noChangeMovesLessThanTheMinimum(
            @ForAll("members") List<RingMember> before,
            @ForAll("members") List<RingMember> after,
            @ForAll("sizes") RingSize size) {
        Disruption disruption = Disruption.between(
                Maglev.build(before, size, Members.SECRET), Maglev.build(after, size, Members.SECRET));
        assertThat(disruption.moved()).isBetween(disruption.minimum(), size.slots());
    }

    /** Many members, by the kinds of weights that are dealt in different ways: none alike, few kinds, a few that outweigh all others. */
    @Provide
    Arbitrary<List<RingMember>> manyMembers() {
        Arbitrary<Arbitrary<Integer>> kinds = Arbitraries.of(
                Arbitraries.integers().between(1, RingMember.MAX_WEIGHT),
                Arbitraries.integers().between(9_000, RingMember.MAX_WEIGHT),
                Arbitraries.of(50, 100, 150, 200, 300),
                Arbitraries.just(7),
                Arbitraries.frequencyOf(
                        Tuple.of(1, Arbitraries.just(RingMember.MAX_WEIGHT)),
                        Tuple.of(5, Arbitraries.of(1_000, 999, 1_250)),
                        Tuple.of(50, Arbitraries.integers().between(0, 60))));
        Arbitrary<Integer> first = Arbitraries.integers().between(0, 1 << 24);
        return Combinators.combine(
                        kinds.flatMap(kind -> kind.list().ofMinSize(1).ofMaxSize(600)), first)
                .as((weights, from) -> IntStream.range(0, weights.size())
                        .mapToObj(number -> new RingMember(number, Members.key(from + number), weights.get(number)))
                        .toList());
    }

    @Property(tries = 300)
    void theRingIsTheOneThatTurnByTurnProbingGives(
            @ForAll("manyMembers") List<RingMember> members, @ForAll("sizes") RingSize size) {
        assertThat(Maglev.build(members, size, Members.SECRET))
                .isEqualTo(NaiveMaglev.build(members, size, Members.SECRET));
    }

    @Property(tries = 200)
    void aFewMembersGetWhatTurnByTurnProbingGivesThem(
            @ForAll("members") List<RingMember> members, @ForAll("sizes") RingSize size) {
        assertThat(Maglev.build(members, size, Members.SECRET))
                .isEqualTo(NaiveMaglev.build(members, size, Members.SECRET));
    }

    @Property(tries = 50)
    void aChangeOfOneMemberMovesLittleBeyondTheMinimum(
            @ForAll("manyMembers") List<RingMember> members, @ForAll Random random) {
        List<RingMember> others = Members.without(members, random.nextInt(members.size()));
        Disruption disruption = Disruption.between(
                Maglev.build(members, RingSize.DEFAULT, Members.SECRET),
                Maglev.build(others, RingSize.DEFAULT, Members.SECRET));
        if (others.stream().anyMatch(member -> member.weight() > 0)) {
            assertThat(disruption.moved() - disruption.minimum()).isLessThan(RingSize.DEFAULT.slots() / 50);
        }
    }
}
