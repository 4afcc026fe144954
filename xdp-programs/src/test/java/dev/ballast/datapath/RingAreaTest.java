package dev.ballast.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class RingAreaTest {
    private static final int CHUNKS = 64;

    private final Epochs epochs = new Epochs();
    private final RingArea area = area();

    private RingArea area() {
        return new RingArea(Arena.ofAuto().allocate(CHUNKS * Abi.RING_CHUNK.byteSize(), 64), epochs);
    }

    @Test
    void ranges_never_overlap_and_come_back_after_their_grace_period() {
        for (long seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            RingArea fresh = area();
            List<RingRange> held = new ArrayList<>();
            for (int step = 0; step < 200; step++) {
                switch (random.nextInt(3)) {
                    case 0 -> tryAllocate(fresh, held, 1 + random.nextInt(500));
                    case 1 -> {
                        if (!held.isEmpty()) {
                            fresh.retire(held.remove(random.nextInt(held.size())));
                        }
                    }
                    default -> fresh.reclaim(epochs.begin());
                }
                assertDisjoint(held);
            }
            held.forEach(fresh::retire);
            fresh.reclaim(epochs.begin());
            assertThat(fresh.freeSlots()).isEqualTo(fresh.capacitySlots());
        }
    }

    private static void tryAllocate(RingArea area, List<RingRange> held, int slots) {
        try {
            held.add(area.allocate(slots));
        } catch (DatapathException e) {
            assertThat(e).hasMessageContaining("node.limits.ringSlots");
        }
    }

    private static void assertDisjoint(List<RingRange> ranges) {
        BitSet chunks = new BitSet();
        for (RingRange range : ranges) {
            for (int chunk = range.baseChunk(); chunk < range.baseChunk() + range.chunks(); chunk++) {
                assertThat(chunks.get(chunk)).isFalse();
                assertThat(chunk).isLessThan(CHUNKS);
                chunks.set(chunk);
            }
        }
    }

    @Test
    void a_retired_range_waits_for_a_grace_period_that_began_later() {
        RingRange range = area.allocate(32 * CHUNKS);
        Grace early = epochs.begin();
        area.retire(range);

        area.reclaim(early);
        assertThatThrownBy(() -> area.allocate(1)).isInstanceOf(DatapathException.class);
        area.reclaim(epochs.begin());
        assertThat(area.allocate(32 * CHUNKS)).isEqualTo(range);
    }

    @Test
    void the_slots_of_a_range_are_its_own_memory() {
        RingRange one = area.allocate(33);
        RingRange two = area.allocate(1);
        area.slots(one).fill((byte) 1);

        assertThat(area.slots(one).byteSize()).isEqualTo(66);
        assertThat(area.slots(two).get(java.lang.foreign.ValueLayout.JAVA_SHORT, 0))
                .isZero();
        assertThatThrownBy(() -> area.slots(new RingRange(5, 1))).hasMessageContaining("not allocated");
    }

    @Test
    void adoption_takes_the_rings_in_use_but_none_in_the_place_of_another_or_outside() {
        RingRange first = new RingRange(0, 32);
        RingRange second = new RingRange(2, 64);
        RingRange onTheSecond = new RingRange(3, 32);
        RingRange outside = new RingRange(CHUNKS, 1);
        area.adopt(List.of(first, second, onTheSecond, outside));

        assertThat(List.of(first, second)).allMatch(area::isAllocated);
        assertThat(List.of(onTheSecond, outside)).noneMatch(area::isAllocated);
        assertThat(area.allocate(33)).isEqualTo(new RingRange(4, 33));
        assertThat(area.allocate(32)).isEqualTo(new RingRange(1, 32));
    }

    @Test
    void a_published_ring_is_one_word() {
        for (RingRange range : List.of(new RingRange(0, 1), new RingRange(RingRange.MAX_CHUNK, RingRange.MAX_SLOTS))) {
            PublishedRing ring = new PublishedRing(java.util.Optional.of(range), 0xf_ffff);
            assertThat(PublishedRing.ofWord(ring.toWord())).isEqualTo(ring);
        }
        assertThat(PublishedRing.ofWord(0)).isEqualTo(PublishedRing.EMPTY);
    }
}
