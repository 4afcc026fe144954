package dev.ballast.datapath;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.bpf.BpfMap;
import dev.ballast.bpf.BpfObject;
import dev.ballast.bpf.BpfProgram;
import dev.ballast.bpf.TestRun;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What packets see while the daemon changes tables: one thread changes, another has packets run all the while. */
final class PublicationKernelTest {
    private static final int CHANGES = 1_000_000;

    /** 10 chunks; no more than a publication of the control run can overtake. */
    private static final int RING_SLOTS = 320;

    private static final int PACKETS_A_CALL = 20_000;

    /** Has a program run without a pause until it is closed. */
    private static final class Traffic implements AutoCloseable {
        private final AtomicBoolean over = new AtomicBoolean();
        private final Thread thread;

        Traffic(BpfProgram program, byte[] frame) {
            thread = Thread.ofPlatform().name("traffic").start(() -> {
                while (!over.get()) {
                    program.testRun(TestRun.packet(frame).repeated(PACKETS_A_CALL));
                }
            });
        }

        @Override
        public void close() {
            over.set(true);
            boolean interrupted = false;
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static DatapathOptions roomy() {
        return new DatapathOptions(1 << 19, 64, 128, 1 << 25, new byte[32], Variant.of(Set.of(Feature.L2)));
    }

    private static void settle(Datapath datapath) {
        datapath.grace().ifPresent(grace -> {
            grace.await();
            datapath.reclaim(grace);
        });
    }

    /** L2 leaves a frame as long as it was, so that the kernel can run it again and again. */
    @Test
    void a_vip_that_is_there_is_never_missed_through_a_million_updates() {
        try (Rig rig = new Rig(roomy()).service(0).vip(Rig.VIP4, Rig.PORT, Protocol.UDP, 0)) {
            rig.member(0, "192.0.2.2", "192.0.2.11");
            Datapath datapath = rig.datapath();
            datapath.members()
                    .write(
                            0,
                            new MemberRow(
                                    0,
                                    MemberState.IN,
                                    Encap.L2,
                                    Frame.address("192.0.2.2"),
                                    Frame.address("192.0.2.11"),
                                    Optional.of(Rig.hop(Rig.SAME_INTERFACE, 0, Rig.MTU))));
            rig.ring(0, 0);
            byte[] frame = Frame.udp("198.51.100.7", 40000, Rig.VIP4, Rig.PORT).bytes();
            Random random = new Random(20261122);
            try (Traffic _ = new Traffic(datapath.program(), frame)) {
                for (int change = 0; change < CHANGES; change++) {
                    VipKey neighbour = new VipKey(Frame.address(Rig.VIP4), 1 + random.nextInt(300), Protocol.UDP);
                    if (change % 20 == 0) {
                        datapath.vips().remove(neighbour);
                    } else {
                        put(datapath, neighbour, random.nextInt(8));
                    }
                }
            }

            Verdicts verdicts = datapath.counters().verdicts();
            assertThat(verdicts.of(VerdictReason.PASSED_NOT_VIP).packets()).isZero();
            assertThat(verdicts.of(VerdictReason.DROPPED_NO_MEMBER).packets()).isZero();
            assertThat(verdicts.of(VerdictReason.FORWARDED_FLOW).packets()).isPositive();
            assertThat(verdicts.received().packets()
                            - verdicts.of(VerdictReason.FORWARDED_FLOW).packets())
                    .as("all but the first two")
                    .isLessThanOrEqualTo(2);
        }
    }

    private static void put(Datapath datapath, VipKey vip, int service) {
        try {
            datapath.vips().put(vip, service);
        } catch (DatapathException full) { // of tombstones
            settle(datapath);
            datapath.vips().put(vip, service);
        }
    }

    @Test
    void no_reader_finds_a_mixed_ring_through_a_million_publications() {
        assertThat(mixedRings(CHANGES, true)).isZero();
    }

    /** Or the test above could not fail. */
    @Test
    void without_a_grace_period_mixed_rings_are_found() {
        assertThat(mixedRings(CHANGES, false)).isPositive();
    }

    /** Publishes rings of one member each, and says how many were seen with slots of two. */
    private static long mixedRings(int publications, boolean grace) {
        try (Rig rig = new Rig(roomy()).service(0);
                BpfObject watcher = BpfObject.open("ringwatch", TestObject.bytes("ringwatch"));
                Arena arena = Arena.ofShared()) {
            for (String name : new String[] {"rings", "services"}) {
                try (BpfMap map = BpfMap.openPinned(rig.pins().resolve("maps").resolve(name))) {
                    watcher.reuseMap(name, map.duplicate());
                }
            }
            watcher.load();
            Datapath datapath = rig.datapath();
            byte[] frame = Frame.udp("198.51.100.7", 1, Rig.VIP4, 1).bytes();
            try (Traffic _ = new Traffic(watcher.program("watch"), frame)) {
                PublishedRing present = PublishedRing.EMPTY;
                RingRange fixed = datapath.rings().allocate(RING_SLOTS);
                for (int i = 1; i <= publications; i++) {
                    RingRange range = grace ? allocate(datapath) : fixed;
                    MemorySegment slots = datapath.rings().slots(range);
                    for (int slot = 0; slot < RING_SLOTS; slot++) {
                        slots.setAtIndex(JAVA_SHORT, slot, (short) (i % 16));
                    }
                    PublishedRing next = new PublishedRing(Optional.of(range), i & 0xfffff);
                    datapath.services().publishRing(0, next);
                    if (grace) {
                        present.range().ifPresent(datapath.rings()::retire);
                    }
                    present = next;
                }
            }
            MemorySegment counted = watcher.map(".bss").mmap(arena, false);
            assertThat(counted.getAtIndex(JAVA_LONG, 0)).as("rings seen").isGreaterThan(publications / 100);
            return counted.getAtIndex(JAVA_LONG, 1);
        }
    }

    private static RingRange allocate(Datapath datapath) {
        try {
            return datapath.rings().allocate(RING_SLOTS);
        } catch (DatapathException full) {
            settle(datapath);
            return datapath.rings().allocate(RING_SLOTS);
        }
    }
}
