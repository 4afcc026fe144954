package dev.ballast.perf.datapath;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** On which CPU a thread runs: sched_setaffinity(2). */
final class CpuAffinity {
    /** As many as a cpu_set_t of glibc has: 1024 CPUs. */
    private static final int MASK_WORDS = 16;

    private static final MethodHandle SCHED_SETAFFINITY = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("sched_setaffinity"),
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));

    private CpuAffinity() {}

    /**
     * Keeps the calling thread, and no other, on one CPU.
     *
     * @throws BenchException if there is no such CPU for this process
     */
    static void pin(int cpu) {
        if (cpu < 0 || cpu >= MASK_WORDS * Long.SIZE || !trySet(cpu)) {
            throw new BenchException(
                    "cannot pin the measuring thread to CPU %d: it is not online, or not among those of this process (taskset -p $$); give another one with --cpu"
                            .formatted(cpu));
        }
    }

    private static boolean trySet(int cpu) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mask = arena.allocate(JAVA_LONG, MASK_WORDS);
            mask.setAtIndex(JAVA_LONG, cpu / Long.SIZE, 1L << cpu % Long.SIZE);
            return (int) SCHED_SETAFFINITY.invokeExact(0, mask.byteSize(), mask) == 0;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a downcall throws nothing else", e);
        }
    }
}
