package dev.ballast.bpf;

/**
 * What the kernel means by an error of a call on one map, and what to do then.
 *
 * @param map its name, as messages have it
 * @param maxEntries as unsigned
 * @see <a href="https://man7.org/linux/man-pages/man2/bpf.2.html">bpf(2)</a>
 */
record MapErrors(String map, BpfMapType type, int maxEntries) {
    private static final String ELSE = "see bpf(2)";

    static BpfException create(String what, int errno) {
        String cure = switch (errno) {
            case Errno.EPERM ->
                Capabilities.cureOr("raise the limit of locked memory (ulimit -l) on kernels before 5.11");
            case Errno.EINVAL ->
                "the kernel has no such map: check sizes, flags, and that the name has no odd character";
            case Errno.E2BIG, Errno.ENOMEM -> "the kernel has not that much memory; ask for fewer entries";
            default -> ELSE;
        };
        return new BpfException("create", what, errno, cure);
    }

    static BpfException mmap(String what, int errno) {
        String cure = switch (errno) {
            case Errno.EPERM, Errno.EACCES -> "the map is frozen or read-only to user space: map it read-only";
            case Errno.ENOMEM -> "the address space or memory limit is used up; see ulimit -v, vm.max_map_count";
            default -> "the kernel does not map this kind of map";
        };
        return new BpfException("mmap", what, errno, cure);
    }

    /** Of a call for one key. */
    BpfException element(String operation, int errno) {
        return new BpfException(operation, map, errno, elementCure(errno));
    }

    /** Of a call for many, {@code done} of which were done before the one that failed. */
    BpfException batch(String operation, int errno, int done) {
        String cure = switch (errno) {
            case Errno.ENOTSUPP, Errno.EOPNOTSUPP -> "a " + type + " map has no batches; use single calls";
            case Errno.ENOSPC -> "a hash bucket holds more entries than the segments; give more room";
            default -> elementCure(errno);
        };
        // After a fault the kernel leaves the count as it was.
        String progress = errno == Errno.EFAULT ? "" : done + " done; ";
        return new BpfException(operation, map, errno, progress + cure);
    }

    private String elementCure(int errno) {
        String entries = Integer.toUnsignedString(maxEntries);
        return switch (errno) {
            case Errno.E2BIG ->
                switch (type) {
                    case HASH, PERCPU_HASH, LPM_TRIE, HASH_OF_MAPS, DEVMAP_HASH, SOCKHASH ->
                        "the map is full with " + entries + " entries; delete some or load it bigger";
                    default -> "the index is not below " + entries;
                };
            case Errno.ENOSPC -> "the map is full with " + entries + " entries; load it bigger";
            case Errno.EEXIST -> "the key is there already; put it with mode ANY or REPLACE";
            case Errno.ENOENT -> "the key is not there, or beyond the map's " + entries + " entries";
            case Errno.EPERM -> Capabilities.cureOr("the map is frozen or read-only to user space");
            case Errno.EINVAL -> "a " + type + " map does not do that, or not with this key, value or template";
            case Errno.ENOMEM -> "the kernel is out of memory for it";
            case Errno.EBUSY -> "the bucket is locked by this CPU at the moment; try again";
            case Errno.ENOTSUPP, Errno.EOPNOTSUPP -> "a " + type + " map does not do that";
            default -> ELSE;
        };
    }
}
