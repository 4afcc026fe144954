package dev.ballast.perf.ring;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.ring.HashKey;
import dev.ballast.ring.Maglev;
import dev.ballast.ring.RingMember;
import dev.ballast.ring.RingSize;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CRingTest {
    private static final HashKey SECRET = new HashKey(3, 4);
    private static final RingSize SIZE = new RingSize(4_093);

    @ParameterizedTest
    @EnumSource(Weights.class)
    void c_and_java_build_the_same_ring(Weights weights) {
        List<RingMember> members = weights.members(100);
        try (Arena arena = Arena.ofConfined()) {
            CRing inC = new CRing(members, SIZE, SECRET, arena);
            inC.build();
            inC.requireEqual(Maglev.build(members, SIZE, SECRET));
            inC.buildInOrder();
            inC.requireEqual(Maglev.build(members, SIZE, SECRET));
        }
    }

    @Test
    void another_ring_is_told() {
        List<RingMember> members = Weights.EQUAL.members(100);
        try (Arena arena = Arena.ofConfined()) {
            CRing inC = new CRing(members, SIZE, SECRET, arena);
            inC.build();
            assertThatThrownBy(() -> inC.requireEqual(Maglev.build(members, SIZE, new HashKey(3, 5))))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("nothing was measured");
        }
    }
}
