package dev.ballast.datapath;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ballast.bpf.BpfMap;
import dev.ballast.bpf.BpfMapType;
import dev.ballast.bpf.BpfObject;
import dev.ballast.bpf.Btf;
import dev.ballast.bpf.BtfType;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.SequenceLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * {@code lb/abi.h} as Java believes it to be: structs, enums and maps. {@link #check} compares it with an object's BTF; the
 * {@link #digest} of it is pinned with the maps, and only programs of one digest may follow each other in a swap. Pure; any thread.
 */
final class Abi {
    static final int META_FORMAT = 1;

    static final String FOREIGN_OBJECT_CURE =
            "it is not of this build's layout: use the object that this build ships, or one of the same layout";

    /** Whoever hands in something else altogether need not read all of it. */
    private static final int MAX_DIFFERENCES = 3;

    static final int VIP_PROBE_BUCKETS = 4;
    static final int VIP4_WAYS = 4;
    static final int VIP6_WAYS = 2;
    static final int VIP_EMPTY = 0;
    static final int VIP_USED = 1;
    static final int VIP_TOMBSTONE = 2;

    static final int SERVICE_TRACK = 1;
    static final int SERVICE_ALLOW = 1 << 1;
    static final int SERVICE_DENY = 1 << 2;

    static final int SAMPLE_HEAD = 128;

    static final int RING_BASE_SHIFT = 40;
    static final int RING_SIZE_SHIFT = 20;
    static final int RING_FIELD_MASK = 0xf_ffff;
    static final int RING_CHUNK_SLOTS = 32;

    static final int SETTING_ANY_PORT_4 = 1;
    static final int SETTING_ANY_PORT_6 = 2;

    static final int VERDICT_ROWS = 128;
    static final int CLASSES = 4;

    static final StructLayout VIP4_WAY = struct("vip4_way", u64("key"), u64("value"));
    static final StructLayout VIP6_WAY =
            struct("vip6_way", u64("address_high"), u64("address_low"), u64("key"), u64("value"));
    static final StructLayout VIP4_BUCKET = struct("vip4_bucket", array("way", VIP4_WAYS, VIP4_WAY));
    static final StructLayout VIP6_BUCKET = struct("vip6_bucket", array("way", VIP6_WAYS, VIP6_WAY));

    static final StructLayout VIP_PREFIX4 =
            struct("vip_prefix4", u32("prefix_length"), u8("protocol"), u8("reserved"), u16("port"), u32("address"));
    static final StructLayout VIP_PREFIX6 = struct(
            "vip_prefix6",
            u32("prefix_length"),
            u8("protocol"),
            u8("reserved"),
            u16("port"),
            array("address", 4, ValueLayout.JAVA_INT));
    static final StructLayout SOURCE_PREFIX4 =
            struct("source_prefix4", u32("prefix_length"), u32("service"), u32("address"));
    static final StructLayout SOURCE_PREFIX6 =
            struct("source_prefix6", u32("prefix_length"), u32("service"), array("address", 4, ValueLayout.JAVA_INT));

    static final StructLayout SERVICE = struct(
            "service",
            u64("ring"),
            u32("member_base"),
            u32("member_capacity"),
            u32("flags"),
            u16("tcp_idle"),
            u16("udp_idle"),
            u64("name_hash"),
            u8("hash"),
            u8("server_id_bytes"),
            array("reserved0", 6, ValueLayout.JAVA_BYTE),
            u64("previous_ring"),
            u64("previous_until"),
            u64("reserved"));

    static final StructLayout MEMBER = struct(
            "member",
            u32("service"),
            u8("state"),
            u8("encap"),
            u8("family"),
            u8("reserved0"),
            array("next_hop", 6, ValueLayout.JAVA_BYTE),
            u16("vlan"),
            array("source_mac", 6, ValueLayout.JAVA_BYTE),
            u16("mtu"),
            u32("ifindex"),
            u16("gue_port"),
            u8("source_bits"),
            u8("reserved1"),
            array("outer_source", 4, ValueLayout.JAVA_INT),
            array("outer_destination", 4, ValueLayout.JAVA_INT));

    static final StructLayout RING_CHUNK =
            struct("ring_chunk", array("slot", RING_CHUNK_SLOTS, ValueLayout.JAVA_SHORT));
    static final StructLayout FLOW_SET = struct("flow_set", array("way", FlowEntry.WAYS, ValueLayout.JAVA_LONG));
    static final StructLayout TRAFFIC = struct("traffic", u64("packets"), u64("bytes"));
    static final StructLayout SERVICE_COUNTERS = struct(
            "service_counters",
            array("by_class", CLASSES, TRAFFIC),
            u64("flows_created"),
            u64("flows_untracked"),
            u64("flows_repicked"),
            u64("flows_aliased"));
    static final StructLayout SETTINGS = struct("settings", u64("bits"));
    static final StructLayout SPECIALISATION = struct(
            "specialisation",
            u64("hash_multiplier"),
            array("hash_key", FlowHash.KEYS, ValueLayout.JAVA_INT),
            u32("tick_shift"),
            u32("vip4_bucket_bits"),
            u32("vip6_bucket_bits"),
            u32("server_bucket_bits"),
            u32("flow_set_bits"),
            u32("half_open_set_bits"),
            u32("fragment_set_bits"),
            u32("half_open_ticks"),
            u32("unconfirmed_ticks"),
            u32("closing_ticks"),
            u32("fragment_ticks"),
            u32("window_shift"),
            u32("answers_per_window"),
            u32("syn_reads_per_window"));
    static final StructLayout VARIANT = struct(
            "variant",
            u32("features"),
            u32("sample_mask"),
            u16("sample_first_reason"),
            u16("sample_last_reason"),
            u32("sample_service"));
    static final StructLayout CPU_STATE = struct(
            "cpu_state",
            u64("window"),
            u32("answers"),
            u32("syn_reads"),
            u64("syns_blind"),
            u64("samples"),
            u64("samples_lost"));
    static final StructLayout SAMPLE = struct(
            "sample",
            u64("jiffies"),
            u32("reason"),
            u32("service"),
            u32("member"),
            u32("ingress_ifindex"),
            u32("frame_length"),
            u16("head_length"),
            u16("packet_offset"),
            array("head", SAMPLE_HEAD, ValueLayout.JAVA_BYTE));
    static final StructLayout PROGRAM_RECORD = struct(
            "program_record",
            u32("program_id"),
            VARIANT.withName("variant"),
            array("object_digest", 32, ValueLayout.JAVA_BYTE));
    static final StructLayout META = struct(
            "meta",
            u32("format"),
            u32("hz"),
            array("layout_digest", 32, ValueLayout.JAVA_BYTE),
            array("seed_key", VipSeeds.KEY_BYTES, ValueLayout.JAVA_BYTE),
            array("program", 2, PROGRAM_RECORD),
            SPECIALISATION.withName("specialisation"));
    static final StructLayout CLOCK_READING = struct("clock_reading", u64("jiffies"));

    private static final List<StructLayout> STRUCTS = List.of(
            VIP4_WAY,
            VIP6_WAY,
            VIP4_BUCKET,
            VIP6_BUCKET,
            VIP_PREFIX4,
            VIP_PREFIX6,
            SOURCE_PREFIX4,
            SOURCE_PREFIX6,
            SERVICE,
            MEMBER,
            RING_CHUNK,
            FLOW_SET,
            TRAFFIC,
            SERVICE_COUNTERS,
            SETTINGS,
            SPECIALISATION,
            VARIANT,
            CPU_STATE,
            SAMPLE,
            PROGRAM_RECORD,
            META,
            CLOCK_READING);

    /** By struct and field: a round reads a hundred thousand rows, and to walk a layout takes as long as to read one. */
    private static final IdentityHashMap<StructLayout, Map<String, Long>> OFFSETS = offsets();

    private static IdentityHashMap<StructLayout, Map<String, Long>> offsets() {
        IdentityHashMap<StructLayout, Map<String, Long>> offsets = new IdentityHashMap<>();
        for (StructLayout struct : STRUCTS) {
            Map<String, Long> fields = new HashMap<>();
            for (MemoryLayout field : struct.memberLayouts()) {
                String name = field.name().orElseThrow();
                fields.put(name, struct.byteOffset(PathElement.groupElement(name)));
            }
            offsets.put(struct, fields);
        }
        return offsets;
    }

    /** Enums whose every constant is part of the layout. */
    private static final List<EnumSpec> ENUMS = List.of(
            new EnumSpec(
                    "vip_layout",
                    Map.of("VIP_PROBE_BUCKETS", VIP_PROBE_BUCKETS, "VIP4_WAYS", VIP4_WAYS, "VIP6_WAYS", VIP6_WAYS)),
            new EnumSpec(
                    "vip_way_state",
                    Map.of("VIP_EMPTY", VIP_EMPTY, "VIP_USED", VIP_USED, "VIP_TOMBSTONE", VIP_TOMBSTONE)),
            new EnumSpec(
                    "service_flags",
                    Map.of(
                            "SERVICE_TRACK",
                            SERVICE_TRACK,
                            "SERVICE_ALLOW",
                            SERVICE_ALLOW,
                            "SERVICE_DENY",
                            SERVICE_DENY)),
            EnumSpec.of("hash_mode", "HASH_", HashMode.values(), HashMode::code),
            EnumSpec.of("feature_bits", "FEATURE_", Feature.values(), Feature::bit),
            new EnumSpec("sample_layout", Map.of("SAMPLE_HEAD", SAMPLE_HEAD)),
            new EnumSpec(
                    "ring_layout",
                    Map.of(
                            "RING_BASE_SHIFT", RING_BASE_SHIFT,
                            "RING_SIZE_SHIFT", RING_SIZE_SHIFT,
                            "RING_FIELD_MASK", RING_FIELD_MASK,
                            "RING_CHUNK_SLOTS", RING_CHUNK_SLOTS)),
            EnumSpec.of("member_state", "MEMBER_", MemberState.values(), MemberState::code)
                    .with("MEMBER_FREE", MemberState.FREE),
            EnumSpec.of("encap", "ENCAP_", Encap.values(), Encap::code),
            new EnumSpec(
                    "flow_layout",
                    Map.ofEntries(
                            Map.entry("FLOW_WAYS", FlowEntry.WAYS),
                            Map.entry("FLOW_TAG_BITS", FlowEntry.TAG_BITS),
                            Map.entry("FLOW_TAG_SHIFT", FlowEntry.TAG_SHIFT),
                            Map.entry("FLOW_HASH_TAG_SHIFT", FlowEntry.HASH_TAG_SHIFT),
                            Map.entry("FLOW_MEMBER_SHIFT", FlowEntry.MEMBER_SHIFT),
                            Map.entry("FLOW_MEMBER_MASK", FlowEntry.MAX_MEMBER),
                            Map.entry("FLOW_EXPIRY_SHIFT", FlowEntry.EXPIRY_SHIFT),
                            Map.entry("FLOW_EXPIRY_MASK", FlowEntry.EXPIRY_MASK),
                            Map.entry("FLOW_EXPIRY_HORIZON", FlowEntry.EXPIRY_HORIZON),
                            Map.entry("FLOW_SPILLED", FlowEntry.SPILLED),
                            Map.entry("FLOW_STATE_MASK", FlowEntry.STATE_MASK))),
            EnumSpec.of("flow_state", "FLOW_", FlowState.values(), FlowState::code)
                    .with("FLOW_FREE", FlowState.FREE),
            EnumSpec.of("verdict_class", "CLASS_", VerdictClass.values(), VerdictClass::number),
            new EnumSpec(
                    "setting_bits",
                    Map.of("SETTING_ANY_PORT_4", SETTING_ANY_PORT_4, "SETTING_ANY_PORT_6", SETTING_ANY_PORT_6)));

    /** A new reason moves no other, so that a newer program may have more: only those that both know must agree. */
    private static final EnumSpec REASONS =
            EnumSpec.of("verdict_reason", "", VerdictReason.values(), VerdictReason::number);

    private static final int BPF_F_NO_PREALLOC = 1;
    private static final int BPF_F_MMAPABLE = 1 << 10;

    /** All maps that are pinned, in the order in which they are. */
    static final List<MapSpec> MAPS = List.of(
            MapSpec.mapped("vips4", VIP4_BUCKET),
            MapSpec.mapped("vips6", VIP6_BUCKET),
            MapSpec.trie("vip_prefixes4", VIP_PREFIX4),
            MapSpec.trie("vip_prefixes6", VIP_PREFIX6),
            MapSpec.trie("sources4", SOURCE_PREFIX4),
            MapSpec.trie("sources6", SOURCE_PREFIX6),
            MapSpec.mapped("server_ids", VIP6_BUCKET),
            MapSpec.mapped("settings", SETTINGS),
            MapSpec.mapped("services", SERVICE),
            MapSpec.mapped("members", MEMBER),
            MapSpec.mapped("rings", RING_CHUNK),
            MapSpec.mapped("flows", FLOW_SET),
            MapSpec.mapped("half_open", FLOW_SET),
            MapSpec.mapped("fragments", FLOW_SET),
            MapSpec.perCpu("verdicts", TRAFFIC),
            MapSpec.perCpu("service_counters", SERVICE_COUNTERS),
            MapSpec.perCpu("member_counters", TRAFFIC),
            MapSpec.perCpu("cpu_states", CPU_STATE),
            MapSpec.eventBuffer("samples"),
            MapSpec.mapped("replay_clock", CLOCK_READING),
            MapSpec.mapped("meta", META));

    private Abi() {}

    /** A map but for its number of entries, which is set for each load. */
    record MapSpec(String name, BpfMapType type, int keySize, int valueSize, int flags) {
        static MapSpec mapped(String name, StructLayout value) {
            return new MapSpec(
                    name, BpfMapType.ARRAY, Integer.BYTES, Math.toIntExact(value.byteSize()), BPF_F_MMAPABLE);
        }

        static MapSpec perCpu(String name, StructLayout value) {
            return new MapSpec(name, BpfMapType.PERCPU_ARRAY, Integer.BYTES, Math.toIntExact(value.byteSize()), 0);
        }

        static MapSpec trie(String name, StructLayout key) {
            return new MapSpec(
                    name, BpfMapType.LPM_TRIE, Math.toIntExact(key.byteSize()), Long.BYTES, BPF_F_NO_PREALLOC);
        }

        static MapSpec eventBuffer(String name) {
            return new MapSpec(name, BpfMapType.RINGBUF, 0, 0, 0);
        }

        String text() {
            return "map %s %s key %d value %d flags %#x".formatted(name, type, keySize, valueSize, flags);
        }

        /** Empty if {@code map} is as this says, else what differs. */
        String difference(BpfMap map) {
            MapSpec actual = new MapSpec(name, map.type(), map.keySize(), map.valueSize(), map.flags());
            return actual.equals(this) ? "" : "'" + actual.text() + "' instead of '" + text() + "'";
        }
    }

    private record EnumSpec(String name, Map<String, Integer> constants) {
        static <E extends Enum<E>> EnumSpec of(String name, String prefix, E[] values, Function<E, Integer> code) {
            return new EnumSpec(
                    name, Arrays.stream(values).collect(Collectors.toMap(value -> prefix + value.name(), code)));
        }

        EnumSpec with(String constant, int value) {
            Map<String, Integer> more = new TreeMap<>(constants);
            more.put(constant, value);
            return new EnumSpec(name, more);
        }

        String text() {
            return "enum " + name + " " + new TreeMap<>(constants);
        }
    }

    /** Where a field is, from the struct's start, bytes; {@code path} may name an array, but no element of it. */
    static long offset(StructLayout struct, String field) {
        Map<String, Long> fields = OFFSETS.get(struct);
        Long offset = fields == null ? null : fields.get(field);
        return offset == null ? struct.byteOffset(PathElement.groupElement(field)) : offset;
    }

    /** SHA-256 over all structs, enums and maps, verdict reasons excepted. */
    static byte[] digest() {
        return sha256(text().getBytes(UTF_8));
    }

    static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    /** One line a struct's field, enum and map. */
    static String text() {
        List<String> lines = new ArrayList<>();
        for (StructLayout struct : STRUCTS) {
            lines.add("struct " + struct.name().orElseThrow() + " " + struct.byteSize());
            for (MemoryLayout field : struct.memberLayouts()) {
                String name = field.name().orElseThrow();
                lines.add("  %s %d %d".formatted(name, offset(struct, name), field.byteSize()));
            }
        }
        ENUMS.forEach(spec -> lines.add(spec.text()));
        MAPS.forEach(spec -> lines.add(spec.text()));
        return String.join("\n", lines) + "\n";
    }

    /**
     * Checks types of an object, before it is loaded.
     *
     * @throws DatapathException naming what differs
     */
    static void check(BpfObject object) {
        List<String> differences = new ArrayList<>();
        for (StructLayout struct : STRUCTS) {
            differences.addAll(structDifferences(object.btf(), struct));
        }
        for (EnumSpec spec : ENUMS) {
            Map<String, Integer> actual = constants(object.btf(), spec.name());
            if (!actual.equals(spec.constants())) {
                differences.add("enum " + spec.name() + " is " + new TreeMap<>(actual) + " instead of "
                        + new TreeMap<>(spec.constants()));
            }
        }
        constants(object.btf(), REASONS.name()).forEach((name, value) -> {
            if (!value.equals(REASONS.constants().getOrDefault(name, value))) {
                differences.add(name + " is " + value + " instead of "
                        + REASONS.constants().get(name));
            }
        });
        MAPS.stream()
                .filter(spec -> !object.mapNames().contains(spec.name()))
                .forEach(spec -> differences.add("it has no map '" + spec.name() + "'"));
        if (!differences.isEmpty()) {
            throw new DatapathException(
                    "check layout of",
                    "object '" + object.name() + "'",
                    differences.stream().limit(MAX_DIFFERENCES).collect(Collectors.joining("; "))
                            + (differences.size() > MAX_DIFFERENCES
                                    ? "; and " + (differences.size() - MAX_DIFFERENCES) + " differences more"
                                    : ""),
                    FOREIGN_OBJECT_CURE);
        }
    }

    private static List<String> structDifferences(Btf btf, StructLayout struct) {
        String name = struct.name().orElseThrow();
        List<String> differences = new ArrayList<>();
        var layout = btf.layout(name);
        if (layout.isEmpty()) {
            return List.of("it has no struct " + name);
        }
        Map<String, String> expected = new TreeMap<>();
        Map<String, String> actual = new TreeMap<>();
        for (MemoryLayout field : struct.memberLayouts()) {
            String fieldName = field.name().orElseThrow();
            expected.put(fieldName, place(offset(struct, fieldName), field.byteSize()));
        }
        layout.get().fields().forEach(f -> actual.put(f.path(), place(f.offsetBytes(), f.sizeBytes())));
        if (layout.get().sizeBytes() != struct.byteSize()) {
            differences.add("struct %s has %d bytes instead of %d"
                    .formatted(name, layout.get().sizeBytes(), struct.byteSize()));
        }
        if (!actual.equals(expected)) {
            differences.add("struct " + name + " is " + actual + " instead of " + expected);
        }
        return differences;
    }

    private static String place(long offset, long size) {
        return offset + "+" + size;
    }

    static Map<String, Integer> constants(Btf btf, String name) {
        Map<String, Integer> constants = new TreeMap<>();
        for (int id = 0; id < btf.typeCount(); id++) {
            if (btf.type(id) instanceof BtfType.Enumeration enumeration
                    && enumeration.name().equals(name)) {
                enumeration.values().forEach(value -> constants.put(value.name(), (int) value.value()));
            }
        }
        return constants;
    }

    private static StructLayout struct(String name, MemoryLayout... members) {
        return MemoryLayout.structLayout(members).withName(name);
    }

    private static SequenceLayout array(String name, int count, MemoryLayout element) {
        return MemoryLayout.sequenceLayout(count, element).withName(name);
    }

    private static ValueLayout u64(String name) {
        return ValueLayout.JAVA_LONG.withName(name);
    }

    private static ValueLayout u32(String name) {
        return ValueLayout.JAVA_INT.withName(name);
    }

    private static ValueLayout u16(String name) {
        return ValueLayout.JAVA_SHORT.withName(name);
    }

    private static ValueLayout u8(String name) {
        return ValueLayout.JAVA_BYTE.withName(name);
    }
}
