package dev.ballast.datapath;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.bpf.BpfMap;
import dev.ballast.bpf.BpfMapType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

/** Every byte of the pinned maps of a datapath at one moment: of arrays, and of arrays with a value for each CPU. */
record LiveBytes(SortedMap<String, byte[]> maps) {
    private static final int MMAPABLE = 1 << 10;

    static LiveBytes of(Path pins) {
        SortedMap<String, byte[]> bytes = new TreeMap<>();
        for (Abi.MapSpec spec : Abi.MAPS) {
            try (BpfMap map = BpfMap.openPinned(pins.resolve("maps").resolve(spec.name()));
                    Arena arena = Arena.ofConfined()) {
                if ((map.flags() & MMAPABLE) != 0) {
                    bytes.put(spec.name(), map.mmap(arena, false).toArray(JAVA_BYTE));
                } else if (map.type() == BpfMapType.PERCPU_ARRAY) {
                    bytes.put(spec.name(), perCpu(map, arena));
                }
            }
        }
        assertThat(bytes.keySet())
                .contains("flows", "half_open", "fragments", "services", "members", "rings", "vips4")
                .contains("verdicts", "service_counters", "member_counters", "cpu_states");
        return new LiveBytes(bytes);
    }

    private static byte[] perCpu(BpfMap map, Arena arena) {
        MemorySegment all = arena.allocate(map.valueBytes() * map.maxEntries(), Long.BYTES);
        MemorySegment key = arena.allocate(JAVA_INT);
        for (int row = 0; row < map.maxEntries(); row++) {
            key.set(JAVA_INT, 0, row);
            map.get(key, all.asSlice(row * map.valueBytes(), map.valueBytes()));
        }
        return all.toArray(JAVA_BYTE);
    }

    void requireSameAs(LiveBytes before) {
        assertThat(maps.keySet()).isEqualTo(before.maps.keySet());
        maps.forEach((name, bytes) -> assertThat(Arrays.equals(bytes, before.maps.get(name)))
                .as("map %s as it was", name)
                .isTrue());
    }
}
