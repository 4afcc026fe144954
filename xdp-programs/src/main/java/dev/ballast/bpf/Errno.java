package dev.ballast.bpf;

import java.util.Map;

/**
 * The errno values that bpf(2) and its neighbours return, by number: Linux's generic numbering, which x86 and arm64 share.
 *
 * @see <a href="https://man7.org/linux/man-pages/man3/errno.3.html">errno(3)</a>
 */
final class Errno {
    static final int EPERM = 1;
    static final int ENOENT = 2;
    static final int ESRCH = 3;
    static final int EINTR = 4;
    static final int E2BIG = 7;
    static final int EBADF = 9;
    static final int EAGAIN = 11;
    static final int ENOMEM = 12;
    static final int EACCES = 13;
    static final int EFAULT = 14;
    static final int EBUSY = 16;
    static final int EEXIST = 17;
    static final int EXDEV = 18;
    static final int ENODEV = 19;
    static final int ENOTDIR = 20;
    static final int EINVAL = 22;
    static final int ENOSPC = 28;
    static final int EROFS = 30;
    static final int ERANGE = 34;
    static final int ENOSYS = 38;
    static final int ENOLINK = 67;
    static final int EOPNOTSUPP = 95;

    /** The kernel's internal "not supported", which batch calls let out to user space. */
    static final int ENOTSUPP = 524;

    /** libbpf's own errors start here. */
    static final int LIBBPF_FIRST = 4000;

    private record Entry(String name, String text) {}

    private static final Map<Integer, Entry> KNOWN = Map.ofEntries(
            entry(EPERM, "EPERM", "operation not permitted"),
            entry(ENOENT, "ENOENT", "no such file, key or object"),
            entry(ESRCH, "ESRCH", "nothing of that name"),
            entry(EINTR, "EINTR", "interrupted"),
            entry(E2BIG, "E2BIG", "too big"),
            entry(EBADF, "EBADF", "bad file descriptor"),
            entry(EAGAIN, "EAGAIN", "try again"),
            entry(ENOMEM, "ENOMEM", "out of memory"),
            entry(EACCES, "EACCES", "permission denied"),
            entry(EFAULT, "EFAULT", "bad address"),
            entry(EBUSY, "EBUSY", "busy"),
            entry(EEXIST, "EEXIST", "exists already"),
            entry(EXDEV, "EXDEV", "another file system"),
            entry(ENODEV, "ENODEV", "no such device"),
            entry(ENOTDIR, "ENOTDIR", "not a directory"),
            entry(EINVAL, "EINVAL", "invalid argument"),
            entry(ENOSPC, "ENOSPC", "no space left"),
            entry(EROFS, "EROFS", "read-only file system"),
            entry(ERANGE, "ERANGE", "out of range"),
            entry(ENOSYS, "ENOSYS", "not implemented by this kernel"),
            entry(ENOLINK, "ENOLINK", "the link's device is gone"),
            entry(EOPNOTSUPP, "EOPNOTSUPP", "not supported"),
            entry(ENOTSUPP, "ENOTSUPP", "not supported"),
            entry(4000, "LIBBPF_ERRNO__LIBELF", "libelf failed"),
            entry(4001, "LIBBPF_ERRNO__FORMAT", "not a BPF object"),
            entry(4002, "LIBBPF_ERRNO__KVERSION", "kernel version section missing or wrong"),
            entry(4003, "LIBBPF_ERRNO__ENDIAN", "object of the other byte order"),
            entry(4004, "LIBBPF_ERRNO__INTERNAL", "internal error of libbpf"),
            entry(4005, "LIBBPF_ERRNO__RELOC", "relocation failed"),
            entry(4006, "LIBBPF_ERRNO__LOAD", "program load failed"),
            entry(4007, "LIBBPF_ERRNO__VERIFY", "rejected by the verifier"),
            entry(4008, "LIBBPF_ERRNO__PROG2BIG", "program too big"),
            entry(4009, "LIBBPF_ERRNO__KVER", "wrong kernel version"),
            entry(4010, "LIBBPF_ERRNO__PROGTYPE", "kernel lacks the program type"));

    private Errno() {}

    /** {@code EBUSY (16, busy)}; a number that is not listed prints alone. */
    static String describe(int errno) {
        Entry entry = KNOWN.get(errno);
        return entry == null ? "errno " + errno : entry.name + " (" + errno + ", " + entry.text + ")";
    }

    /** {@code EBUSY}; a number that is not listed prints as {@code errno 77}. */
    static String name(int errno) {
        Entry entry = KNOWN.get(errno);
        return entry == null ? "errno " + errno : entry.name;
    }

    private static Map.Entry<Integer, Entry> entry(int errno, String name, String text) {
        return Map.entry(errno, new Entry(name, text));
    }
}
