package dev.ballast.datapath;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The one system call of this package that is not BPF. Any thread. */
final class KernelCalls {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle CLOCK_GETRES = LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("clock_getres"), FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));

    private static final int CLOCK_MONOTONIC_COARSE = 6;

    private KernelCalls() {}

    /**
     * Nanoseconds of one jiffy.
     *
     * @see <a href="https://man7.org/linux/man-pages/man2/clock_getres.2.html">clock_getres(2)</a>
     */
    static long jiffyNs() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment timespec = arena.allocate(2 * JAVA_LONG.byteSize(), JAVA_LONG.byteAlignment());
            int result = (int) CLOCK_GETRES.invokeExact(CLOCK_MONOTONIC_COARSE, timespec);
            if (result != 0) {
                throw new IllegalStateException(
                        "clock_getres(CLOCK_MONOTONIC_COARSE) failed; it is in Linux since 2.6.32");
            }
            return timespec.getAtIndex(JAVA_LONG, 0) * 1_000_000_000L + timespec.getAtIndex(JAVA_LONG, 1);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable t) {
            throw new AssertionError("clock_getres could not be called", t);
        }
    }
}
