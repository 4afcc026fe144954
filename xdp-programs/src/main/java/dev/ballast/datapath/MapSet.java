package dev.ballast.datapath;

import dev.ballast.bpf.BpfException;
import dev.ballast.bpf.BpfMap;
import dev.ballast.bpf.BpfObject;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/** The maps of one datapath, each as {@link Abi} says. Owns its handles. */
final class MapSet implements AutoCloseable {
    private static final String META = "meta";

    private final Map<String, BpfMap> maps = new LinkedHashMap<>();

    private MapSet() {}

    /** Those of a loaded object, by handles of their own. */
    static MapSet of(BpfObject object) {
        MapSet set = new MapSet();
        for (Abi.MapSpec spec : Abi.MAPS) {
            set.add(
                    "load",
                    "object '" + object.name() + "'",
                    spec,
                    object.map(spec.name()).duplicate(),
                    Abi.FOREIGN_OBJECT_CURE);
        }
        return set;
    }

    /**
     * The pinned ones.
     *
     * @throws DatapathException if one is missing, or they are not what this build works with
     */
    static MapSet openPinned(Pins pins) {
        MapSet set = new MapSet();
        String root = pins.root().toString();
        try {
            for (Abi.MapSpec spec : Abi.MAPS.reversed()) { // meta first: it tells why the others differ
                set.add("adopt", root, spec, open(root, pins.map(spec.name())), cure(root));
                if (spec.name().equals(META)) {
                    set.requireLayout(root);
                }
            }
            set.requireSizes(root);
            return set;
        } catch (RuntimeException | Error e) {
            set.close();
            throw e;
        }
    }

    private static BpfMap open(String root, Path pin) {
        try {
            return BpfMap.openPinned(pin);
        } catch (BpfException e) {
            throw damaged(root, e);
        }
    }

    /** What a pin that cannot be opened means for an adoption. */
    static DatapathException damaged(String root, BpfException e) {
        return new DatapathException("adopt", root, "a pin is missing or damaged: " + e.getMessage(), cure(root), e);
    }

    /** No daemon can tear down what it cannot adopt: without its pins the kernel ends it. */
    static String cure(String root) {
        return "adopt it with the build that made it, or end it, which resets its connections: rm -r " + root;
    }

    private void add(String operation, String object, Abi.MapSpec spec, BpfMap map, String cure) {
        maps.put(spec.name(), map);
        String difference = spec.difference(map);
        if (!difference.isEmpty()) {
            close();
            throw new DatapathException(operation, object, "map '" + spec.name() + "' is " + difference, cure);
        }
    }

    private void requireLayout(String root) {
        try (Arena arena = Arena.ofConfined()) {
            Meta meta = new Meta(get(META).mmap(arena, false));
            if (meta.format() != Abi.META_FORMAT) {
                throw new DatapathException(
                        "adopt",
                        root,
                        "its pins are of format " + meta.format() + ", this build knows " + Abi.META_FORMAT,
                        cure(root));
            }
            if (!Arrays.equals(meta.layoutDigest(), Abi.digest())) {
                throw new DatapathException(
                        "adopt",
                        root,
                        "its layout is " + shortHex(meta.layoutDigest()) + ", this build's is "
                                + shortHex(Abi.digest()),
                        cure(root));
            }
        }
    }

    private static String shortHex(byte[] digest) {
        return HexFormat.of().formatHex(digest, 0, 8);
    }

    private void requireSizes(String root) {
        Specialisation specialisation;
        try (Arena arena = Arena.ofConfined()) {
            specialisation = new Meta(get(META).mmap(arena, false)).specialisation();
        }
        requireSize(root, "vips4", 1 << specialisation.vip4BucketBits());
        requireSize(root, "vips6", 1 << specialisation.vip6BucketBits());
        requireSize(root, "server_ids", 1 << specialisation.serverBucketBits());
        requireSize(root, "fragments", 1 << specialisation.fragmentSetBits());
        requireSize(root, "flows", 1 << specialisation.flowSetBits());
        requireSize(root, "half_open", 1 << specialisation.halfOpenSetBits());
        requireSize(root, "service_counters", get("services").maxEntries());
        requireSize(root, "member_counters", get("members").maxEntries());
    }

    private void requireSize(String root, String name, int entries) {
        int actual = get(name).maxEntries();
        if (actual != entries) {
            throw new DatapathException(
                    "adopt", root, "map '" + name + "' has " + actual + " entries instead of " + entries, cure(root));
        }
    }

    BpfMap get(String name) {
        BpfMap map = maps.get(name);
        if (map == null) {
            throw new IllegalStateException("no map '" + name + "' among " + maps.keySet());
        }
        return map;
    }

    /** Its memory, writable, for as long as {@code arena} lives. */
    MemorySegment mapped(String name, Arena arena) {
        return get(name).mmap(arena, true);
    }

    void forEach(BiConsumer<String, BpfMap> each) {
        maps.forEach(each);
    }

    @Override
    public void close() {
        maps.values().forEach(BpfMap::close);
    }
}
