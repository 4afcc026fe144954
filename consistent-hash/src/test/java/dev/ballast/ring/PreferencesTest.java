package dev.ballast.ring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PreferencesTest {
    private static final RingSize SMALL = new RingSize(RingSize.MIN);

    /** At full depth every member is in every list; what a shorter list has, also after it was widened, is the same. */
    @Test
    void aListThatIsWidenedGoesOnWhereItEnded() {
        Claims claims = Claims.of(Members.equal(40), SMALL);
        Preferences whole = new Preferences(claims, Members.SECRET, 40);
        Preferences part = new Preferences(claims, Members.SECRET, 1);
        for (int slot = 0; slot < SMALL.slots(); slot++) {
            Map<Integer, Long> all = list(whole, slot);
            assertThat(all).hasSize(40);
            Map<Integer, Long> some = list(part, slot);
            assertThat(some).isNotEmpty();
            assertThat(all).containsAllEntriesOf(some);
            part.widen(slot);
            assertThat(list(part, slot)).containsAllEntriesOf(some);
            assertThat(all).containsAllEntriesOf(list(part, slot));
        }
    }

    @Test
    void whatAListLeavesOutIsNoBetterThanItsBound() {
        Claims claims = Claims.of(Members.weighted(40, number -> 1 + 20 * number), SMALL);
        Preferences whole = new Preferences(claims, Members.SECRET, 40 * 40);
        Preferences part = new Preferences(claims, Members.SECRET, 2);
        long[] price = new long[41];
        long bound = part.leftOut(0, price);
        for (int slot = 0; slot < SMALL.slots(); slot++) {
            Map<Integer, Long> leftOut = list(whole, slot);
            leftOut.keySet().removeAll(list(part, slot).keySet());
            assertThat(leftOut.values()).allMatch(value -> value <= bound);
        }
        assertThat(whole.leftOut(0, price)).isEqualTo(Long.MIN_VALUE);
    }

    private static Map<Integer, Long> list(Preferences preferences, int slot) {
        Map<Integer, Long> list = new HashMap<>();
        for (int entry = preferences.start(slot); entry < preferences.end(slot); entry++) {
            list.put(preferences.member(entry), preferences.value(entry));
        }
        return list;
    }
}
