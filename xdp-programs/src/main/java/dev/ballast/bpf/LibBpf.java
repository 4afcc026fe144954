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
 * libbpf 1.1 or newer, under its C names: what C returns, unchecked. Functions that return an int return the negative errno
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
