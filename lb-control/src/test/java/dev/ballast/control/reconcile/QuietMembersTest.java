package dev.ballast.control.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.control.model.Address;
import dev.ballast.control.model.Encap;
import dev.ballast.control.plan.Allocation.Block;
import dev.ballast.control.plan.MemberIntent.Standing;
import dev.ballast.control.plan.Plan;
import dev.ballast.control.plan.ServicePlan;
import dev.ballast.datapath.Census;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class QuietMembersTest {
    private static final int ID = 1;
    private static final Plan LEFT = plan(false);
    private static final Plan BACK = plan(true);

    private final QuietMembers quiet = new QuietMembers();
    private long packets;
    private boolean keepsPrevious;

    private static Plan plan(boolean configured) {
        Plan.MemberRow row = new Plan.MemberRow(
                0,
                Address.parse("10.0.1.11"),
                Standing.DRAIN,
                Encap.IPIP,
                Optional.empty(),
                Optional.empty(),
                configured,
                true);
        return new Plan(List.of(ServicePlan.adopted(1, new Block(0, 0, 8), new TreeMap<>(Map.of(ID, row)))));
    }

    /** What a census that finds so many flows of the member makes free. */
    private Set<Integer> census(Plan plan, int flows) {
        Census found = new Census(new int[] {0, flows}, new int[] {0, flows}, flows, 0, 0, 0, 0);
        return quiet.releasable(plan, new Live(Optional.of(found), 512, 0), _ -> packets, _ -> keepsPrevious);
    }

    @Test
    void a_member_that_left_is_free_at_the_second_census_that_finds_nothing() {
        assertThat(census(LEFT, 0)).isEmpty();
        assertThat(census(LEFT, 0)).containsExactly(ID);
    }

    @Test
    void one_flow_keeps_it_and_both_censuses_count_from_its_end() {
        assertThat(census(LEFT, 0)).isEmpty();
        assertThat(census(LEFT, 1)).isEmpty();
        assertThat(census(LEFT, 0)).isEmpty();
        assertThat(census(LEFT, 0)).containsExactly(ID);
    }

    @Test
    void a_packet_without_a_flow_of_its_own_keeps_it() {
        assertThat(census(LEFT, 0)).isEmpty();
        packets++;
        assertThat(census(LEFT, 0)).isEmpty();
        assertThat(census(LEFT, 0)).containsExactly(ID);
    }

    @Test
    void a_ring_that_still_counts_keeps_it() {
        assertThat(census(LEFT, 0)).isEmpty();
        keepsPrevious = true;
        assertThat(census(LEFT, 0)).isEmpty();
    }

    @Test
    void one_that_came_back_and_left_again_is_looked_at_anew() {
        assertThat(census(LEFT, 0)).isEmpty();
        quiet.keepLeft(BACK);
        assertThat(census(LEFT, 0)).isEmpty();
        assertThat(census(LEFT, 0)).containsExactly(ID);
    }

    @Test
    void one_that_stays_is_never_free() {
        assertThat(census(BACK, 0)).isEmpty();
        assertThat(census(BACK, 0)).isEmpty();
    }

    @Test
    void nothing_is_free_before_anybody_has_looked() {
        for (int i = 0; i < 3; i++) {
            assertThat(quiet.releasable(LEFT, Live.NONE, _ -> 0, _ -> false)).isEmpty();
        }
    }
}
