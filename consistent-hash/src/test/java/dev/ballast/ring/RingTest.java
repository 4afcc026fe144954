package dev.ballast.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

class RingTest {
    private static final RingSize SMALL = new RingSize(251);

    @Test
    void slotsAreCopiedInOrderAsNativeShorts() {
        Ring ring = Maglev.build(Members.equal(5), SMALL, Members.SECRET);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment area = arena.allocate(512);
            area.fill((byte) 0x55);
            ring.copyTo(area);
            for (int slot = 0; slot < 251; slot++) {
                assertThat(Short.toUnsignedInt(area.getAtIndex(ValueLayout.JAVA_SHORT, slot)))
                        .isEqualTo(ring.slot(slot));
            }
            assertThat(area.get(ValueLayout.JAVA_SHORT, ring.byteSize())).isEqualTo((short) 0x5555);
        }
    }

    @Test
    void aRingKnowsItselfInMemorySlotForSlot() {
        Ring ring = Maglev.build(Members.equal(5), SMALL, Members.SECRET);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment area = arena.allocate(ring.byteSize(), 64);
            ring.copyTo(area);
            assertThat(ring.isAt(area)).isTrue();
            assertThat(ring.isAt(area.asSlice(0, ring.byteSize() - Short.BYTES)))
                    .as("a ring that is shorter")
                    .isFalse();
            area.set(ValueLayout.JAVA_SHORT, ring.byteSize() - Short.BYTES, (short) (ring.slot(250) + 1));
            assertThat(ring.isAt(area)).as("another last slot").isFalse();
        }
    }

    @Test
    void anAreaThatIsTooSmallIsRefused() {
        Ring ring = Maglev.build(Members.equal(5), SMALL, Members.SECRET);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment area = arena.allocate(500, Short.BYTES);
            assertThatThrownBy(() -> ring.copyTo(area)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void anIndexThatIsNotInTheRingHasNoSlots() {
        Ring ring = Maglev.build(Members.equal(5), SMALL, Members.SECRET);
        assertThat(ring.slotCount(5)).isZero();
        assertThat(ring.slotCount(Ring.NO_MEMBER)).isZero();
        assertThat(ring.share(5)).isZero();
        assertThat(ring.key(5)).isEmpty();
        assertThat(ring.key(4)).contains(Members.key(4));
    }

    @Test
    void ringsWithTheSameSlotsButOtherAddressesDiffer() {
        Ring one = Maglev.build(Members.equal(1), SMALL, Members.SECRET);
        Ring other = Maglev.build(List.of(new RingMember(0, Members.key(9), 100)), SMALL, Members.SECRET);
        assertThat(one).isNotEqualTo(other);
        assertThat(one).hasToString("Ring[slots=251, members=1]");
    }
}
