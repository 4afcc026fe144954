package dev.ballast.netlink;

/** Names for the error numbers that rtnetlink answers with (asm-generic/errno.h; the same on x86-64 and arm64). */
final class Errno {
    static final int EPERM = 1;
    static final int ENOENT = 2;
    static final int EINTR = 4;
    static final int EAGAIN = 11;
    static final int EACCES = 13;
    static final int EBUSY = 16;
    static final int EEXIST = 17;
    static final int ENODEV = 19;
    static final int EINVAL = 22;
    static final int EMFILE = 24;
    static final int EBADMSG = 74;
    static final int EOPNOTSUPP = 95;
    static final int ENETUNREACH = 101;
    static final int ENOBUFS = 105;
    static final int ETIMEDOUT = 110;
    static final int EHOSTUNREACH = 113;

    private Errno() {}

    /** "ENODEV (no such device)"; a number without a name here stays a number. */
    static String describe(int errno) {
        return switch (errno) {
            case EPERM -> "EPERM (operation not permitted)";
            case ENOENT -> "ENOENT (no such entry)";
            case EINTR -> "EINTR (interrupted)";
            case EAGAIN -> "EAGAIN (try again)";
            case EACCES -> "EACCES (permission denied)";
            case EBUSY -> "EBUSY (busy)";
            case EEXIST -> "EEXIST (exists already)";
            case ENODEV -> "ENODEV (no such device)";
            case EINVAL -> "EINVAL (invalid argument)";
            case EMFILE -> "EMFILE (too many open files)";
            case EBADMSG -> "EBADMSG (malformed message)";
            case EOPNOTSUPP -> "EOPNOTSUPP (not supported)";
            case ENETUNREACH -> "ENETUNREACH (network is unreachable)";
            case ENOBUFS -> "ENOBUFS (no buffer space)";
            case ETIMEDOUT -> "ETIMEDOUT (no answer)";
            case EHOSTUNREACH -> "EHOSTUNREACH (no route to host)";
            default -> "errno " + errno;
        };
    }

    /** What to do about it, as an imperative. */
    static String cure(int errno) {
        return switch (errno) {
            case EPERM, EACCES -> "run as root or give the process CAP_NET_ADMIN";
            case ENODEV -> "`ip link` lists the interfaces of this network namespace";
            case ENOENT -> "read the table again: the entry has gone";
            case EMFILE -> "raise the limit of open files (LimitNOFILE= in the unit)";
            case EINVAL, EOPNOTSUPP -> "use kernel 6.1 or newer (`uname -r`)";
            case EBADMSG -> "report this with `uname -r`: the kernel speaks a form of rtnetlink that is not known here";
            case EBUSY, EAGAIN, EINTR, ENOBUFS, ETIMEDOUT -> "try again; if it lasts, look at `dmesg` and the load";
            default -> "look up the errno in errno(3), and at `dmesg`";
        };
    }
}
