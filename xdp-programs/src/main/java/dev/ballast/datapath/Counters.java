package dev.ballast.datapath;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.ballast.bpf.MapEntries;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * What was counted, summed over all CPUs. CPUs count on while they are read, one after the other, so that sums of one moment
 * agree only while no packet comes. They outlive programs and daemons; a row that gets a new owner is reset. Reading: any thread.
 */
public final class Counters {
    private final MapEntries verdicts;
    private final MapEntries services;
    private final MapEntries members;
    private final MapEntries cpuStates;

    Counters(MapEntries verdicts, MapEntries services, MapEntries members, MapEntries cpuStates) {
        this.verdicts = verdicts;
        this.services = services;
        this.members = members;
        this.cpuStates = cpuStates;
    }

    /** By reason. */
    public Verdicts verdicts() {
        Map<Integer, Traffic> byNumber = new HashMap<>();
        for (int number = 0; number < Abi.VERDICT_ROWS; number++) {
            byNumber.put(number, traffic(sum(verdicts, number), 0));
        }
        Map<VerdictReason, Traffic> byReason = new EnumMap<>(VerdictReason.class);
        for (VerdictReason reason : VerdictReason.values()) {
            byReason.put(reason, byNumber.getOrDefault(reason.number(), Traffic.NONE));
            byNumber.remove(reason.number());
        }
        return new Verdicts(byReason, byNumber.values().stream().reduce(Traffic.NONE, Traffic::plus));
    }

    /** Of one service, by its index. */
    public ServiceTraffic service(int index) {
        long[] sums = sum(services, index);
        return new ServiceTraffic(
                traffic(sums, VerdictClass.FORWARDED.number()),
                traffic(sums, VerdictClass.ANSWERED.number()),
                traffic(sums, VerdictClass.PASSED.number()),
                traffic(sums, VerdictClass.DROPPED.number()),
                sums[word("flows_created")],
                sums[word("flows_untracked")],
                sums[word("flows_repicked")],
                sums[word("flows_aliased")]);
    }

    /** What was forwarded to one member, by its id. */
    public Traffic member(int id) {
        return traffic(sum(members, id), 0);
    }

    /** SYNs for which the main table was not asked, because too many came in a window: the sign of a flood. */
    public long synsBlind() {
        return sum(cpuStates, 0)[stateWord("syns_blind")];
    }

    /** Samples that found the event buffer full, or came too many at once. */
    public long samplesLost() {
        return sum(cpuStates, 0)[stateWord("samples_lost")];
    }

    private static int stateWord(String field) {
        return Math.toIntExact(Abi.offset(Abi.CPU_STATE, field) / Long.BYTES);
    }

    /** Sets a service's row to zero, for its next owner. */
    public void resetService(int index) {
        reset(services, index);
    }

    /** Sets a member's row to zero, for its next owner. */
    public void resetMember(int id) {
        reset(members, id);
    }

    private static int word(String field) {
        return Math.toIntExact(Abi.offset(Abi.SERVICE_COUNTERS, field) / Long.BYTES);
    }

    private static Traffic traffic(long[] sums, int index) {
        return new Traffic(sums[2 * index], sums[2 * index + 1]);
    }

    private static long[] sum(MapEntries map, int index) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(map.valueBytes(), Long.BYTES);
            if (!map.get(arena.allocateFrom(JAVA_INT, index), value)) {
                throw new IndexOutOfBoundsException("counter " + index + " of " + map);
            }
            int words = map.valueSize() / Long.BYTES;
            long cpus = value.byteSize() / map.valueSize();
            long[] sums = new long[words];
            for (int word = 0; word < words; word++) {
                long first = word;
                sums[word] = LongStream.range(0, cpus)
                        .map(cpu -> value.getAtIndex(JAVA_LONG, cpu * words + first))
                        .sum();
            }
            return sums;
        }
    }

    private static void reset(MapEntries map, int index) {
        try (Arena arena = Arena.ofConfined()) {
            map.put(arena.allocateFrom(JAVA_INT, index), arena.allocate(map.valueBytes(), Long.BYTES));
        }
    }
}
