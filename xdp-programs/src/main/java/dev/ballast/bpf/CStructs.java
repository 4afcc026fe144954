package dev.ballast.bpf;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * The C structs that cross into libbpf and the kernel: Linux UAPI and libbpf 1.1, on a 64-bit machine. A test holds each one
 * against the BTF that clang writes for the C headers.
 *
 * <p>libbpf's {@code _opts} structs begin with their own size, so that an older and a newer libbpf agree on what was set.
 */
final class CStructs {
    static final StructLayout BPF_OBJECT_OPEN_OPTS = MemoryLayout.structLayout(
                    JAVA_LONG.withName("sz"),
                    ADDRESS.withName("object_name"),
                    JAVA_BYTE.withName("relaxed_maps"),
                    MemoryLayout.paddingLayout(7),
                    ADDRESS.withName("pin_root_path"),
                    MemoryLayout.paddingLayout(8),
                    ADDRESS.withName("kconfig"),
                    ADDRESS.withName("btf_custom_path"),
                    ADDRESS.withName("kernel_log_buf"),
                    JAVA_LONG.withName("kernel_log_size"),
                    JAVA_INT.withName("kernel_log_level"),
                    MemoryLayout.paddingLayout(4))
            .withName("bpf_object_open_opts");

    static final StructLayout BPF_MAP_CREATE_OPTS = MemoryLayout.structLayout(
                    JAVA_LONG.withName("sz"),
                    JAVA_INT.withName("btf_fd"),
                    JAVA_INT.withName("btf_key_type_id"),
                    JAVA_INT.withName("btf_value_type_id"),
                    JAVA_INT.withName("btf_vmlinux_value_type_id"),
                    JAVA_INT.withName("inner_map_fd"),
                    JAVA_INT.withName("map_flags"),
                    JAVA_LONG.withName("map_extra"),
                    JAVA_INT.withName("numa_node"),
                    JAVA_INT.withName("map_ifindex"))
            .withName("bpf_map_create_opts");

    static final StructLayout BPF_MAP_BATCH_OPTS = MemoryLayout.structLayout(
                    JAVA_LONG.withName("sz"), JAVA_LONG.withName("elem_flags"), JAVA_LONG.withName("flags"))
            .withName("bpf_map_batch_opts");

    /** Up to what every kind of link has; libbpf takes the rest as zero. */
    static final StructLayout BPF_LINK_CREATE_OPTS = MemoryLayout.structLayout(
                    JAVA_LONG.withName("sz"),
                    JAVA_INT.withName("flags"),
                    MemoryLayout.paddingLayout(4),
                    ADDRESS.withName("iter_info"),
                    JAVA_INT.withName("iter_info_len"),
                    JAVA_INT.withName("target_btf_id"))
            .withName("bpf_link_create_opts");

    static final StructLayout BPF_LINK_UPDATE_OPTS = MemoryLayout.structLayout(
                    JAVA_LONG.withName("sz"), JAVA_INT.withName("flags"), JAVA_INT.withName("old_prog_fd"))
            .withName("bpf_link_update_opts");

    static final StructLayout BPF_TEST_RUN_OPTS = MemoryLayout.structLayout(
                    JAVA_LONG.withName("sz"),
                    ADDRESS.withName("data_in"),
                    ADDRESS.withName("data_out"),
                    JAVA_INT.withName("data_size_in"),
                    JAVA_INT.withName("data_size_out"),
                    ADDRESS.withName("ctx_in"),
                    ADDRESS.withName("ctx_out"),
                    JAVA_INT.withName("ctx_size_in"),
                    JAVA_INT.withName("ctx_size_out"),
                    JAVA_INT.withName("retval"),
                    JAVA_INT.withName("repeat"),
                    JAVA_INT.withName("duration"),
                    JAVA_INT.withName("flags"),
                    JAVA_INT.withName("cpu"),
                    JAVA_INT.withName("batch_size"))
            .withName("bpf_test_run_opts");

    static final StructLayout BPF_TC_HOOK = MemoryLayout.structLayout(
                    JAVA_LONG.withName("sz"),
                    JAVA_INT.withName("ifindex"),
                    JAVA_INT.withName("attach_point"),
                    JAVA_INT.withName("parent"),
                    MemoryLayout.paddingLayout(4))
            .withName("bpf_tc_hook");

    static final StructLayout BPF_TC_OPTS = MemoryLayout.structLayout(
                    JAVA_LONG.withName("sz"),
                    JAVA_INT.withName("prog_fd"),
                    JAVA_INT.withName("flags"),
                    JAVA_INT.withName("prog_id"),
                    JAVA_INT.withName("handle"),
                    JAVA_INT.withName("priority"),
                    MemoryLayout.paddingLayout(4))
            .withName("bpf_tc_opts");

    static final StructLayout BPF_MAP_INFO = MemoryLayout.structLayout(
                    JAVA_INT.withName("type"),
                    JAVA_INT.withName("id"),
                    JAVA_INT.withName("key_size"),
                    JAVA_INT.withName("value_size"),
                    JAVA_INT.withName("max_entries"),
                    JAVA_INT.withName("map_flags"),
                    MemoryLayout.sequenceLayout(16, JAVA_BYTE).withName("name"),
                    JAVA_INT.withName("ifindex"),
                    JAVA_INT.withName("btf_vmlinux_value_type_id"),
                    JAVA_LONG.withName("netns_dev"),
                    JAVA_LONG.withName("netns_ino"),
                    JAVA_INT.withName("btf_id"),
                    JAVA_INT.withName("btf_key_type_id"),
                    JAVA_INT.withName("btf_value_type_id"),
                    MemoryLayout.paddingLayout(4),
                    JAVA_LONG.withName("map_extra"))
            .withName("bpf_map_info");

    /** Up to the name and device, which is all that is read; the kernel fills as much as it is given. */
    static final StructLayout BPF_PROG_INFO = MemoryLayout.structLayout(
                    JAVA_INT.withName("type"),
                    JAVA_INT.withName("id"),
                    MemoryLayout.sequenceLayout(8, JAVA_BYTE).withName("tag"),
                    JAVA_INT.withName("jited_prog_len"),
                    JAVA_INT.withName("xlated_prog_len"),
                    JAVA_LONG.withName("jited_prog_insns"),
                    JAVA_LONG.withName("xlated_prog_insns"),
                    JAVA_LONG.withName("load_time"),
                    JAVA_INT.withName("created_by_uid"),
                    JAVA_INT.withName("nr_map_ids"),
                    JAVA_LONG.withName("map_ids"),
                    MemoryLayout.sequenceLayout(16, JAVA_BYTE).withName("name"),
                    JAVA_INT.withName("ifindex"),
                    MemoryLayout.paddingLayout(4))
            .withName("bpf_prog_info");

    /** With the variant that XDP and tcx links use; tcx puts its attach type behind the interface. */
    static final StructLayout BPF_LINK_INFO = MemoryLayout.structLayout(
                    JAVA_INT.withName("type"),
                    JAVA_INT.withName("id"),
                    JAVA_INT.withName("prog_id"),
                    MemoryLayout.paddingLayout(4),
                    JAVA_INT.withName("ifindex"),
                    JAVA_INT.withName("attach_type"),
                    MemoryLayout.paddingLayout(24))
            .withName("bpf_link_info");

    /** struct btf_info: BPF_OBJ_GET_INFO_BY_FD of a BTF descriptor. */
    static final StructLayout BPF_BTF_INFO = MemoryLayout.structLayout(
                    JAVA_LONG.withName("btf"),
                    JAVA_INT.withName("btf_size"),
                    JAVA_INT.withName("id"),
                    JAVA_LONG.withName("name"),
                    JAVA_INT.withName("name_len"),
                    JAVA_INT.withName("kernel_btf"))
            .withName("bpf_btf_info");

    /** poll(2). */
    static final StructLayout POLLFD = MemoryLayout.structLayout(
                    JAVA_INT.withName("fd"), JAVA_SHORT.withName("events"), JAVA_SHORT.withName("revents"))
            .withName("pollfd");

    private CStructs() {}

    /** A zeroed struct in {@code arena}; one that begins with {@code sz} has it set. */
    static Struct allocate(Arena arena, StructLayout layout) {
        Struct struct = new Struct(layout, arena.allocate(layout));
        if (layout.memberLayouts().getFirst().name().filter("sz"::equals).isPresent()) {
            struct.setLong("sz", layout.byteSize());
        }
        return struct;
    }

    /** A struct in memory, its fields by their C names. Not for a path where a look-up by name would be felt. */
    record Struct(StructLayout layout, MemorySegment memory) {
        long offset(String field) {
            return layout.byteOffset(PathElement.groupElement(field));
        }

        int getInt(String field) {
            return memory.get(JAVA_INT, offset(field));
        }

        short getShort(String field) {
            return memory.get(JAVA_SHORT, offset(field));
        }

        Struct setShort(String field, short value) {
            memory.set(JAVA_SHORT, offset(field), value);
            return this;
        }

        Struct setInt(String field, int value) {
            memory.set(JAVA_INT, offset(field), value);
            return this;
        }

        Struct setLong(String field, long value) {
            memory.set(JAVA_LONG, offset(field), value);
            return this;
        }

        Struct setAddress(String field, MemorySegment value) {
            memory.set(ADDRESS, offset(field), value);
            return this;
        }

        /** A NUL-terminated char array. */
        String getString(String field) {
            return memory.getString(offset(field));
        }

        byte[] getBytes(String field) {
            long size = layout.select(PathElement.groupElement(field)).byteSize();
            return memory.asSlice(offset(field), size).toArray(JAVA_BYTE);
        }
    }
}
