package dev.ballast.bpf;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The BPF file system: a pin in it keeps a map, program or link alive without a process, and is how the next process finds it.
 *
 * <p>A directory of it takes directories and pins only. A pin's name cannot hold a dot (the kernel reserves it), so an
 * interface name such as {@code eth0.100} has to be written otherwise.
 *
 * @see <a href="https://docs.ebpf.io/linux/concepts/pinning/">pinning</a>
 */
public final class BpfFs {
    private static final long BPF_FS_MAGIC = 0xcafe4a11L;
    private static final long STATFS_SIZE = 256; // struct statfs is 120 bytes on 64-bit machines; f_type comes first
    private static final String TEMPORARY_SUFFIX = "-next";

    /**
     * What a pinned descriptor turns out to be; the kernel names the anonymous inode after it. A link that was opened is
     * {@code bpf-link}, one that was created {@code bpf_link}.
     */
    enum Kind {
        MAP("map", "bpf-map"),
        PROGRAM("program", "bpf-prog"),
        LINK("link", "bpf-link");

        private final String word;
        private final String inode;

        Kind(String word, String inode) {
            this.word = word;
            this.inode = inode;
        }
    }

    private BpfFs() {}

    /** Whether {@code path} exists and lies on a BPF file system. */
    public static boolean isBpfFs(Path path) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment statfs = arena.allocate(STATFS_SIZE, Long.BYTES);
            return LibC.statfs(path.toString(), statfs) == 0
                    && (statfs.get(JAVA_LONG, 0) & 0xffff_ffffL) == BPF_FS_MAGIC;
        }
    }

    /**
     * Mounts a BPF file system on {@code directory}, which is created if it is absent, readable by its owner only. Already one:
     * nothing happens. Needs CAP_SYS_ADMIN.
     */
    public static void mount(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new BpfException(
                    "mount bpf file system on", directory.toString(), 0, "cannot create the directory: " + e, e);
        }
        if (isBpfFs(directory)) {
            return;
        }
        int result = LibC.mount("bpf", directory.toString(), "bpf", 0, "mode=0700");
        if (result < 0) {
            throw new BpfException(
                    "mount bpf file system on",
                    directory.toString(),
                    -result,
                    "mounting needs CAP_SYS_ADMIN; do it once as root: mount -t bpf bpf " + directory);
        }
    }

    /** Unmounts what {@link #mount} mounted; pins in it that nothing else holds are gone. */
    public static void unmount(Path directory) {
        int result = LibC.umount2(directory.toString(), 0);
        if (result < 0) {
            throw new BpfException(
                    "unmount bpf file system of",
                    directory.toString(),
                    -result,
                    result == -Errno.EBUSY
                            ? "a process works in it; see fuser -m " + directory
                            : "unmounting needs root");
        }
    }

    /** Throws unless {@code directory} lies on a BPF file system. */
    public static void require(Path directory) {
        if (!isBpfFs(directory)) {
            throw new BpfException("pin in", directory.toString(), 0, notBpfFs(directory));
        }
    }

    /**
     * Removes a pin. What it held lives on while a process, an attachment or another pin holds it. An absent one is an error;
     * a file that is not on a BPF file system is refused, never deleted.
     */
    public static void unpin(Path pin) {
        if (!isBpfFs(parent(pin))) {
            throw new BpfException("unpin", pin.toString(), 0, notBpfFs(parent(pin)));
        }
        int result = LibC.unlink(pin.toString());
        if (result < 0) {
            throw new BpfException(
                    "unpin",
                    pin.toString(),
                    -result,
                    result == -Errno.ENOENT ? "nothing is pinned there" : ownerCure(pin));
        }
    }

    static void pin(KernelHandle handle, String what, Path pin) {
        checkName(what, pin);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment path = arena.allocateFrom(pin.toString());
            int result = handle.use(fd -> BpfCalls.bpf_obj_pin(fd, path));
            if (result < 0) {
                throw new BpfException("pin", what + " at " + pin, -result, pinCure(-result, pin));
            }
        }
    }

    /**
     * Pins over whatever is pinned at {@code pin}: under a temporary name first, then by rename(2), so that at every moment
     * the name leads to the old one or to the new one.
     */
    static void repin(KernelHandle handle, String what, Path pin) {
        checkName(what, pin);
        Path temporary = pin.resolveSibling(pin.getFileName() + TEMPORARY_SUFFIX);
        LibC.unlink(temporary.toString()); // left by a process that died between the two steps
        pin(handle, what, temporary);
        int result = LibC.rename(temporary.toString(), pin.toString());
        if (result < 0) {
            LibC.unlink(temporary.toString());
            throw new BpfException("replace pin of", what + " at " + pin, -result, pinCure(-result, pin));
        }
    }

    /** A handle on what is pinned there, which must be a {@code kind}. */
    static KernelHandle open(Path pin, Kind kind) {
        String operation = "open pinned " + kind.word;
        int fd;
        try (Arena arena = Arena.ofConfined()) {
            fd = BpfCalls.bpf_obj_get(arena.allocateFrom(pin.toString()));
        }
        if (fd < 0) {
            throw new BpfException(operation, pin.toString(), -fd, openCure(-fd, pin));
        }
        KernelHandle handle = new KernelHandle(fd, kind.word + " " + pin);
        String inode = inodeName(fd);
        if (!inode.contains(kind.inode)) {
            handle.close();
            throw new BpfException(
                    operation, pin.toString(), 0, "what is pinned there is a " + inode + ", not a " + kind.inode);
        }
        return handle;
    }

    /** Such as {@code anon_inode:bpf-map}. OBJ_GET_INFO would answer any kind without saying which. */
    private static String inodeName(int fd) {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
        } catch (IOException e) {
            throw new BpfException("read", "/proc/self/fd/" + fd, 0, "mount proc: mount -t proc proc /proc", e);
        }
    }

    private static void checkName(String what, Path pin) {
        if (pin.getFileName().toString().contains(".")) {
            throw new BpfException(
                    "pin",
                    what + " at " + pin,
                    Errno.EPERM,
                    "a bpf file system allows no dot in a name; take another one");
        }
    }

    private static String pinCure(int errno, Path pin) {
        if (errno == Errno.EEXIST) {
            return "something is pinned there already; unpin it first or choose another name";
        }
        Path directory = parent(pin);
        if (Files.isDirectory(directory) && !isBpfFs(directory)) {
            return notBpfFs(directory);
        }
        return switch (errno) {
            case Errno.ENOENT -> "the directory " + directory + " does not exist; create it";
            case Errno.EACCES -> ownerCure(pin);
            default -> Capabilities.cureOr("see the owner and mode of " + directory);
        };
    }

    private static String openCure(int errno, Path pin) {
        return switch (errno) {
            case Errno.ENOENT -> "nothing is pinned there; look with ls " + parent(pin);
            case Errno.EACCES -> isBpfFs(pin) ? ownerCure(pin) : "it is a plain file; " + notBpfFs(parent(pin));
            case Errno.EPERM -> Capabilities.cureOr(ownerCure(pin));
            default -> "it is not a pin; look with ls -l " + parent(pin);
        };
    }

    private static String ownerCure(Path pin) {
        return "see the owner and mode of " + parent(pin) + ", or run as root";
    }

    private static String notBpfFs(Path directory) {
        return directory + " is not a bpf file system; mount it: mount -t bpf bpf /sys/fs/bpf";
    }

    private static Path parent(Path pin) {
        Path parent = pin.toAbsolutePath().getParent();
        return parent == null ? pin : parent;
    }
}
