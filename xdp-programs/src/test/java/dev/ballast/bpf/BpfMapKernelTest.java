package dev.ballast.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BpfMapKernelTest {
    private static final byte[] PACKET = new byte[64];

    private final Arena arena = Arena.ofAuto();
    private BpfObject object;

    @BeforeEach
    void load() {
        object = TestObjects.load("maps");
    }

    @AfterEach
    void close() {
        object.close();
    }

    private MemorySegment index(int index) {
        return arena.allocateFrom(JAVA_INT, index);
    }

    private MemorySegment value(long value) {
        return arena.allocateFrom(JAVA_LONG, value);
    }

    @Test
    void typed_fields_go_in_and_come_out_of_a_hash() {
        BpfMap flows = object.map("flows");
        BtfView key =
                flows.newKey(arena).set("address", 0x0a000001).set("port", 443).set("protocol", 6);
        BtfView value =
                flows.newValue(arena).set("packets", 9).set("mac[2]", 0xab).set("high", 77);
        flows.put(key.memory(), value.memory());

        BtfView read = flows.newValue(arena);
        assertThat(flows.get(key.memory(), read.memory())).isTrue();
        assertThat(read.get("packets")).isEqualTo(9);
        assertThat(read.get("mac[2]")).isEqualTo(0xab);
        assertThat(read.get("high")).isEqualTo(77);
        assertThat(flows.delete(key.memory())).isTrue();
        assertThat(flows.delete(key.memory())).isFalse();
        assertThat(flows.get(key.memory(), read.memory())).isFalse();
    }

    @Test
    void heap_segments_are_copied_both_ways() {
        BpfMap recent = object.map("recent");
        MemorySegment key = MemorySegment.ofArray(new byte[] {1, 2, 3, 4});
        MemorySegment value = MemorySegment.ofArray(new byte[] {8, 7, 6, 5, 4, 3, 2, 1});
        recent.put(key, value);

        byte[] read = new byte[8];
        assertThat(recent.get(key, MemorySegment.ofArray(read))).isTrue();
        assertThat(read).containsExactly(8, 7, 6, 5, 4, 3, 2, 1);
        assertThat(recent.delete(key)).isTrue();
    }

    @Test
    void the_modes_of_put_are_held() {
        BpfMap recent = object.map("recent");
        assertThatThrownBy(() -> recent.put(index(1), value(1), BpfMap.PutMode.REPLACE))
                .isInstanceOf(BpfException.class)
                .hasMessageStartingWith("put into map 'recent': ENOENT");
        recent.put(index(1), value(1), BpfMap.PutMode.CREATE);
        assertThatThrownBy(() -> recent.put(index(1), value(2), BpfMap.PutMode.CREATE))
                .hasMessageContaining("EEXIST")
                .hasMessageEndingWith("put it with mode ANY or REPLACE");
    }

    @Test
    void a_full_hash_says_how_big_it_is() {
        BpfMap flows = object.map("flows");
        BtfView key = flows.newKey(arena);
        MemorySegment value = flows.newValue(arena).memory();
        for (int i = 0; i < 64; i++) {
            flows.put(key.set("address", i).memory(), value);
        }
        assertThatThrownBy(() -> flows.put(key.set("address", 64).memory(), value))
                .hasMessage(
                        "put into map 'flows': E2BIG (7, too big): the map is full with 64 entries; delete some or load it"
                                + " bigger");
    }

    @Test
    void an_index_beyond_an_array_is_an_error_to_write_and_absent_to_read() {
        BpfMap entries = object.map("entries");
        MemorySegment value = entries.newValue(arena).memory();
        assertThatThrownBy(() -> entries.put(index(1000), value))
                .hasMessageContaining("E2BIG")
                .hasMessageContaining("not below 1000");
        assertThat(entries.get(index(1000), value)).isFalse();
    }

    @Test
    void segments_that_are_too_short_are_refused_before_the_kernel_sees_them() {
        BpfMap flows = object.map("flows");
        assertThatThrownBy(() -> flows.get(arena.allocate(7), arena.allocate(40)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a key of map 'flows' takes 8 bytes, not 7");
        assertThatThrownBy(() -> flows.put(arena.allocate(8), arena.allocate(39)))
                .hasMessage("a value of map 'flows' takes 40 bytes, not 39");
        BpfMap perCpu = object.map("per_cpu");
        assertThatThrownBy(() -> perCpu.get(index(0), arena.allocate(4)))
                .hasMessageContaining("takes " + 8 * CpuCount.possible() + " bytes");
    }

    @Test
    void a_per_cpu_value_has_a_slot_for_each_possible_cpu() {
        BpfMap perCpu = object.map("per_cpu");
        object.program("count_and_return").testRun(TestRun.packet(PACKET).repeated(100));

        MemorySegment value = arena.allocate(perCpu.valueBytes(), 8);
        assertThat(perCpu.valueBytes()).isEqualTo(8L * CpuCount.possible());
        assertThat(perCpu.get(index(0), value)).isTrue();
        long sum = 0;
        for (int cpu = 0; cpu < CpuCount.possible(); cpu++) {
            sum += perCpu.ofCpu(value, cpu).get(JAVA_INT, 0);
        }
        assertThat(sum).isEqualTo(100);

        perCpu.ofCpu(value, 0).set(JAVA_INT, 0, 12345);
        perCpu.put(index(1), value);
        perCpu.get(index(1), value);
        assertThat(perCpu.ofCpu(value, 0).get(JAVA_INT, 0)).isEqualTo(12345);
    }

    @Test
    void a_prefix_is_found_by_an_address_within() {
        BpfMap prefixes = object.map("prefixes");
        BtfView prefix = prefixes.newKey(arena).set("bits", 8).set("address[0]", 10);
        prefixes.put(prefix.memory(), index(7));

        BtfView address =
                prefixes.newKey(arena).set("bits", 32).set("address[0]", 10).set("address[3]", 9);
        MemorySegment found = arena.allocate(4);
        assertThat(prefixes.get(address.memory(), found)).isTrue();
        assertThat(found.get(JAVA_INT, 0)).isEqualTo(7);
        assertThat(prefixes.get(address.set("address[0]", 11).memory(), found)).isFalse();
    }

    @Test
    void iteration_sees_every_entry_once_and_may_delete_what_it_is_given() {
        BpfMap recent = object.map("recent");
        for (int i = 0; i < 50; i++) {
            recent.put(index(i), value(i * 10L));
        }
        Map<Integer, Long> seen = new HashMap<>();
        recent.forEach((key, value) -> {
            assertThat(seen.put(key.get(JAVA_INT, 0), value.get(JAVA_LONG, 0))).isNull();
            recent.delete(key);
        });

        assertThat(seen).hasSize(50).containsEntry(49, 490L);
        assertThat(recent.nextKey(MemorySegment.NULL, arena.allocate(4))).isFalse();
    }

    @Test
    void iteration_of_a_full_array_and_of_an_empty_hash_ends() {
        Set<Integer> indices = new HashSet<>();
        object.map("entries").forEach((key, value) -> indices.add(key.get(JAVA_INT, 0)));
        assertThat(indices).hasSize(1000);
        object.map("flows").forEach((key, value) -> indices.clear());
        assertThat(indices).hasSize(1000);
    }

    @Test
    void an_iteration_that_is_sent_back_for_ever_is_given_up() {
        BpfMap recent = object.map("recent");
        for (int i = 0; i < 4; i++) {
            recent.put(index(i), value(i));
        }
        // Deleting the entry that comes next sends the iteration back to the start.
        assertThatThrownBy(() -> recent.forEach((key, value) -> {
                    for (int i = 0; i < 4; i++) {
                        recent.delete(index(i));
                    }
                    for (int i = 0; i < 4; i++) {
                        recent.put(index(i), value);
                        recent.put(index(100 + i), value);
                        recent.delete(index(100 + i));
                    }
                    recent.delete(firstAfter(recent, key));
                }))
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("keys passed without an end");
    }

    private MemorySegment firstAfter(BpfMap map, MemorySegment key) {
        MemorySegment next = arena.allocate(4);
        return map.nextKey(key, next) ? next : key;
    }

    @Test
    void batches_put_get_and_delete_what_single_calls_do() {
        BpfMap flows = object.map("flows");
        MemorySegment keys = arena.allocate(60 * 8, 8);
        MemorySegment values = arena.allocate(60 * 40, 8);
        BtfLayout keyLayout = flows.keyLayout().orElseThrow();
        BtfLayout valueLayout = flows.valueLayout().orElseThrow();
        for (int i = 0; i < 60; i++) {
            keyLayout.view(keys.asSlice(i * 8L, 8)).set("address", i);
            valueLayout.view(values.asSlice(i * 40L, 40)).set("packets", i * 3);
        }
        flows.putBatch(keys, values, 60, BpfMap.PutMode.ANY);

        Map<Long, Long> read = new HashMap<>();
        BatchCursor cursor = flows.cursor(arena);
        MemorySegment someKeys = arena.allocate(32 * 8, 8);
        MemorySegment someValues = arena.allocate(32 * 40, 8);
        while (!cursor.isDone()) {
            int count = flows.getBatch(cursor, someKeys, someValues);
            for (int i = 0; i < count; i++) {
                read.put(
                        keyLayout.view(someKeys.asSlice(i * 8L, 8)).get("address"),
                        valueLayout.view(someValues.asSlice(i * 40L, 40)).get("packets"));
            }
        }
        assertThat(read).hasSize(60).containsEntry(59L, 177L);
        assertThat(flows.getBatch(cursor, someKeys, someValues)).isZero();

        flows.deleteBatch(keys, 60);
        assertThat(flows.nextKey(MemorySegment.NULL, arena.allocate(8))).isFalse();
    }

    @Test
    void a_batch_over_an_array_reads_it_whole() {
        BpfMap entries = object.map("entries");
        entries.put(index(999), entries.newValue(arena).set("packets", 5).memory());
        MemorySegment keys = arena.allocate(4 * 300, 8);
        MemorySegment values = arena.allocate(40 * 300, 8);
        BatchCursor cursor = entries.cursor(arena);
        int total = 0;
        long last = 0;
        while (!cursor.isDone()) {
            int count = entries.getBatch(cursor, keys, values);
            total += count;
            last = count == 0 ? last : values.get(JAVA_LONG, (count - 1) * 40L);
        }
        assertThat(total).isEqualTo(1000);
        assertThat(last).isEqualTo(5);
    }

    @Test
    void a_batch_that_fails_says_how_far_it_came() {
        BpfMap flows = object.map("flows");
        MemorySegment keys = arena.allocate(100 * 8, 8);
        MemorySegment values = arena.allocate(100 * 40, 8);
        for (int i = 0; i < 100; i++) {
            keys.set(JAVA_INT, i * 8L, i);
        }
        assertThatThrownBy(() -> flows.putBatch(keys, values, 100, BpfMap.PutMode.ANY))
                .isInstanceOf(BpfException.class)
                .hasMessageStartingWith("put batch of 100 into map 'flows': E2BIG")
                .hasMessageContaining("64 done; the map is full with 64 entries");
        flows.delete(keys.asSlice(5 * 8L, 8));
        assertThatThrownBy(() -> flows.deleteBatch(keys, 20)).hasMessageContaining("5 done; the key is not there");
        assertThatThrownBy(() -> flows.putBatch(keys, values, 101, BpfMap.PutMode.ANY))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("hold 100 entries");
    }

    @Test
    void memory_and_program_see_the_same_array() {
        MemorySegment memory = object.map("entries").mmap(arena, true);
        BtfLayout layout = object.map("entries").valueLayout().orElseThrow();
        assertThat(memory.byteSize()).isEqualTo(40_000);

        layout.view(memory).set("packets", 1_000);
        object.program("count_and_return").testRun(TestRun.packet(PACKET).repeated(7));
        assertThat(layout.view(memory).get("packets")).isEqualTo(1_007);

        layout.view(memory.asSlice(999 * 40L)).set("delta", -5);
        BtfView read = object.map("entries").newValue(arena);
        object.map("entries").get(index(999), read.memory());
        assertThat(read.get("delta")).isEqualTo(-5);
    }

    @Test
    void elements_of_a_mapped_array_stand_a_multiple_of_eight_apart() {
        BpfMap odd = object.map("odd_stride");
        assertThat(odd.valueSize()).isEqualTo(12);
        assertThat(odd.stride()).isEqualTo(16);
        MemorySegment memory = odd.mmap(arena, true);
        memory.set(JAVA_INT, 3 * odd.stride() + 8, 42);

        BtfView read = odd.newValue(arena);
        odd.get(index(3), read.memory());
        assertThat(read.get("words[2]")).isEqualTo(42);
    }

    @Test
    void a_mapping_outlives_the_handle_and_ends_with_its_arena() {
        MemorySegment memory;
        try (Arena mapping = Arena.ofConfined()) {
            memory = object.map("entries").mmap(mapping, true);
            object.close();
            memory.set(JAVA_LONG, 0, 5);
            assertThat(memory.get(JAVA_LONG, 0)).isEqualTo(5);
        }
        MemorySegment ended = memory;
        assertThatThrownBy(() -> ended.get(JAVA_LONG, 0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void what_cannot_be_mapped_says_what_can() {
        assertThatThrownBy(() -> object.map("flows").mmap(arena, true))
                .hasMessageContaining("mmap map 'flows' (HASH)")
                .hasMessageContaining("BPF_F_MMAPABLE");
        assertThatThrownBy(() -> object.map(".rodata").mmap(arena, true)).hasMessageContaining("map it read-only");
        assertThat(object.map(".rodata").mmap(arena, false).get(JAVA_BYTE, 0)).isNotNegative();
    }

    @Test
    void a_map_made_without_an_object_works_and_one_that_cannot_be_is_refused() {
        try (BpfMap map = BpfMap.create(BpfMapType.HASH, "by_hand", 8, 8, 100, 0)) {
            map.put(value(1), value(2));
            assertThat(map.name()).isEqualTo("by_hand");
            assertThat(map.keyLayout()).isEmpty();
            assertThatThrownBy(() -> map.newKey(arena)).hasMessageContaining("no BTF tells its type");
            try (BpfMap typed =
                    BpfMap.create(BpfMapType.HASH, "typed", 8, 40, 1, 0).withTypesOf(object.map("flows"))) {
                assertThat(typed.newKey(arena).layout().name()).isEqualTo("struct flow_key");
            }
            assertThatThrownBy(() -> map.withTypesOf(object.map("flows")))
                    .hasMessageContaining("8 + 40 bytes against 8 + 8 bytes");
        }
        assertThatThrownBy(() -> BpfMap.create(BpfMapType.ARRAY, "bad", 8, 8, 1, 0))
                .isInstanceOf(BpfException.class)
                .hasMessageStartingWith("create ARRAY map 'bad' of 1 entries of 8 + 8 bytes with flags 0x0: EINVAL");
    }

    @Test
    void a_map_of_maps_holds_maps() {
        try (BpfMap inner = BpfMap.create(BpfMapType.ARRAY, "inner", 4, 8, 1, 0);
                BpfMap outer = BpfMap.createOfMaps(BpfMapType.ARRAY_OF_MAPS, "outer", 4, 2, inner)) {
            outer.put(index(1), index(inner.fd()));
            MemorySegment id = arena.allocate(4);
            assertThat(outer.get(index(1), id)).isTrue();
            assertThat(id.get(JAVA_INT, 0)).isEqualTo(inner.id());
            assertThat(outer.get(index(0), id)).isFalse();
        }
    }

    @Test
    void a_ring_buffer_has_no_elements() {
        try (BpfMap ring = BpfMap.create(BpfMapType.RINGBUF, "ring", 0, 0, 4096, 0)) {
            assertThatThrownBy(() -> ring.put(arena.allocate(1), arena.allocate(1)))
                    .isInstanceOf(BpfException.class)
                    .hasMessageContaining("put into map 'ring'");
        }
    }
}
