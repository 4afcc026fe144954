package dev.ballast.bpf;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * The few functions of the C library that BPF needs and the JDK does not offer, under their C names. All return what C
 * returns, except that a failure is the negative errno, as libbpf has it: one convention above this layer.
 */
final class LibC {
    static final int PROT_READ = 1;
    static final int PROT_WRITE = 2;
    static final int MAP_SHARED = 1;
    static final int MAP_PRIVATE = 2;
    static final int MAP_ANONYMOUS = 0x20;
    static final int MAP_NORESERVE = 0x4000;

    static final int O_RDONLY = 0;
    static final int O_CLOEXEC = 0x80000;
    static final int F_DUPFD_CLOEXEC = 1030;
    static final int CLONE_NEWNET = 0x40000000;
    static final int IF_NAMESIZE = 16;
    static final short POLLIN = 1;
    static final int EFD_CLOEXEC = O_CLOEXEC;
    static final int EFD_NONBLOCK = 0x800;

    private static final NativeLinker LIBC = NativeLinker.libc();

    private static final MethodHandle CLOSE =
            LIBC.downcallWithErrno("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle FCNTL =
            LIBC.downcallVariadicWithErrno("fcntl", 2, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle OPEN =
            LIBC.downcallVariadicWithErrno("open", 2, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle MMAP = LIBC.downcallWithErrno(
            "mmap", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    private static final MethodHandle MUNMAP =
            LIBC.downcallWithErrno("munmap", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle POLL =
            LIBC.downcallWithErrno("poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle RENAME =
            LIBC.downcallWithErrno("rename", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle UNLINK =
            LIBC.downcallWithErrno("unlink", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle STATFS =
            LIBC.downcallWithErrno("statfs", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle MOUNT = LIBC.downcallWithErrno(
            "mount", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS));
    private static final MethodHandle UMOUNT2 =
            LIBC.downcallWithErrno("umount2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle SETNS =
            LIBC.downcallWithErrno("setns", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle EVENTFD =
            LIBC.downcallWithErrno("eventfd", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle WRITE =
            LIBC.downcallWithErrno("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle READ =
            LIBC.downcallWithErrno("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
    private static final MethodHandle SYSCALL = LIBC.downcallVariadicWithErrno(
            "syscall", 1, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    private static final MethodHandle GETPAGESIZE = LIBC.downcall("getpagesize", FunctionDescriptor.of(JAVA_INT));
    private static final MethodHandle IF_INDEXTONAME =
            LIBC.downcall("if_indextoname", FunctionDescriptor.of(ADDRESS, JAVA_INT, ADDRESS));
    private static final MethodHandle VSNPRINTF =
            LIBC.downcall("vsnprintf", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS));

    private LibC() {}

    /** <a href="https://man7.org/linux/man-pages/man2/close.2.html">close(2)</a>. */
    static int close(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(NativeLinker.CALL_STATE);
            return result((int) CLOSE.invokeExact(state, fd), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** <a href="https://man7.org/linux/man-pages/man2/fcntl.2.html">fcntl(2)</a>. */
    static int fcntl(int fd, int command, int argument) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(NativeLinker.CALL_STATE);
            return result((int) FCNTL.invokeExact(state, fd, command, argument), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** <a href="https://man7.org/linux/man-pages/man2/open.2.html">open(2)</a>. */
    static int open(String path, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(NativeLinker.CALL_STATE);
            return result((int) OPEN.invokeExact(state, arena.allocateFrom(path), flags), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /**
     * The mapping's address, or the negative errno (addresses of user space are positive).
     *
     * @see <a href="https://man7.org/linux/man-pages/man2/mmap.2.html">mmap(2)</a>
     */
    static long mmap(long length, int protection, int flags, int fd, long offset) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(NativeLinker.CALL_STATE);
            MemorySegment mapped =
                    (MemorySegment) MMAP.invokeExact(state, MemorySegment.NULL, length, protection, flags, fd, offset);
            return mapped.address() == -1 ? -NativeLinker.errno(state) : mapped.address();
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** <a href="https://man7.org/linux/man-pages/man2/mmap.2.html">munmap(2)</a>. */
    static int munmap(MemorySegment mapping, long length) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(NativeLinker.CALL_STATE);
            return result((int) MUNMAP.invokeExact(state, mapping, length), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** <a href="https://man7.org/linux/man-pages/man2/poll.2.html">poll(2)</a>. */
    static int poll(MemorySegment pollFds, int count, int timeoutMs) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(NativeLinker.CALL_STATE);
            return result((int) POLL.invokeExact(state, pollFds, (long) count, timeoutMs), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** <a href="https://man7.org/linux/man-pages/man2/rename.2.html">rename(2)</a>. */
    static int rename(String from, String to) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(NativeLinker.CALL_STATE);
            return result((int) RENAME.invokeExact(state, arena.allocateFrom(from), arena.allocateFrom(to)), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** <a href="https://man7.org/linux/man-pages/man2/unlink.2.html">unlink(2)</a>. */
    static int unlink(String path) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(NativeLinker.CALL_STATE);
            return result((int) UNLINK.invokeExact(state, arena.allocateFrom(path)), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** <a href="https://man7.org/linux/man-pages/man2/statfs.2.html">statfs(2)</a>. */
    static int statfs(String path, MemorySegment statfs) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(NativeLinker.CALL_STATE);
            return result((int) STATFS.invokeExact(state, arena.allocateFrom(path), statfs), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** <a href="https://man7.org/linux/man-pages/man2/mount.2.html">mount(2)</a>. */
    static int mount(String source, String target, String type, long flags, String data) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(NativeLinker.CALL_STATE);
            return result(
                    (int) MOUNT.invokeExact(
                            state,
                            arena.allocateFrom(source),
                            arena.allocateFrom(target),
                            arena.allocateFrom(type),
                            flags,
                            arena.allocateFrom(data)),
                    state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** <a href="https://man7.org/linux/man-pages/man2/umount.2.html">umount2(2)</a>. */
    static int umount2(String target, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(NativeLinker.CALL_STATE);
            return result((int) UMOUNT2.invokeExact(state, arena.allocateFrom(target), flags), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** <a href="https://man7.org/linux/man-pages/man2/setns.2.html">setns(2)</a>. */
    static int setns(int fd, int type) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(NativeLinker.CALL_STATE);
            return result((int) SETNS.invokeExact(state, fd, type), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** <a href="https://man7.org/linux/man-pages/man2/eventfd.2.html">eventfd(2)</a>. */
    static int eventfd(int initial, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(NativeLinker.CALL_STATE);
            return result((int) EVENTFD.invokeExact(state, initial, flags), state);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** <a href="https://man7.org/linux/man-pages/man2/write.2.html">write(2)</a>. */
    static long write(int fd, MemorySegment bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(NativeLinker.CALL_STATE);
            long written = (long) WRITE.invokeExact(state, fd, bytes, bytes.byteSize());
            return written < 0 ? -NativeLinker.errno(state) : written;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** <a href="https://man7.org/linux/man-pages/man2/read.2.html">read(2)</a>. */
    static long read(int fd, MemorySegment bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(NativeLinker.CALL_STATE);
            long read = (long) READ.invokeExact(state, fd, bytes, bytes.byteSize());
            return read < 0 ? -NativeLinker.errno(state) : read;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /**
     * A system call that the C library has no function for.
     *
     * @see <a href="https://man7.org/linux/man-pages/man2/syscall.2.html">syscall(2)</a>
     */
    static long syscall(long number, long first, long second, long third) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(NativeLinker.CALL_STATE);
            long returned = (long) SYSCALL.invokeExact(state, number, first, second, third);
            return returned == -1 ? -NativeLinker.errno(state) : returned;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** <a href="https://man7.org/linux/man-pages/man2/getpagesize.2.html">getpagesize(2)</a>. */
    static int getpagesize() {
        try {
            return (int) GETPAGESIZE.invokeExact();
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /**
     * The interface's name in the thread's network namespace; empty where there is none.
     *
     * @see <a href="https://man7.org/linux/man-pages/man3/if_indextoname.3.html">if_indextoname(3)</a>
     */
    static Optional<String> if_indextoname(int ifindex) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocate(IF_NAMESIZE);
            MemorySegment found = (MemorySegment) IF_INDEXTONAME.invokeExact(ifindex, name);
            return found.address() == 0 ? Optional.empty() : Optional.of(name.getString(0));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** <a href="https://man7.org/linux/man-pages/man3/vprintf.3.html">vsnprintf(3)</a>. */
    static int vsnprintf(MemorySegment buffer, MemorySegment format, MemorySegment arguments) {
        try {
            return (int) VSNPRINTF.invokeExact(buffer, buffer.byteSize(), format, arguments);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** What a downcall may throw besides the unchecked: nothing. The compiler cannot know. */
    static RuntimeException unexpected(Throwable e) {
        return switch (e) {
            case RuntimeException unchecked -> unchecked;
            case Error error -> throw error;
            default -> throw new AssertionError(e);
        };
    }

    private static int result(int returned, MemorySegment state) {
        return returned < 0 ? -NativeLinker.errno(state) : returned;
    }
}
