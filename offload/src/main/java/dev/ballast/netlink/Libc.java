package dev.ballast.netlink;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/** The C library's functions by their C names; each leaves errno in its first argument. Man pages: section 2. */
final class Libc {
    static final StructLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();

    private static final VarHandle ERRNO = ERRNO_LAYOUT.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final MemoryLayout POINTER = ValueLayout.ADDRESS;

    private static final MethodHandle SOCKET = downcall("socket", INT, INT, INT, INT);
    private static final MethodHandle BIND = downcall("bind", INT, INT, POINTER, INT);
    private static final MethodHandle SETSOCKOPT = downcall("setsockopt", INT, INT, INT, INT, POINTER, INT);
    private static final MethodHandle SEND = downcall("send", LONG, INT, POINTER, LONG, INT);
    private static final MethodHandle RECVFROM = downcall("recvfrom", LONG, INT, POINTER, LONG, INT, POINTER, POINTER);
    private static final MethodHandle POLL = downcall("poll", INT, POINTER, LONG, INT);
    private static final MethodHandle EVENTFD = downcall("eventfd", INT, INT, INT);
    private static final MethodHandle WRITE = downcall("write", LONG, INT, POINTER, LONG);
    private static final MethodHandle CLOSE = downcall("close", INT, INT);

    private static final MethodHandle IOCTL = Linker.nativeLinker()
            .downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("ioctl"),
                    FunctionDescriptor.of(INT, INT, LONG, POINTER),
                    Linker.Option.captureCallState("errno"),
                    Linker.Option.firstVariadicArg(2));

    private Libc() {}

    private static MethodHandle downcall(String name, MemoryLayout result, MemoryLayout... arguments) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(result, arguments),
                Linker.Option.captureCallState("errno"));
    }

    static int errno(MemorySegment state) {
        return (int) ERRNO.get(state, 0L);
    }

    static int socket(MemorySegment state, int domain, int type, int protocol) {
        try {
            return (int) SOCKET.invokeExact(state, domain, type, protocol);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int bind(MemorySegment state, int socket, MemorySegment address, int addressBytes) {
        try {
            return (int) BIND.invokeExact(state, socket, address, addressBytes);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int setsockopt(MemorySegment state, int socket, int level, int name, MemorySegment value, int bytes) {
        try {
            return (int) SETSOCKOPT.invokeExact(state, socket, level, name, value, bytes);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long send(MemorySegment state, int socket, MemorySegment data, long bytes, int flags) {
        try {
            return (long) SEND.invokeExact(state, socket, data, bytes, flags);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long recvfrom(
            MemorySegment state,
            int socket,
            MemorySegment data,
            long bytes,
            int flags,
            MemorySegment sender,
            MemorySegment senderBytes) {
        try {
            return (long) RECVFROM.invokeExact(state, socket, data, bytes, flags, sender, senderBytes);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int poll(MemorySegment state, MemorySegment descriptors, long count, int timeoutMs) {
        try {
            return (int) POLL.invokeExact(state, descriptors, count, timeoutMs);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int eventfd(MemorySegment state, int initial, int flags) {
        try {
            return (int) EVENTFD.invokeExact(state, initial, flags);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static long write(MemorySegment state, int descriptor, MemorySegment data, long bytes) {
        try {
            return (long) WRITE.invokeExact(state, descriptor, data, bytes);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    static int ioctl(MemorySegment state, int descriptor, long request, MemorySegment argument) {
        try {
            return (int) IOCTL.invokeExact(state, descriptor, request, argument);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @SuppressWarnings("UnusedReturnValue")
    static int close(MemorySegment state, int descriptor) {
        try {
            return (int) CLOSE.invokeExact(state, descriptor);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    /** A downcall throws only where its signature and its use differ. */
    private static AssertionError impossible(Throwable e) {
        return new AssertionError("a call into the C library threw", e);
    }
}
