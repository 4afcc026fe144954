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
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What packets see while the daemon changes tables: one thread changes, another has packets run all the while. */
final class PublicationKernelTest {
    private static final int CHANGES = 1_000_000;

    /** 10 chunks; no more than a publication of the control run can overtake. */
    private static final int RING_SLOTS = 320;

    /** Of any ports: those that follow each other would be spread evenly, so that nearly no bucket overflowed. */
    private static final List<VipKey> VIPS_AND_NEIGHBOURS = new Random(20261122)
            .ints(1, 1 << 16)
            .distinct()
            .limit(1216)
            .mapToObj(port -> new VipKey(Frame.address(Rig.VIP4), port, Protocol.UDP))
            .toList();

    private static final List<VipKey> NEIGHBOURS = VIPS_AND_NEIGHBOURS.subList(16, 1216);
    private static final List<VipKey> VIPS = VIPS_AND_NEIGHBOURS.subList(0, 16);

    /** The services of the VIPs and of their neighbours. */
    private static final int STAYING = 0;

    private static final int COMING_AND_GOING = 1;

    /** Has a program run on one frame after the other, once for each step. */
    private static final class Load implements Runnable {
        static final int PACKETS_A_FRAME = 2_000;

        private final BpfProgram program;
        private final List<byte[]> frames;
        private long packets;

        Load(BpfProgram program, List<byte[]> frames) {
            this.program = program;
            this.frames = frames;
        }

        @Override
        public void run() {
            for (byte[] frame : frames) {
                program.testRun(TestRun.packet(frame).repeated(PACKETS_A_FRAME));
                packets += PACKETS_A_FRAME;
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

    /** In a VIP table of 2,048 ways, 1,200 neighbours come and go in the buckets that searches for the VIPs pass through. */
    @Test
    void vips_that_are_there_are_never_missed_while_their_neighbours_come_and_go_a_million_times() {
        try (Rig rig = new Rig(roomy())) {
            forwardInPlace(rig, STAYING);
            forwardInPlace(rig, COMING_AND_GOING);
            Datapath datapath = rig.datapath();
            NEIGHBOURS.forEach(neighbour -> datapath.vips().put(neighbour, COMING_AND_GOING));
            VIPS.forEach(vip -> datapath.vips().put(vip, STAYING));
            assertThat(VIPS).as("not in their home bucket").anyMatch(vip -> isDisplaced(rig, vip));

            Random random = new Random(20261122);
            Load load = new Load(
                    datapath.program(),
                    VIPS.stream().map(PublicationKernelTest::frame).toList());
            try (Repeating _ = new Repeating(load)) {
                for (int change = 0; change < CHANGES; change++) {
                    VipKey neighbour = NEIGHBOURS.get(random.nextInt(NEIGHBOURS.size()));
                    if (!datapath.vips().remove(neighbour)) {
                        put(datapath, neighbour, COMING_AND_GOING);
                    }
                }
            }

            Counters counters = datapath.counters();
            assertThat(load.packets).isGreaterThan(CHANGES);
            assertThat(counters.service(STAYING).forwarded().packets()).isEqualTo(load.packets);
            assertThat(counters.verdicts().received().packets()).isEqualTo(load.packets);
        }
    }

    private static byte[] frame(VipKey vip) {
        return Frame.udp("198.51.100.7", 40000, Rig.VIP4, vip.port()).bytes();
    }

    /** L2 leaves a frame as long as it was, so that the kernel can run it again and again. */
    private static void forwardInPlace(Rig rig, int service) {
        int member = Rig.memberId(service, 0);
        rig.service(service)
                .member(
                        member,
                        new MemberRow(
                                service,
                                MemberState.IN,
                                Encap.L2,
                                Frame.address("192.0.2.2"),
                                Frame.address("192.0.2.11"),
                                Optional.of(Rig.hop(Rig.SAME_INTERFACE, 0, Rig.MTU))))
                .ring(service, member);
    }

    private static boolean isDisplaced(Rig rig, VipKey vip) {
        try (BpfMap map = BpfMap.openPinned(rig.pins().resolve("maps").resolve("vips4"));
                Arena arena = Arena.ofConfined()) {
            Buckets buckets = new Buckets4(Words.of(map.mmap(arena, false)), new Epochs());
            BucketKey key =
                    VipTable.key(vip.address(), vip.port(), vip.protocol().number());
            return buckets.find(key) / Abi.VIP4_BUCKET.byteSize() != buckets.home(key);
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

    /** Publishes rings of one member each, with a grace period also keeping the one before, and says how many were seen with slots of two. */
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
            try (Repeating _ = new Repeating(new Load(watcher.program("watch"), List.of(frame)))) {
                RingRange fixed = datapath.rings().allocate(RING_SLOTS);
                for (int i = 1; i <= publications; i++) {
                    RingRange range = grace ? allocate(datapath) : fixed;
                    MemorySegment slots = datapath.rings().slots(range);
                    for (int slot = 0; slot < RING_SLOTS; slot++) {
                        slots.setAtIndex(JAVA_SHORT, slot, (short) (i % 16));
                    }
                    if (grace) {
                        datapath.services()
                                .previous(0)
                                .ifPresent(kept -> datapath.rings().retire(kept.range()));
                        datapath.services().keepRing(0, Long.MAX_VALUE);
                    }
                    datapath.services().publishRing(0, new PublishedRing(Optional.of(range), i & 0xfffff));
                }
            }
            MemorySegment counted = watcher.map(".bss").mmap(arena, false);
            assertThat(counted.getAtIndex(JAVA_LONG, 0)).as("rings seen").isGreaterThan(publications / 100);
            if (grace) {
                assertThat(counted.getAtIndex(JAVA_LONG, 2))
                        .as("previous rings seen")
                        .isGreaterThan(publications / 100);
            }
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
