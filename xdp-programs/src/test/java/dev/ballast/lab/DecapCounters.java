package dev.ballast.lab;

import dev.ballast.bpf.BpfMap;
import dev.ballast.bpf.CpuCount;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumMap;
import java.util.Map;

/** Reads the per-CPU counters of {@code decap.bpf.c}. */
final class DecapCounters {
    private DecapCounters() {}

    /** Packets by outcome, over all CPUs. */
    static Map<DecapOutcome, Long> read(BpfMap counters) {
        Map<DecapOutcome, Long> packets = new EnumMap<>(DecapOutcome.class);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment key = arena.allocate(ValueLayout.JAVA_INT);
            MemorySegment value = arena.allocate(counters.valueBytes(), Long.BYTES);
            for (DecapOutcome outcome : DecapOutcome.values()) {
                key.set(ValueLayout.JAVA_INT, 0, outcome.ordinal());
                counters.get(key, value);
                long sum = 0;
                for (int cpu = 0; cpu < CpuCount.possible(); cpu++) {
                    sum += counters.ofCpu(value, cpu).get(ValueLayout.JAVA_LONG, 0);
                }
                packets.put(outcome, sum);
            }
        }
        return packets;
    }
}
