package dev.ballast.bpf;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * libbpf 1.1 or newer (its {@code libbpf.h} and {@code btf.h}), under its C names: what C returns, unchecked. Functions that return an int return the negative errno
 * (the convention of libbpf 1.0); the one that returns NULL with errno set has errno captured here. libbpf's messages go to
 * {@link LibBpfMessages} from the first use of this class on.
 *
 * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/">libbpf, user space</a>
 * @see <a href="https://man7.org/linux/man-pages/man2/bpf.2.html">bpf(2)</a>
 */
@SuppressWarnings("MethodName") // the C names are the point of this layer
final class LibBpf {
    static final String SONAME = "libbpf.so.1";

    private static final NativeLinker LIBBPF = NativeLinker.library(SONAME, () -> absent(SONAME));

    private static final MethodHandle LIBBPF_SET_PRINT =
            LIBBPF.downcall("libbpf_set_print", FunctionDescriptor.of(ADDRESS, ADDRESS));
    private static final MethodHandle LIBBPF_NUM_POSSIBLE_CPUS =
            LIBBPF.downcall("libbpf_num_possible_cpus", FunctionDescriptor.of(JAVA_INT));
    private static final MethodHandle BPF_OBJECT_LOAD =
            LIBBPF.downcall("bpf_object__load", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle BPF_OBJECT_CLOSE =
            LIBBPF.downcall("bpf_object__close", FunctionDescriptor.ofVoid(ADDRESS));
    private static final MethodHandle BPF_OBJECT_BTF =
            LIBBPF.downcall("bpf_object__btf", FunctionDescriptor.of(ADDRESS, ADDRESS));
    private static final MethodHandle BPF_OBJECT_NEXT_MAP =
            LIBBPF.downcall("bpf_object__next_map", FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS));
    private static final MethodHandle BPF_OBJECT_NEXT_PROGRAM =
            LIBBPF.downcall("bpf_object__next_program", FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS));
    private static final MethodHandle BTF_RAW_DATA =
            LIBBPF.downcall("btf__raw_data", FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS));
    private static final MethodHandle BPF_MAP_NAME =
            LIBBPF.downcall("bpf_map__name", FunctionDescriptor.of(ADDRESS, ADDRESS));
    private static final MethodHandle BPF_MAP_FD =
            LIBBPF.downcall("bpf_map__fd", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle BPF_MAP_IS_INTERNAL =
            LIBBPF.downcall("bpf_map__is_internal", FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS));
    private static final MethodHandle BPF_MAP_TYPE =
            LIBBPF.downcall("bpf_map__type", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle BPF_MAP_KEY_SIZE =
            LIBBPF.downcall("bpf_map__key_size", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle BPF_MAP_VALUE_SIZE =
            LIBBPF.downcall("bpf_map__value_size", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle BPF_MAP_MAP_FLAGS =
            LIBBPF.downcall("bpf_map__map_flags", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle BPF_MAP_BTF_KEY_TYPE_ID =
            LIBBPF.downcall("bpf_map__btf_key_type_id", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle BPF_MAP_BTF_VALUE_TYPE_ID =
            LIBBPF.downcall("bpf_map__btf_value_type_id", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle BPF_MAP_INITIAL_VALUE =
            LIBBPF.downcall("bpf_map__initial_value", FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS));
    private static final MethodHandle BPF_MAP_SET_MAX_ENTRIES =
            LIBBPF.downcall("bpf_map__set_max_entries", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle BPF_MAP_SET_IFINDEX =
            LIBBPF.downcall("bpf_map__set_ifindex", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle BPF_MAP_REUSE_FD =
            LIBBPF.downcall("bpf_map__reuse_fd", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle BPF_PROGRAM_NAME =
            LIBBPF.downcall("bpf_program__name", FunctionDescriptor.of(ADDRESS, ADDRESS));
    private static final MethodHandle BPF_PROGRAM_FD =
            LIBBPF.downcall("bpf_program__fd", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle BPF_PROGRAM_SET_AUTOLOAD =
            LIBBPF.downcall("bpf_program__set_autoload", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_BOOLEAN));
    private static final MethodHandle BPF_PROGRAM_SET_IFINDEX =
            LIBBPF.downcall("bpf_program__set_ifindex", FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT));
    private static final MethodHandle BPF_PROGRAM_FLAGS =
            LIBBPF.downcall("bpf_program__flags", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle BPF_PROGRAM_SET_FLAGS =
            LIBBPF.downcall("bpf_program__set_flags", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle BPF_PROGRAM_SET_LOG_BUF =
            LIBBPF.downcall("bpf_program__set_log_buf", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG));
    private static final MethodHandle BPF_TC_HOOK_CREATE =
            LIBBPF.downcall("bpf_tc_hook_create", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle BPF_TC_ATTACH =
            LIBBPF.downcall("bpf_tc_attach", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle BPF_TC_DETACH =
            LIBBPF.downcall("bpf_tc_detach", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle BPF_TC_QUERY =
            LIBBPF.downcall("bpf_tc_query", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));

    private static final MethodHandle BPF_OBJECT_OPEN_MEM = LIBBPF.downcallWithErrno(
            "bpf_object__open_mem", FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_LONG, ADDRESS));

    static {
        if (LIBBPF.isPresent()) {
            libbpf_set_print(LibBpfMessages.CALLBACK);
        }
    }

    private LibBpf() {}

    /** The library, its messages caught. */
    static NativeLinker linker() {
        return LIBBPF;
    }

    static BpfException absent(String soname) {
        return new BpfException(
                "load library",
                soname,
                0,
                "it is not installed, or older than libbpf 1.1; install it: apt-get install libbpf1");
    }

    /**
     * The object's address, or the negative errno. {@code bytes} are copied.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_object__open_mem/">bpf_object__open_mem</a>
     */
    static long bpf_object__open_mem(MemorySegment bytes, MemorySegment options) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(NativeLinker.CALL_STATE);
            MemorySegment object =
                    (MemorySegment) BPF_OBJECT_OPEN_MEM.invokeExact(state, bytes, bytes.byteSize(), options);
            return object.address() == 0 ? -NativeLinker.errno(state) : object.address();
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * Returns the callback that was set before.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/libbpf_set_print/">libbpf_set_print</a>
     */
    static MemorySegment libbpf_set_print(MemorySegment callback) {
        try {
            return (MemorySegment) LIBBPF_SET_PRINT.invokeExact(callback);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * The CPUs that could ever come online, or the negative errno.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/libbpf_num_possible_cpus/">libbpf_num_possible_cpus</a>
     */
    static int libbpf_num_possible_cpus() {
        try {
            return (int) LIBBPF_NUM_POSSIBLE_CPUS.invokeExact();
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * Creates the maps and loads the programs.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_object__load/">bpf_object__load</a>
     */
    static int bpf_object__load(MemorySegment object) {
        try {
            return (int) BPF_OBJECT_LOAD.invokeExact(object);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * Frees the object and closes the descriptors it still owns.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_object__close/">bpf_object__close</a>
     */
    static void bpf_object__close(MemorySegment object) {
        try {
            BPF_OBJECT_CLOSE.invokeExact(object);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * The object's BTF; NULL where it has none.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_object__btf/">bpf_object__btf</a>
     */
    static MemorySegment bpf_object__btf(MemorySegment object) {
        try {
            return (MemorySegment) BPF_OBJECT_BTF.invokeExact(object);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * The first map for a NULL {@code previous}; NULL after the last.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_object__next_map/">bpf_object__next_map</a>
     */
    static MemorySegment bpf_object__next_map(MemorySegment object, MemorySegment previous) {
        try {
            return (MemorySegment) BPF_OBJECT_NEXT_MAP.invokeExact(object, previous);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * The first program for a NULL {@code previous}; NULL after the last.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_object__next_program/">bpf_object__next_program</a>
     */
    static MemorySegment bpf_object__next_program(MemorySegment object, MemorySegment previous) {
        try {
            return (MemorySegment) BPF_OBJECT_NEXT_PROGRAM.invokeExact(object, previous);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * The BTF blob, with the data sections' offsets filled in; its size goes to {@code size} (u32).
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/btf__raw_data/">btf__raw_data</a>
     */
    static MemorySegment btf__raw_data(MemorySegment btf, MemorySegment size) {
        try {
            return (MemorySegment) BTF_RAW_DATA.invokeExact(btf, size);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * A C string that lives as long as the object.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_map__name/">bpf_map__name</a>
     */
    static MemorySegment bpf_map__name(MemorySegment map) {
        try {
            return (MemorySegment) BPF_MAP_NAME.invokeExact(map);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * The descriptor, or a negative errno before the load.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_map__fd/">bpf_map__fd</a>
     */
    static int bpf_map__fd(MemorySegment map) {
        try {
            return (int) BPF_MAP_FD.invokeExact(map);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * Whether it is a data section.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_map__is_internal/">bpf_map__is_internal</a>
     */
    static boolean bpf_map__is_internal(MemorySegment map) {
        try {
            return (boolean) BPF_MAP_IS_INTERNAL.invokeExact(map);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /** <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_map__type/">bpf_map__type</a>. */
    static int bpf_map__type(MemorySegment map) {
        try {
            return (int) BPF_MAP_TYPE.invokeExact(map);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /** <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_map__key_size/">bpf_map__key_size</a>. */
    static int bpf_map__key_size(MemorySegment map) {
        try {
            return (int) BPF_MAP_KEY_SIZE.invokeExact(map);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /** <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_map__value_size/">bpf_map__value_size</a>. */
    static int bpf_map__value_size(MemorySegment map) {
        try {
            return (int) BPF_MAP_VALUE_SIZE.invokeExact(map);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /** <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_map__map_flags/">bpf_map__map_flags</a>. */
    static int bpf_map__map_flags(MemorySegment map) {
        try {
            return (int) BPF_MAP_MAP_FLAGS.invokeExact(map);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * Its id in the object's BTF; 0 where the map declares none.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_map__btf_key_type_id/">bpf_map__btf_key_type_id</a>
     */
    static int bpf_map__btf_key_type_id(MemorySegment map) {
        try {
            return (int) BPF_MAP_BTF_KEY_TYPE_ID.invokeExact(map);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * Its id in the object's BTF; 0 where the map declares none.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_map__btf_value_type_id/">bpf_map__btf_value_type_id</a>
     */
    static int bpf_map__btf_value_type_id(MemorySegment map) {
        try {
            return (int) BPF_MAP_BTF_VALUE_TYPE_ID.invokeExact(map);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * Of a data section, before the load: its bytes; their number goes to {@code size} (size_t).
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_map__initial_value/">bpf_map__initial_value</a>
     */
    static MemorySegment bpf_map__initial_value(MemorySegment map, MemorySegment size) {
        try {
            return (MemorySegment) BPF_MAP_INITIAL_VALUE.invokeExact(map, size);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /** <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_map__set_max_entries/">bpf_map__set_max_entries</a>. */
    static int bpf_map__set_max_entries(MemorySegment map, int maxEntries) {
        try {
            return (int) BPF_MAP_SET_MAX_ENTRIES.invokeExact(map, maxEntries);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /** <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_map__set_ifindex/">bpf_map__set_ifindex</a>. */
    static int bpf_map__set_ifindex(MemorySegment map, int ifindex) {
        try {
            return (int) BPF_MAP_SET_IFINDEX.invokeExact(map, ifindex);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * Takes a duplicate of {@code fd} and, unchecked, its definition.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_map__reuse_fd/">bpf_map__reuse_fd</a>
     */
    static int bpf_map__reuse_fd(MemorySegment map, int fd) {
        try {
            return (int) BPF_MAP_REUSE_FD.invokeExact(map, fd);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * A C string that lives as long as the object.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_program__name/">bpf_program__name</a>
     */
    static MemorySegment bpf_program__name(MemorySegment program) {
        try {
            return (MemorySegment) BPF_PROGRAM_NAME.invokeExact(program);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * The descriptor, or a negative errno where it is not loaded.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_program__fd/">bpf_program__fd</a>
     */
    static int bpf_program__fd(MemorySegment program) {
        try {
            return (int) BPF_PROGRAM_FD.invokeExact(program);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /** <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_program__set_autoload/">bpf_program__set_autoload</a>. */
    static int bpf_program__set_autoload(MemorySegment program, boolean autoload) {
        try {
            return (int) BPF_PROGRAM_SET_AUTOLOAD.invokeExact(program, autoload);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /** <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_program__flags/">bpf_program__flags</a>. */
    static int bpf_program__flags(MemorySegment program) {
        try {
            return (int) BPF_PROGRAM_FLAGS.invokeExact(program);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /** <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_program__set_flags/">bpf_program__set_flags</a>. */
    static int bpf_program__set_flags(MemorySegment program, int flags) {
        try {
            return (int) BPF_PROGRAM_SET_FLAGS.invokeExact(program, flags);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /** <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_program__set_ifindex/">bpf_program__set_ifindex</a>. */
    static void bpf_program__set_ifindex(MemorySegment program, int ifindex) {
        try {
            BPF_PROGRAM_SET_IFINDEX.invokeExact(program, ifindex);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * Where the verifier writes its log, if the load fails.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_program__set_log_buf/">bpf_program__set_log_buf</a>
     */
    static int bpf_program__set_log_buf(MemorySegment program, MemorySegment buffer, long size) {
        try {
            return (int) BPF_PROGRAM_SET_LOG_BUF.invokeExact(program, buffer, size);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /**
     * Adds the clsact queueing discipline.
     *
     * @see <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_tc_hook_create/">bpf_tc_hook_create</a>
     */
    static int bpf_tc_hook_create(MemorySegment hook) {
        try {
            return (int) BPF_TC_HOOK_CREATE.invokeExact(hook);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /** <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_tc_attach/">bpf_tc_attach</a>. */
    static int bpf_tc_attach(MemorySegment hook, MemorySegment options) {
        try {
            return (int) BPF_TC_ATTACH.invokeExact(hook, options);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /** <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_tc_detach/">bpf_tc_detach</a>. */
    static int bpf_tc_detach(MemorySegment hook, MemorySegment options) {
        try {
            return (int) BPF_TC_DETACH.invokeExact(hook, options);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }

    /** <a href="https://docs.ebpf.io/ebpf-library/libbpf/userspace/bpf_tc_query/">bpf_tc_query</a>. */
    static int bpf_tc_query(MemorySegment hook, MemorySegment options) {
        try {
            return (int) BPF_TC_QUERY.invokeExact(hook, options);
        } catch (Throwable e) {
            throw LibC.unexpected(e);
        }
    }
}
