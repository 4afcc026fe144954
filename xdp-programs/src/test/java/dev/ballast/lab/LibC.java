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
import java.nio.file.Path;

/** What Java has no word for: entering a namespace, signalling a process group, interface indices, the user's id. */
final class LibC {
    private static final int O_RDONLY = 0;
    private static final int O_CLOEXEC = 02000000;
    private static final int CLONE_NEWNET = 0x40000000;
    private static final int ESRCH = 3;

    private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final MethodHandle OPEN = call("open", ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
    private static final MethodHandle SETNS = call("setns", ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
    private static final MethodHandle CLOSE = call("close", ValueLayout.JAVA_INT);
    private static final MethodHandle KILL = call("kill", ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
    private static final MethodHandle IF_NAMETOINDEX = call("if_nametoindex", ValueLayout.ADDRESS);
    private static final MethodHandle GETEUID = call("geteuid");

    private LibC() {}

    /** Moves the calling thread, for good, into a network namespace: setns(2). Only for a platform thread of one's own. */
    static void enterNetworkNamespace(Path path) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            int descriptor = (int) OPEN.invokeExact(state, arena.allocateFrom(path.toString()), O_RDONLY | O_CLOEXEC);
            if (descriptor < 0) {
                throw new LabException(
                        "open %s: errno %d; its lab is closed, start another".formatted(path, errno(state)));
            }
            try {
                if ((int) SETNS.invokeExact(state, descriptor, CLONE_NEWNET) != 0) {
                    throw new LabException(
                            "setns %s: errno %d; run as root with CAP_SYS_ADMIN".formatted(path, errno(state)));
                }
            } finally {
                int ignored = (int) CLOSE.invokeExact(state, descriptor);
            }
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    /** Signals every process of a group; a group that has ended is no error: kill(2). */
    static void signalGroup(long leader, Signal signal) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(CALL_STATE);
            int result = (int) KILL.invokeExact(state, Math.negateExact(Math.toIntExact(leader)), signal.number);
            if (result != 0 && errno(state) != ESRCH) {
                throw new LabException("kill -%s -%d: errno %d; run as root".formatted(signal, leader, errno(state)));
            }
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
