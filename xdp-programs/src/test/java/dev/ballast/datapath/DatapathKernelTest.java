package dev.ballast.datapath;

import static dev.ballast.datapath.Rig.PORT;
import static dev.ballast.datapath.Rig.VIP4;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.bpf.BpfException;
import dev.ballast.bpf.BpfFs;
import dev.ballast.bpf.BpfMap;
import dev.ballast.bpf.BpfObject;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Creation, adoption, swap and end of a datapath, and what is refused. */
final class DatapathKernelTest {
    private Path bpffs;
    private Path pins;

    @BeforeEach
    void mount() {
        bpffs = Rig.mountTemporary();
        pins = bpffs.resolve("ballast").resolve("default");
    }

    @AfterEach
    void unmount() {
        Rig.unmountTemporary(bpffs);
    }

    private Datapath create() {
        return Datapath.create(pins, DatapathObjects.balancer(), Rig.options(Feature.IPV6));
    }

    private TreeSet<String> pinned() {
        try (Stream<Path> tree = Files.walk(bpffs)) {
            TreeSet<String> names = new TreeSet<>();
            tree.forEach(path -> names.add(bpffs.relativize(path).toString()));
            return names;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void what_is_created_is_pinned_and_adopted_with_all_it_holds() {
        try (Datapath created = create()) {
            created.services().write(3, new ServiceRow(77, 16, 8, true, 10, 11));
            created.members()
                    .write(
                            17,
                            new MemberRow(
                                    3,
                                    MemberState.DRAIN,
                                    Encap.IPIP,
                                    Frame.address("2001:db8::2"),
                                    Frame.address("2001:db8:2::12"),
                                    Optional.of(new NextHop(5, 0x020304050607L, 0x0a0b0c0d0e0fL, 100, 1500))));
            RingRange range = created.rings().allocate(251);
            created.services().publishRing(3, new PublishedRing(Optional.of(range), 9));
            created.vips().put(new VipKey(Frame.address(VIP4), PORT, Protocol.TCP), 3);
        }
        assertThat(pinned()).contains("ballast/default/maps/flows", "ballast/default/programs/balancer");

        try (Datapath adopted = Datapath.adopt(pins).orElseThrow()) {
            assertThat(adopted.tag()).isEqualTo(DatapathObjects.tag(DatapathObjects.balancer()));
            assertThat(adopted.services().byNameHash()).containsExactly(java.util.Map.entry(77L, 3));
            assertThat(adopted.services().read(3)).contains(new ServiceRow(77, 16, 8, true, 10, 11));
            assertThat(adopted.members().list()).containsOnlyKeys(17);
            assertThat(adopted.members().read(17).orElseThrow().nextHop())
                    .contains(new NextHop(5, 0x020304050607L, 0x0a0b0c0d0e0fL, 100, 1500));
            assertThat(adopted.vips().list()).containsValue(3);
            RingRange range = adopted.services().ring(3).range().orElseThrow();
            assertThat(adopted.rings().allocate(251)).as("not the one in use").isNotEqualTo(range);
            assertThat(adopted.isKeyedBy(Rig.options(Feature.IPV6).secret())).isTrue();
            assertThat(adopted.isKeyedBy(new byte[16])).isFalse();
            adopted.destroy();
        }
        assertThat(pinned()).doesNotContain("ballast/default");
    }

    @Test
    void where_nothing_is_pinned_there_is_nothing_to_adopt() {
        assertThat(Datapath.adopt(pins)).isEmpty();
    }

    @Test
    void a_second_creation_is_refused_and_harms_nothing() {
        try (Datapath first = create()) {
            TreeSet<String> before = pinned();

            assertThatThrownBy(this::create)
                    .isInstanceOf(DatapathException.class)
                    .hasMessageContaining("there is one already")
                    .hasMessageContaining("ballast teardown");
            assertThat(pinned()).isEqualTo(before);
            first.destroy();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void a_creation_that_was_cut_short_counts_for_nothing_and_the_next_one_clears_it_up(int step) throws IOException {
        create().close();
        Files.move(pins.resolve("maps"), pins.resolve("maps-unfinished"));
        if (step >= 1) {
            Files.move(pins.resolve("programs"), pins.resolve("programs-unfinished"));
        }
        if (step >= 2) {
            BpfFs.unpin(pins.resolve("maps-unfinished").resolve("meta"));
        }
        if (step >= 3) {
            try (Stream<Path> maps = Files.list(pins.resolve("maps-unfinished"))) {
                maps.toList().forEach(BpfFs::unpin);
            }
            Files.delete(pins.resolve("maps-unfinished"));
        }
        if (step >= 4) {
            BpfFs.unpin(pins.resolve("programs-unfinished").resolve("clock"));
        }

        assertThat(Datapath.adopt(pins)).isEmpty();
        try (Datapath whole = create()) {
            assertThat(pinned()).noneMatch(name -> name.contains("unfinished"));
            whole.destroy();
        }
        assertThat(pinned()).doesNotContain("ballast/default");
    }

    @Test
    void the_links_directory_outlives_the_datapath() throws IOException {
        try (Datapath datapath = create()) {
            Files.createDirectory(pins.resolve("links"));
            datapath.destroy();
        }
        assertThat(pinned()).contains("ballast/default/links").doesNotContain("ballast/default/maps");
        try (Datapath again = create()) {
            again.destroy();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"maps/flows", "maps/meta", "programs/balancer", "programs/clock"})
    void a_missing_pin_is_named_and_nothing_is_touched(String pin) {
        create().close();
        BpfFs.unpin(pins.resolve(pin));
        TreeSet<String> before = pinned();

        assertThatThrownBy(() -> Datapath.adopt(pins))
                .isInstanceOf(DatapathException.class)
                .hasMessageContaining(pin)
                .hasMessageContaining("rm -r " + pins);
        assertThat(pinned()).isEqualTo(before);
    }

    @Test
    void a_foreign_map_under_our_name_is_refused() {
        create().close();
        BpfFs.unpin(pins.resolve("maps/rings"));
        try (BpfMap foreign = BpfMap.create(dev.ballast.bpf.BpfMapType.ARRAY, "rings", 4, 8, 1, 0)) {
            foreign.pin(pins.resolve("maps/rings"));
        }

        assertThatThrownBy(() -> Datapath.adopt(pins))
                .isInstanceOf(DatapathException.class)
                .hasMessageContaining("map 'rings'")
                .hasMessageContaining("value 8");
    }

    @Test
    void pins_of_another_layout_or_format_are_refused() {
        create().close();
        meta(row -> row.set(ValueLayout.JAVA_BYTE, Abi.offset(Abi.META, "layout_digest"), (byte) 0));
        assertThatThrownBy(() -> Datapath.adopt(pins))
                .isInstanceOf(DatapathException.class)
                .hasMessageContaining("its layout is 00");

        meta(row -> row.set(ValueLayout.JAVA_INT, Abi.offset(Abi.META, "format"), 99));
        assertThatThrownBy(() -> Datapath.adopt(pins))
                .isInstanceOf(DatapathException.class)
                .hasMessageContaining("format 99");
    }

    @Test
    void a_program_that_is_not_on_record_is_refused() {
        create().close();
        meta(row -> row.asSlice(Abi.offset(Abi.META, "program"), 80).fill((byte) 1));

        assertThatThrownBy(() -> Datapath.adopt(pins))
                .isInstanceOf(DatapathException.class)
                .hasMessageContaining("not on record");
    }

    private void meta(java.util.function.Consumer<MemorySegment> change) {
        try (BpfMap map = BpfMap.openPinned(pins.resolve("maps/meta"));
                Arena arena = Arena.ofConfined()) {
            change.accept(map.mmap(arena, true));
        }
    }

    @Test
    void an_object_of_another_layout_is_refused_before_it_is_loaded() {
        byte[] drifted = TestObject.bytes("drifted");
        assertThatThrownBy(() -> Datapath.create(pins, drifted, Rig.options(Feature.IPV6)))
                .isInstanceOf(DatapathException.class)
                .hasMessageContaining("struct service")
                .hasMessageContaining("hash_of_name");
        assertThat(Datapath.adopt(pins)).isEmpty();

        try (Datapath live = create()) {
            assertThatThrownBy(() -> live.prepare(drifted, Variant.of(Set.of(Feature.IPV6))))
                    .isInstanceOf(DatapathException.class);
            live.destroy();
        }
    }

    @Test
    void pins_outside_of_a_bpf_file_system_are_refused(@org.junit.jupiter.api.io.TempDir Path plain) {
        assertThatThrownBy(() ->
                        Datapath.create(plain.resolve("x"), DatapathObjects.balancer(), Rig.options(Feature.IPV6)))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("not a bpf file system");
        assertThat(plain).isEmptyDirectory();
    }

    @Test
    void a_candidate_goes_on_with_the_live_flows_and_is_adopted_after_its_commit() {
        Frame frame = Frame.udp("198.51.100.7", 40000, VIP4, PORT);
        try (Datapath live = create()) {
            live.services().write(0, new ServiceRow(1, 0, 8, true, 100, 100));
            MemberRow member = new MemberRow(
                    0,
                    MemberState.IN,
                    Encap.IPIP,
                    Frame.address("192.0.2.2"),
                    Frame.address("10.0.1.11"),
                    Optional.of(Rig.hop(1, 0, 1500)));
            live.members().write(0, member);
            RingRange range = live.rings().allocate(251);
            live.rings().slots(range).fill((byte) 0);
            live.services().publishRing(0, new PublishedRing(Optional.of(range), 1));
            live.vips().put(new VipKey(Frame.address(VIP4), PORT, Protocol.UDP), 0);
            live.program().testRun(frame.bytes());

            String before = live.tag();
            try (Candidate candidate = live.prepare(TestObject.bytes("successor"), Variant.of(Set.of(Feature.IPV6)))) {
                assertThat(candidate.tag()).isNotEqualTo(before);
                candidate.program().testRun(frame.bytes());
                Verdicts verdicts = live.counters().verdicts();
                assertThat(verdicts.of(VerdictReason.FORWARDED_FLOW).packets()).isOne();
                assertThat(verdicts.of(VerdictReason.FORWARDED_NEW_FLOW).packets())
                        .isOne();
                live.commit(candidate);
                assertThat(live.tag()).isEqualTo(candidate.tag());
            }
            live.program().testRun(frame.bytes());
        }
        try (Datapath adopted = Datapath.adopt(pins).orElseThrow()) {
            assertThat(adopted.tag()).isEqualTo(DatapathObjects.tag(TestObject.bytes("successor")));
            assertThat(adopted.counters().verdicts().received().packets()).isEqualTo(3);
            try (Candidate back = adopted.prepare(DatapathObjects.balancer(), Variant.of(Set.of(Feature.IPV6)))) {
                adopted.commit(back);
            }
            try (Candidate same = adopted.prepare(DatapathObjects.balancer(), Variant.of(Set.of(Feature.IPV6)))) {
                adopted.commit(same);
            }
        }
        try (Datapath adopted = Datapath.adopt(pins).orElseThrow()) {
            assertThat(adopted.tag()).isEqualTo(DatapathObjects.tag(DatapathObjects.balancer()));
            adopted.destroy();
        }
    }

    @Test
    void a_candidate_that_is_given_up_leaves_everything_as_it_was() {
        try (Datapath live = create()) {
            TreeSet<String> before = pinned();
            String tag = live.tag();
            live.prepare(TestObject.bytes("successor"), Variant.of(Set.of(Feature.IPV6)))
                    .close();

            assertThat(pinned()).isEqualTo(before);
            assertThat(live.tag()).isEqualTo(tag);
            live.destroy();
        }
    }

    @Test
    void the_clock_of_the_flow_tables_is_the_kernels() {
        try (Datapath datapath = create()) {
            KernelClock clock = datapath.clock();
            long uptimeTicks = System.nanoTime() / clock.tickNs();
            // jiffies begin five minutes before they wrap at 32 bits, and stand still while a machine sleeps
            long bootTicks = (0xffff_ffffL - 300L * clock.hz() + 1) >>> clock.tickShift();
            assertThat(Integer.toUnsignedLong(datapath.nowTicks()) - bootTicks)
                    .isBetween(uptimeTicks - 2, uptimeTicks + 2);
            assertThat(clock.tickNs()).isBetween(2_600_000_000L, 5_400_000_000L);
            assertThat(clock.ticks(Duration.ofMinutes(15))).isLessThan(FlowEntry.EXPIRY_HORIZON);
            datapath.destroy();
        }
    }

    /** Every variant of the constants goes through the verifier; map sizes do not matter to it. */
    @ParameterizedTest(name = "ipv6 {0}, flow set bits {1}, VIP bucket bits {2}, tick shift {3}")
    @CsvSource({
        "true, 16, 6, 10",
        "false, 16, 6, 10",
        "true, 24, 20, 12",
        "false, 24, 20, 12",
        "true, 19, 12, 8",
        "true, 20, 1, 9"
    })
    void the_verifier_accepts_every_size_of_table(boolean ipv6, int flowSetBits, int bucketBits, int tickShift) {
        Specialisation constants = new Specialisation(
                FlowHash.of(new byte[16]),
                tickShift,
                bucketBits,
                bucketBits,
                bucketBits,
                flowSetBits,
                13,
                11,
                15,
                15,
                15,
                8,
                4,
                64,
                8192);
        try (BpfObject object = BpfObject.open("balancer", DatapathObjects.balancer())) {
            object.setGlobal("specialisation", constants.toBytes());
            object.setGlobal(
                    "variant",
                    Variant.of(ipv6 ? Set.of(Feature.values()) : Set.of()).toBytes());
            object.load();
            assertThat(object.program("balancer").tag()).hasSize(16);
        }
    }

    @Test
    void a_frame_without_room_for_the_outer_header_is_dropped_as_such() {
        try (Rig rig = new Rig().usual();
                BpfObject starved = BpfObject.open("starved", TestObject.bytes("starved"))) {
            starved.setGlobal(
                    "specialisation",
                    Specialisation.of(Rig.options(Feature.IPV6), rig.datapath().clock())
                            .toBytes());
            starved.setGlobal("variant", Variant.of(Set.of(Feature.IPV6)).toBytes());
            for (Abi.MapSpec spec : Abi.MAPS) {
                try (BpfMap map = BpfMap.openPinned(rig.pins().resolve("maps").resolve(spec.name()))) {
                    starved.reuseMap(spec.name(), map.duplicate());
                }
            }
            starved.load();
            byte[] frame =
                    Frame.udp("198.51.100.7", 40000, VIP4, PORT).data(300).bytes();

            assertThat(starved.program("starved").testRun(frame).returnValue()).isEqualTo(Rig.XdpCode.DROP);
            Verdicts verdicts = rig.datapath().counters().verdicts();
            assertThat(verdicts.of(VerdictReason.DROPPED_NO_HEADROOM).packets()).isOne();
            assertThat(verdicts.received().packets()).isOne();
        }
    }

    @Test
    void rings_are_not_used_again_before_their_grace_period() {
        try (Datapath datapath = create()) {
            RingArea rings = datapath.rings();
            RingRange first = rings.allocate(251);
            rings.retire(first);
            assertThat(rings.allocate(251)).isNotEqualTo(first);

            Grace grace = datapath.grace().orElseThrow();
            grace.await();
            datapath.reclaim(grace);
            assertThat(List.of(rings.allocate(251))).containsExactly(first);
            datapath.destroy();
        }
    }
}
