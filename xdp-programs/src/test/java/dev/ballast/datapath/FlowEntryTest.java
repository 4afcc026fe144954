package dev.ballast.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

final class FlowEntryTest {
    @Property
    void what_is_packed_is_unpacked(
            @ForAll @IntRange(max = 0x3fff_ffff) int tag,
            @ForAll @IntRange(max = FlowEntry.MAX_MEMBER) int member,
            @ForAll @IntRange(max = FlowEntry.EXPIRY_MASK) int expiry,
            @ForAll FlowState state,
            @ForAll boolean spilled) {
        long entry = FlowEntry.of(tag, member, expiry, state, spilled);

        assertThat(FlowEntry.tag(entry)).isEqualTo(tag);
        assertThat(FlowEntry.member(entry)).isEqualTo(member);
        assertThat(FlowEntry.remainingTicks(entry, 0)).isEqualTo(expiry);
        assertThat(FlowEntry.state(entry)).isEqualTo(state);
        assertThat(FlowEntry.spilled(entry)).isEqualTo(spilled);
        assertThat(FlowEntry.isFree(entry)).isFalse();
    }

    @Property
    void another_member_changes_nothing_else(
            @ForAll long entry, @ForAll @IntRange(max = FlowEntry.MAX_MEMBER) int member) {
        long changed = FlowEntry.withMember(entry, member);

        assertThat(FlowEntry.member(changed)).isEqualTo(member);
        assertThat(FlowEntry.withMember(changed, FlowEntry.member(entry))).isEqualTo(entry);
    }

    /** Ticks run modulo 4096: an entry is live from its making to its expiry, over every wrap. */
    @Property
    void an_entry_lives_for_its_idle_time_and_then_not(
            @ForAll int madeTicks, @ForAll @IntRange(min = 1, max = FlowEntry.EXPIRY_HORIZON - 1) int idleTicks) {
        long entry = FlowEntry.of(1, 2, madeTicks + idleTicks, FlowState.ESTABLISHED, false);

        assertThat(FlowEntry.isLive(entry, madeTicks)).isTrue();
        assertThat(FlowEntry.isLive(entry, madeTicks + idleTicks)).isTrue();
        assertThat(FlowEntry.isLive(entry, madeTicks + idleTicks + 1)).isFalse();
        assertThat(FlowEntry.isLive(entry, madeTicks + idleTicks + FlowEntry.EXPIRY_HORIZON))
                .isFalse();
    }

    @Property
    void the_second_set_is_another_one_and_leads_back(
            @ForAll long hash, @ForAll @IntRange(min = 16, max = 24) int setBits) {
        int home = FlowEntry.homeSet(hash, setBits);
        int tag = FlowEntry.tagOfHash(hash);
        int second = FlowEntry.spillSet(home, tag, setBits);

        assertThat(second).isNotEqualTo(home).isBetween(0, (1 << setBits) - 1);
        assertThat(FlowEntry.spillSet(second, tag, setBits)).isEqualTo(home);
    }

    /** So an entry can be moved to a table of any size without its packet. */
    @Property
    void set_and_tag_give_back_the_bits_that_any_table_needs(
            @ForAll long hash, @ForAll @IntRange(min = 16, max = 24) int setBits) {
        long set = FlowEntry.homeSet(hash, setBits);
        long tag = FlowEntry.tagOfHash(hash);

        assertThat(set << (Long.SIZE - setBits) | tag << FlowEntry.HASH_TAG_SHIFT)
                .isEqualTo(hash & (-1L << FlowEntry.HASH_TAG_SHIFT));
    }
}
