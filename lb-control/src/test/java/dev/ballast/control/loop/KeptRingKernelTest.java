package dev.ballast.control.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.control.loop.Control.Change;
import dev.ballast.control.loop.Snapshot.Progress;
import dev.ballast.control.model.Address;
import dev.ballast.datapath.KeptRing;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How long the ring before a change stays readable, and what gives way to what. */
@Timeout(120)
class KeptRingKernelTest extends WriterOverKernel {
    private static final int SYN = 0x02;
    private static final int ACK = 0x10;

    /** Long enough for the ring in force to count as settled. */
    private void settle() {
        ticks(10);
    }

    private static String keeping(String time, String services) {
        return keepingLarge(time, services).replace("size: 21821", "size: 4093");
    }

    /** Of such rings the area takes three. */
    private static String keepingLarge(String time, String services) {
        return one(services).replace("keepPrevious: 0s", "keepPrevious: " + time);
    }

    private Optional<KeptRing> kept(int service) {
        return kernel(tables -> tables.services().previous(service));
    }

    private long freeSlots() {
        return kernel(tables -> tables.rings().freeSlots());
    }

    private void awaitEndOfKept(int service) throws InterruptedException {
        while (kept(service).isPresent()) {
            Thread.sleep(50);
            ticks(1);
        }
    }

    private byte[] slotsKept(int service) {
        return kernel(tables -> tables.rings()
                .slots(tables.services().previous(service).orElseThrow().range())
                .toArray(ValueLayout.JAVA_BYTE));
    }

    @Test
    void the_ring_before_is_kept_slot_for_slot_until_its_time_is_over() throws InterruptedException {
        apply(keeping("1s", web(11, 12)));
        settle();
        byte[] before = slots(0);
        long free = freeSlots();
        assertThat(kept(0)).isEmpty();

        apply(keeping("1s", web(11, 12, 13)));
        assertThat(slotsKept(0)).isEqualTo(before).isNotEqualTo(slots(0));
        assertThat(freeSlots()).isLessThan(free);
        long until = writer.snapshot().services().getFirst().previousRingUntilUnixMs();
        assertThat(until).isPositive();

        awaitEndOfKept(0);
        awaitGraces();
        assertThat(freeSlots()).isEqualTo(free);
        assertThat(writer.snapshot().services().getFirst().previousRingUntilUnixMs())
                .isZero();
    }

    @Test
    void of_several_changes_the_ring_before_the_first_is_kept() {
        apply(keeping("1h", web(11)));
        settle();
        byte[] first = slots(0);
        apply(keeping("1h", web(12)));
        Optional<KeptRing> kept = kept(0);
        settle();
        apply(keeping("1h", web(13)));
        assertThat(kept(0)).isPresent().isEqualTo(kept);
        assertThat(slotsKept(0)).isEqualTo(first);
    }

    @Test
    void a_ring_that_was_not_in_force_for_long_is_not_kept() {
        apply(keeping("1h", web(11)));
        ticks(9);
        apply(keeping("1h", web(11, 12)));
        assertThat(ring(0).generation()).isEqualTo(2);
        assertThat(kept(0)).isEmpty();
    }

    @Test
    void a_restart_takes_over_what_is_kept_and_ends_it_in_its_time() throws Exception {
        apply(keeping("2s", web(11, 12)));
        settle();
        apply(keeping("2s", web(11, 12, 13)));
        Optional<KeptRing> kept = kept(0);
        assertThat(kept).isPresent();

        restart();

        assertThat(kept(0)).isEqualTo(kept);
        awaitEndOfKept(0);
    }

    @Test
    void a_ring_of_before_a_restart_counts_as_settled() throws Exception {
        apply(keeping("1h", web(11, 12)));
        restart();
        apply(keeping("1h", web(11, 12, 13)));
        assertThat(kept(0)).isPresent();
    }

    @Test
    void the_id_of_a_member_that_left_rests_while_the_ring_before_may_name_it() {
        apply(keeping("1h", web(11, 12)));
        settle();
        int left = id(12);
        apply(keeping("1h", web(11)));
        ticks(20);
        assertThat(members()).containsKey(left);

        apply(keeping("0s", web(11)));
        assertThat(kept(0)).isEmpty();
        ticks(10);
        assertThat(members()).doesNotContainKey(left);
    }

    @Test
    void nothing_is_kept_where_flows_are_not_tracked() {
        apply(keeping("1h", web(11) + "  flows: {track: false}\n"));
        settle();
        apply(keeping("1h", web(11, 12) + "  flows: {track: false}\n"));
        assertThat(ring(0).generation()).isEqualTo(2);
        assertThat(kept(0)).isEmpty();
    }

    @Test
    void another_hash_ends_what_is_kept() {
        apply(keeping("1h", web(11)));
        settle();
        apply(keeping("1h", web(11, 12)));
        assertThat(kept(0)).isPresent();
        apply(keeping("1h", web(11, 12) + "  hash: source\n"));
        assertThat(kept(0)).isEmpty();
    }

    @Test
    void a_ring_by_another_hash_is_not_kept_when_it_changes_with_the_hash() {
        apply(keeping("1h", web(11)));
        settle();
        apply(keeping("1h", web(11, 12) + "  hash: source\n"));
        assertThat(ring(0).generation()).isEqualTo(2);
        assertThat(kept(0)).isEmpty();
        settle();
        apply(keeping("1h", web(11, 12, 13) + "  hash: source\n"));
        assertThat(kept(0)).as("the one after it").isPresent();
    }

    /** Its local indexes are other members' in the new block. */
    @Test
    void a_ring_that_names_another_block_of_ids_is_not_kept() {
        apply(keeping("1h", web(11, 12, 13, 14, 15, 16, 17, 18, 19, 20)));
        settle();
        apply(keeping("1h", web(31, 32, 33, 34, 35, 36, 37, 38, 39, 40)));
        int base = kernel(tables -> tables.services().read(0).orElseThrow().memberBase());
        assertThat(base).as("of another block").isPositive();
        assertThat(kept(0)).isEmpty();
    }

    @Test
    void a_daemon_that_was_killed_between_the_two_stores_of_a_change_starts_again() throws Exception {
        apply(keeping("1h", web(11)));
        kernel(tables -> {
            tables.services().keepRing(0, Long.MAX_VALUE);
            return tables;
        });

        restart();

        assertThat(kept(0)).isEmpty();
        assertThat(writer.snapshot().progress()).isEqualTo(Progress.DONE);
        apply(keeping("1h", web(11, 12)));
        assertThat(kept(0)).isPresent();
    }

    @Test
    void a_removed_service_keeps_nothing() {
        apply(keeping("1h", web(11) + service("dns", "203.0.113.11", 13)));
        settle();
        apply(keeping("1h", web(11) + service("dns", "203.0.113.11", 14)));
        int dns = kernel(tables -> tables.vips().service(vip("203.0.113.11"))).orElseThrow();
        assertThat(kept(dns)).isPresent();
        apply(keeping("1h", web(11)));
        assertThat(kept(dns)).isEmpty();
    }

    @Test
    void what_is_kept_ends_once_more_flows_have_begun_after_the_change_than_before_it() {
        apply(keeping("1h", web(11, 12)));
        settle();
        connect(40_000, 200);
        apply(keeping("1h", web(11, 12, 13)));
        connect(41_000, 100);
        ticks(10);
        assertThat(kept(0)).as("with two flows of before for one of after").isPresent();

        connect(42_000, 300);
        ticks(10);
        assertThat(kept(0)).as("with four flows of after for two of before").isEmpty();
        assertThat(warnings("the previous ring is not kept any more: more flows have begun since it was replaced"))
                .isNotEmpty();
    }

    /** Connections from these ports on: SYN and ACK. */
    private void connect(int firstPort, int count) {
        kernel(tables -> {
            for (int port = firstPort; port < firstPort + count; port++) {
                for (int flags : new int[] {SYN, ACK}) {
                    tables.program().testRun(tcp(port, flags));
                }
            }
            return tables;
        });
    }

    private static byte[] tcp(int port, int flags) {
        return ByteBuffer.allocate(14 + 20 + 20)
                .put(new byte[12])
                .putShort((short) 0x0800)
                .putShort((short) 0x4500)
                .putShort((short) 40)
                .putInt(0x4000)
                .putInt(0x40060000)
                .put(Address.parse("198.51.100.7").bytes())
                .put(Address.parse("203.0.113.10").bytes())
                .putShort((short) port)
                .putShort((short) 80)
                .putLong(0)
                .putShort((short) (5 << 12 | flags))
                .putShort((short) 0xffff)
                .putInt(0)
                .array();
    }

    @Test
    void a_full_area_takes_the_room_of_what_is_kept_for_rings_that_are_needed() throws InterruptedException {
        apply(keepingLarge("1h", web(11)));
        settle();
        apply(keepingLarge("1h", web(11, 12)));
        assertThat(kept(0)).isPresent();
        apply(keepingLarge("1h", web(11, 12) + service("dns", "203.0.113.11", 13)));
        awaitGraces();

        Change change = apply(keepingLarge("1h", web(11, 12) + service("dns", "203.0.113.11", 13, 14)));
        assertThat(change.progress()).isEqualTo(Progress.FAILED);
        assertThat(kept(0)).isEmpty();
        awaitGraces();

        assertThat(writer.snapshot().progress()).isEqualTo(Progress.DONE);
        assertThat(warnings("the ring area is full: no previous ring is kept any more; raise node.limits.ringSlots"))
                .isNotEmpty();
    }

    @Test
    void where_no_room_would_be_left_for_another_ring_nothing_is_kept_and_that_is_said() throws InterruptedException {
        apply(keepingLarge("1h", web(11) + service("dns", "203.0.113.11", 13)));
        settle();
        apply(keepingLarge("1h", web(11, 12) + service("dns", "203.0.113.11", 13)));
        assertThat(kept(0)).isEmpty();
        assertThat(warnings("the ring area is nearly full: the previous ring is not kept; raise node.limits.ringSlots"))
                .containsExactly("web");
    }
}
