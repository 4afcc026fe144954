package dev.ballast.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class BpfObjectKernelTest {
    private static final byte[] PACKET = new byte[64];
    private static final int XDP_DROP = 1;
    private static final int XDP_PASS = 2;

    @Test
    void globals_of_all_three_sections_reach_the_program() {
        try (BpfObject object = TestObjects.open("maps")) {
            byte[] secret = new byte[16];
            secret[3] = 23;
            object.setGlobal("verdict", XDP_DROP);
            object.setGlobal("switched_on", 1);
            object.setGlobal("secret", secret);
            object.setGlobal("first_value", 50);
            object.setGlobal("small", -8);
            object.load();

            assertThat(object.program("count_and_return").testRun(PACKET).returnValue())
                    .isEqualTo(XDP_DROP);
            assertThat(entry(object.map("entries"), 0).get("packets")).isEqualTo(123);
            TestRun.Result sum = object.program("add").testRun(TestRun.argument(new byte[16]));
            assertThat(sum.context()[8]).isEqualTo((byte) 42);
        }
    }

    private static BtfView entry(BpfMap map, int index) {
        Arena arena = Arena.ofAuto();
        BtfView value = map.newValue(arena);
        assertThat(map.get(arena.allocateFrom(JAVA_INT, index), value.memory())).isTrue();
        return value;
    }

    @Test
    void untouched_globals_are_those_of_the_source() {
        try (BpfObject object = TestObjects.load("maps")) {
            assertThat(object.program("count_and_return").testRun(PACKET).returnValue())
                    .isEqualTo(XDP_PASS);
            assertThat(entry(object.map("entries"), 0).get("packets")).isEqualTo(1);
        }
    }

    @Test
    void maps_have_the_size_that_was_set_and_the_names_of_the_source() {
        try (BpfObject object = TestObjects.open("maps")) {
            object.setMaxEntries("flows", 1 << 20);
            object.load();

            BpfMap flows = object.map("flows");
            assertThat(flows.name()).isEqualTo("flows");
            assertThat(flows.type()).isEqualTo(BpfMapType.HASH);
            assertThat(flows.keySize()).isEqualTo(8);
            assertThat(flows.valueSize()).isEqualTo(40);
            assertThat(flows.maxEntries()).isEqualTo(1 << 20);
            assertThat(flows.flags()).isZero();
            assertThat(flows.id()).isPositive();
            assertThat(object.maps()).extracting(BpfMap::name).contains("entries", ".rodata", ".bss");
            assertThatThrownBy(() -> object.map("nothing")).hasMessageContaining("it has [entries, ");
        }
    }

    @Test
    void a_program_that_is_not_to_be_loaded_is_not() {
        try (BpfObject object = TestObjects.open("maps")) {
            object.autoload("add", false);
            object.load();

            assertThat(object.programs()).extracting(BpfProgram::name).containsExactly("count_and_return");
            assertThatThrownBy(() -> object.program("add"))
                    .hasMessageContaining("loaded are [count_and_return] of [count_and_return, add]");
        }
    }

    @Test
    void a_program_tells_type_tag_and_id() {
        try (BpfObject object = TestObjects.load("maps");
                BpfObject again = TestObjects.load("maps")) {
            BpfProgram program = object.program("count_and_return");
            BpfProgram other = again.program("count_and_return");

            assertThat(program.type()).isEqualTo(BpfProgramType.XDP);
            assertThat(object.program("add").type()).isEqualTo(BpfProgramType.SYSCALL);
            assertThat(program.tag()).matches("[0-9a-f]{16}").isEqualTo(other.tag());
            assertThat(program.id()).isPositive().isNotEqualTo(other.id());
        }
    }

    @Test
    void an_object_takes_the_map_of_another_and_both_see_the_same_values() {
        try (BpfObject first = TestObjects.load("maps");
                BpfObject second = TestObjects.open("maps")) {
            second.reuseMap("entries", first.map("entries"));
            second.load();

            assertThat(second.map("entries").id())
                    .isEqualTo(first.map("entries").id());
            assertThat(second.map("flows").id()).isNotEqualTo(first.map("flows").id());
            first.program("count_and_return").testRun(PACKET);
            second.program("count_and_return").testRun(PACKET);
            assertThat(entry(second.map("entries"), 0).get("packets")).isEqualTo(2);
        }
    }

    @Test
    void a_map_of_another_size_is_taken_over_with_its_size() {
        try (BpfObject first = TestObjects.open("maps");
                BpfObject second = TestObjects.open("maps")) {
            first.setMaxEntries("entries", 17);
            first.load();
            second.reuseMap("entries", first.map("entries"));
            second.load();

            assertThat(second.map("entries").maxEntries()).isEqualTo(17);
        }
    }

    @Test
    void a_map_that_does_not_fit_is_refused_with_every_difference() {
        try (BpfObject object = TestObjects.open("maps");
                BpfMap other = BpfMap.create(BpfMapType.HASH, "other", 4, 16, 8, 0)) {
            assertThatThrownBy(() -> object.reuseMap("entries", other))
                    .isInstanceOf(BpfException.class)
                    .hasMessageContaining(
                            "type HASH instead of ARRAY, value size 16 instead of 40, flags 0 instead of 1024");
        }
    }

    @Test
    void what_was_duplicated_outlives_the_object_and_what_was_not_is_closed_with_it() {
        BpfMap kept;
        BpfProgram program;
        BpfMap closed;
        try (BpfObject object = TestObjects.load("maps")) {
            kept = object.map("entries").duplicate();
            program = object.program("count_and_return").duplicate();
            closed = object.map("entries");
        }
        try (kept;
                program;
                Arena arena = Arena.ofConfined()) {
            program.testRun(PACKET);
            assertThat(entry(kept, 0).get("packets")).isEqualTo(1);
            assertThatThrownBy(() -> closed.get(arena.allocate(4), arena.allocate(40)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("map 'entries' is closed");
        }
        assertThatThrownBy(() -> program.testRun(PACKET)).isInstanceOf(IllegalStateException.class);
        program.close();
    }

    @Test
    void an_object_is_loaded_once() {
        try (BpfObject object = TestObjects.load("maps")) {
            assertThatThrownBy(object::load)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("LOADED");
            assertThatThrownBy(() -> object.setGlobal("verdict", 1)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> object.setMaxEntries("flows", 1)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void a_map_that_the_kernel_has_no_memory_for_is_refused_with_a_cure() {
        try (BpfObject object = TestObjects.open("maps")) {
            object.setMaxEntries("entries", -1);
            assertThatThrownBy(object::load)
                    .isInstanceOf(BpfException.class)
                    .hasMessageStartingWith("load object 'maps': ")
                    .hasMessageContaining("failed to create");
            assertThatThrownBy(() -> object.map("entries"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("FAILED");
        }
    }

    @Test
    void loading_for_a_device_that_cannot_is_refused() {
        try (TestNetwork network = new TestNetwork();
                BpfObject object = TestObjects.open("pass")) {
            object.offloadTo(network.ifindex("left"));
            assertThatThrownBy(() -> network.namespace.run(object::load))
                    .isInstanceOf(BpfException.class)
                    .hasMessageContaining("load object 'pass'");
        }
    }

    @Test
    void the_data_sections_can_be_read_and_mapped() {
        try (BpfObject object = TestObjects.load("xdp");
                Arena arena = Arena.ofConfined()) {
            MemorySegment bss = object.map(".bss").mmap(arena, true);
            BtfLayout layout = object.map(".bss").valueLayout().orElseThrow();
            assertThat(layout.type()).isInstanceOf(BtfType.DataSection.class);
            object.program("pass").testRun(TestRun.packet(PACKET).repeated(5));
            object.program("drop").testRun(TestRun.packet(PACKET).repeated(3));

            assertThat(bss.toArray(JAVA_LONG)).contains(5L, 3L);
        }
    }

    @Test
    void the_types_of_the_running_kernel_can_be_read() {
        assertThat(Btf.kernelPresent()).isTrue();
        Btf kernel = Btf.kernel();

        assertThat(kernel.typeCount()).isGreaterThan(10_000);
        assertThat(kernel.layout("xdp_md")
                        .orElseThrow()
                        .field("ingress_ifindex")
                        .offsetBytes())
                .isEqualTo(12);
        assertThat(kernel.composite("task_struct")).isPresent();
    }
}
