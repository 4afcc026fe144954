package dev.ballast.lab;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/** What Java has no word for: signals to a process group, interface indices, the user's id. */
final class LibC {
    private static final int ESRCH = 3;

    private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle KILL = call("kill", ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
    private static final MethodHandle IF_NAMETOINDEX = call("if_nametoindex", ValueLayout.ADDRESS);
    private static final MethodHandle GETEUID = call("geteuid");

    private LibC() {}

    /**
     * Signals a process, or, by its leader's negated id, every process of a group: kill(2).
     *
     * @return false if there is none
     */
    static boolean kill(long target, Signal signal) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            int result = (int) KILL.invokeExact(state, Math.toIntExact(target), signal.number);
            if (result != 0 && errno(state) != ESRCH) {
                throw new LabException("kill -%s %d: errno %d; run as root".formatted(signal, target, errno(state)));
            }
            return result == 0;
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    /** The index of an interface in the calling thread's namespace: if_nametoindex(3). */
    static int interfaceIndex(String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            int index = (int) IF_NAMETOINDEX.invokeExact(state, arena.allocateFrom(name));
            if (index == 0) {
                throw new LabException("no interface %s here: errno %d; see ip link".formatted(name, errno(state)));
            }
            return index;
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    static int effectiveUserId() {
        try (Arena arena = Arena.ofConfined()) {
            return (int) GETEUID.invokeExact(arena.allocate(CALL_STATE));
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    private static int errno(MemorySegment state) {
        return (int) ERRNO.get(state, 0L);
    }

    private static MethodHandle call(String name, MemoryLayout... arguments) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments),
                Linker.Option.captureCallState("errno"));
    }

    private static RuntimeException unchecked(Throwable e) {
        return switch (e) {
            case RuntimeException runtime -> runtime;
            case Error error -> throw error;
            default -> throw new AssertionError("a downcall throws nothing checked", e);
        };
    }
}
