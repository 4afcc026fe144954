package dev.ballast.datapath;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import org.junit.jupiter.api.Test;

final class FlowTableTest {
    private static final int NOW = 5000;
    private static final VarHandle WORD = JAVA_LONG.varHandle();

    private final MemorySegment main = Arena.ofAuto().allocate(64L * Abi.FLOW_SET.byteSize(), 64);
    private final MemorySegment halfOpen = Arena.ofAuto().allocate(8L * Abi.FLOW_SET.byteSize(), 64);
    private final MemorySegment fragments = Arena.ofAuto().allocate(8L * Abi.FLOW_SET.byteSize(), 64);
    private final FlowTable table = new FlowTable(main, halfOpen, fragments, 100, FlowHash.of(new byte[16]), flow -> 1);

    private static long entry(int member, int expiry, FlowState state, boolean spilled) {
        return FlowEntry.of(member * 31, member, expiry, state, spilled);
    }

    @Test
    void a_census_counts_what_is_live_by_member_and_table() {
        main.setAtIndex(JAVA_LONG, 0, entry(5, NOW, FlowState.ESTABLISHED, false));
        main.setAtIndex(JAVA_LONG, 9, entry(5, NOW + 2047, FlowState.CLOSING, true));
        main.setAtIndex(JAVA_LONG, 10, entry(6, NOW - 1, FlowState.ESTABLISHED, false));
        main.setAtIndex(JAVA_LONG, 511, entry(99, NOW + 1, FlowState.UNCONFIRMED, false));
        main.setAtIndex(JAVA_LONG, 100, entry(200, NOW + 1, FlowState.ESTABLISHED, false));
        halfOpen.setAtIndex(JAVA_LONG, 3, entry(7, NOW + 1, FlowState.HALF_OPEN, false));
        halfOpen.setAtIndex(JAVA_LONG, 4, entry(7, NOW - 3, FlowState.HALF_OPEN, false));

        Census census = table.census(NOW);

        assertThat(census.flows(5)).isEqualTo(2);
        assertThat(census.flows(6)).isZero();
        assertThat(census.flows(7)).isOne();
        assertThat(census.flows(99)).isOne();
        assertThat(census.flows(200)).as("an id outside of the table").isZero();
        assertThat(census.live()).isEqualTo(4);
        assertThat(census.spilled()).isOne();
        assertThat(census.halfOpen()).isOne();
        assertThat(census.expired()).isOne();

        FlowStates states = table.states(NOW);
        assertThat(states.of(5, FlowState.ESTABLISHED)).isOne();
        assertThat(states.of(5, FlowState.CLOSING)).isOne();
        assertThat(states.of(5, FlowState.UNCONFIRMED)).isZero();
        assertThat(states.of(6, FlowState.ESTABLISHED)).as("expired").isZero();
        assertThat(states.of(7, FlowState.HALF_OPEN)).isOne();
        assertThat(states.of(99, FlowState.UNCONFIRMED)).isOne();
        assertThat(states.of(200, FlowState.ESTABLISHED))
                .as("an id outside of the table")
                .isZero();
    }

    @Test
    void the_sweeper_goes_on_where_its_budget_ended_and_passes_both_tables() {
        for (int way = 0; way < 512; way += 2) {
            main.setAtIndex(JAVA_LONG, way, entry(1, NOW - 1, FlowState.ESTABLISHED, false));
            main.setAtIndex(JAVA_LONG, way + 1, entry(2, NOW + 1, FlowState.ESTABLISHED, false));
        }
        halfOpen.setAtIndex(JAVA_LONG, 63, entry(3, NOW - 1, FlowState.HALF_OPEN, false));

        assertThat(table.sweep(NOW, 100)).isEqualTo(50);
        assertThat(table.sweep(NOW, 412)).isEqualTo(206);
        assertThat(table.sweep(NOW, 64)).isOne();
        assertThat(table.sweep(NOW, Long.MAX_VALUE)).as("once around at most").isZero();
        assertThat(table.census(NOW).live()).isEqualTo(256);
    }

    /** The program, to which all changes but the freeing of expired entries are due. It ends what it renewed, and begins anew. */
    private final class Program implements Runnable {
        private static final long FREE = 0;

        private final long expired = entry(1, NOW - 1, FlowState.ESTABLISHED, false);
        private final long renewed = entry(1, NOW + 1, FlowState.ESTABLISHED, false);
        private final long[] written = new long[512];
        private long freed;
        private long lost;

        @Override
        public void run() {
            for (int way = 0; way < written.length; way++) {
                long at = (long) way * Long.BYTES;
                long found = (long) WORD.getVolatile(main, at);
                if (found != written[way]) {
                    freed += written[way] == expired ? 1 : 0;
                    lost += written[way] == renewed ? 1 : 0;
                }
                long next = found == expired ? renewed : expired;
                written[way] = WORD.compareAndSet(main, at, found, next) ? next : FREE;
            }
        }
    }

    @Test
    void a_sweep_frees_no_entry_that_is_renewed_meanwhile() {
        Program program = new Program();
        try (Repeating _ = new Repeating(program)) {
            for (int round = 0; round < 10_000; round++) {
                table.sweep(NOW, 512);
            }
        }
        assertThat(program.freed).isPositive();
        assertThat(program.lost).isZero();
    }

    @Test
    void remap_and_flush_touch_the_flows_of_one_member() {
        main.setAtIndex(JAVA_LONG, 1, entry(5, NOW, FlowState.ESTABLISHED, true));
        main.setAtIndex(JAVA_LONG, 2, entry(6, NOW, FlowState.ESTABLISHED, false));
        halfOpen.setAtIndex(JAVA_LONG, 1, entry(5, NOW, FlowState.HALF_OPEN, false));

        assertThat(table.remap(5, 8)).isEqualTo(2);
        assertThat(main.getAtIndex(JAVA_LONG, 1))
                .isEqualTo(FlowEntry.withMember(entry(5, NOW, FlowState.ESTABLISHED, true), 8));
        assertThat(table.flushMember(8)).isEqualTo(2);
        assertThat(table.flushMember(8)).isZero();
        assertThat(table.census(NOW).flows(6)).isOne();
    }

    /** The program renews expiries by compare-and-set while the daemon gives the flows to another member: neither change is lost. */
    @Test
    void a_remap_loses_to_no_renewal_and_undoes_none() throws InterruptedException {
        for (int way = 0; way < 512; way++) {
            main.setAtIndex(JAVA_LONG, way, entry(5, 0, FlowState.ESTABLISHED, false));
        }
        int renewals = 2000;
        Thread program = Thread.ofPlatform().start(() -> {
            for (int expiry = 1; expiry <= renewals; expiry++) {
                for (long at = 0; at < main.byteSize(); at += Long.BYTES) {
                    renew(at, expiry);
                }
            }
        });
        int member = 5;
        while (program.isAlive()) {
            int next = member == 5 ? 6 : 5;
            table.remap(member, next);
            member = next;
        }
        program.join();
        table.remap(member == 5 ? 6 : 5, member);

        for (int way = 0; way < 512; way++) {
            long entry = main.getAtIndex(JAVA_LONG, way);
            assertThat(FlowEntry.remainingTicks(entry, 0)).isEqualTo(renewals);
            assertThat(FlowEntry.member(entry)).isEqualTo(member);
        }
    }

    private void renew(long at, int expiry) {
        long entry;
        long renewed;
        do {
            entry = (long) WORD.getVolatile(main, at);
            renewed = FlowEntry.of(FlowEntry.tag(entry), FlowEntry.member(entry), expiry, FlowState.ESTABLISHED, false);
        } while (!WORD.compareAndSet(main, at, entry, renewed));
    }
}
