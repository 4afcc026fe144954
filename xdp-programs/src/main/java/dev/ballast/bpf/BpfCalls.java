package dev.ballast.bpf;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The commands of bpf(2), by libbpf's functions for them (its {@code bpf.h}), under their C names: what C returns, unchecked.
 * An int is a descriptor or 0, or the negative errno. {@link LibBpf} has the rest of libbpf.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/bpf.2.html">bpf(2)</a>
 */
@SuppressWarnings("MethodName") // the C names are the point of this layer
final class BpfCalls {
    private static final NativeLinker LIBBPF = LibBpf.linker();

    private static final MethodHandle BPF_MAP_CREATE = LIBBPF.downcall(
            "bpf_map_create",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle BPF_MAP_LOOKUP_ELEM =
            LIBBPF.downcall("bpf_map_lookup_elem", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle BPF_MAP_UPDATE_ELEM = LIBBPF.downcall(
            "bpf_map_update_elem", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG));
    private static final MethodHandle BPF_MAP_DELETE_ELEM =
            LIBBPF.downcall("bpf_map_delete_elem", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle BPF_MAP_GET_NEXT_KEY =
            LIBBPF.downcall("bpf_map_get_next_key", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle BPF_MAP_LOOKUP_BATCH = LIBBPF.downcall(
            "bpf_map_lookup_batch",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS));
    private static final MethodHandle BPF_MAP_UPDATE_BATCH = LIBBPF.downcall(
            "bpf_map_update_batch", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS));
    private static final MethodHandle BPF_MAP_DELETE_BATCH = LIBBPF.downcall(
            "bpf_map_delete_batch", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, ADDRESS));
    private static final MethodHandle BPF_OBJ_PIN =
            LIBBPF.downcall("bpf_obj_pin", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle BPF_OBJ_GET =
            LIBBPF.downcall("bpf_obj_get", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle BPF_OBJ_GET_INFO_BY_FD =
            LIBBPF.downcall("bpf_obj_get_info_by_fd", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle BPF_BTF_GET_FD_BY_ID =
            LIBBPF.downcall("bpf_btf_get_fd_by_id", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle BPF_LINK_CREATE =
            LIBBPF.downcall("bpf_link_create", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle BPF_LINK_UPDATE =
            LIBBPF.downcall("bpf_link_update", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle BPF_LINK_DETACH =
            LIBBPF.downcall("bpf_link_detach", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle BPF_RAW_TRACEPOINT_OPEN =
            LIBBPF.downcall("bpf_raw_tracepoint_open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle BPF_PROG_TEST_RUN_OPTS =
            LIBBPF.downcall("bpf_prog_test_run_opts", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));

    private BpfCalls() {}

    /**
     * BPF_MAP_CREATE.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_map_create/">bpf_map_create</a>
     */
    static int bpf_map_create(
            int type, MemorySegment name, int keySize, int valueSize, int maxEntries, MemorySegment options) {
        try {
            return (int) BPF_MAP_CREATE.invokeExact(type, name, keySize, valueSize, maxEntries, options);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * BPF_MAP_LOOKUP_ELEM.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_map_lookup_elem/">bpf_map_lookup_elem</a>
     */
    static int bpf_map_lookup_elem(int fd, MemorySegment key, MemorySegment value) {
        try {
            return (int) BPF_MAP_LOOKUP_ELEM.invokeExact(fd, key, value);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * BPF_MAP_UPDATE_ELEM.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_map_update_elem/">bpf_map_update_elem</a>
     */
    static int bpf_map_update_elem(int fd, MemorySegment key, MemorySegment value, long flags) {
        try {
            return (int) BPF_MAP_UPDATE_ELEM.invokeExact(fd, key, value, flags);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * BPF_MAP_DELETE_ELEM.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_map_delete_elem/">bpf_map_delete_elem</a>
     */
    static int bpf_map_delete_elem(int fd, MemorySegment key) {
        try {
            return (int) BPF_MAP_DELETE_ELEM.invokeExact(fd, key);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * BPF_MAP_GET_NEXT_KEY; the first key for a NULL {@code key}.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_map_get_next_key/">bpf_map_get_next_key</a>
     */
    static int bpf_map_get_next_key(int fd, MemorySegment key, MemorySegment nextKey) {
        try {
            return (int) BPF_MAP_GET_NEXT_KEY.invokeExact(fd, key, nextKey);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * BPF_MAP_LOOKUP_BATCH.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_map_lookup_batch/">bpf_map_lookup_batch</a>
     */
    static int bpf_map_lookup_batch(
            int fd,
            MemorySegment inBatch,
            MemorySegment outBatch,
            MemorySegment keys,
            MemorySegment values,
            MemorySegment count,
            MemorySegment options) {
        try {
            return (int) BPF_MAP_LOOKUP_BATCH.invokeExact(fd, inBatch, outBatch, keys, values, count, options);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * BPF_MAP_UPDATE_BATCH.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_map_update_batch/">bpf_map_update_batch</a>
     */
    static int bpf_map_update_batch(
            int fd, MemorySegment keys, MemorySegment values, MemorySegment count, MemorySegment options) {
        try {
            return (int) BPF_MAP_UPDATE_BATCH.invokeExact(fd, keys, values, count, options);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * BPF_MAP_DELETE_BATCH.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_map_delete_batch/">bpf_map_delete_batch</a>
     */
    static int bpf_map_delete_batch(int fd, MemorySegment keys, MemorySegment count, MemorySegment options) {
        try {
            return (int) BPF_MAP_DELETE_BATCH.invokeExact(fd, keys, count, options);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * BPF_OBJ_PIN.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_obj_pin/">bpf_obj_pin</a>
     */
    static int bpf_obj_pin(int fd, MemorySegment path) {
        try {
            return (int) BPF_OBJ_PIN.invokeExact(fd, path);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * BPF_OBJ_GET: a new descriptor, or the negative errno.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_obj_get/">bpf_obj_get</a>
     */
    static int bpf_obj_get(MemorySegment path) {
        try {
            return (int) BPF_OBJ_GET.invokeExact(path);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * BPF_OBJ_GET_INFO_BY_FD; needs no capability.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_obj_get_info_by_fd/">bpf_obj_get_info_by_fd</a>
     */
    static int bpf_obj_get_info_by_fd(int fd, MemorySegment info, MemorySegment infoLength) {
        try {
            return (int) BPF_OBJ_GET_INFO_BY_FD.invokeExact(fd, info, infoLength);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * BPF_BTF_GET_FD_BY_ID; needs CAP_SYS_ADMIN.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_btf_get_fd_by_id/">bpf_btf_get_fd_by_id</a>
     */
    static int bpf_btf_get_fd_by_id(int id) {
        try {
            return (int) BPF_BTF_GET_FD_BY_ID.invokeExact(id);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * BPF_LINK_CREATE: a new descriptor, or the negative errno.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_link_create/">bpf_link_create</a>
     */
    static int bpf_link_create(int programFd, int target, int attachType, MemorySegment options) {
        try {
            return (int) BPF_LINK_CREATE.invokeExact(programFd, target, attachType, options);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * BPF_LINK_UPDATE.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_link_update/">bpf_link_update</a>
     */
    static int bpf_link_update(int linkFd, int programFd, MemorySegment options) {
        try {
            return (int) BPF_LINK_UPDATE.invokeExact(linkFd, programFd, options);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * BPF_LINK_DETACH.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_link_detach/">bpf_link_detach</a>
     */
    static int bpf_link_detach(int linkFd) {
        try {
            return (int) BPF_LINK_DETACH.invokeExact(linkFd);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * BPF_RAW_TRACEPOINT_OPEN: the descriptor of a link.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_raw_tracepoint_open/">bpf_raw_tracepoint_open</a>
     */
    static int bpf_raw_tracepoint_open(MemorySegment name, int programFd) {
        try {
            return (int) BPF_RAW_TRACEPOINT_OPEN.invokeExact(name, programFd);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * BPF_PROG_TEST_RUN.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_prog_test_run_opts/">bpf_prog_test_run_opts</a>
     */
    static int bpf_prog_test_run_opts(int programFd, MemorySegment options) {
        try {
            return (int) BPF_PROG_TEST_RUN_OPTS.invokeExact(programFd, options);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }
}
