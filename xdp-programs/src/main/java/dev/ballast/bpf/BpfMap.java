package dev.ballast.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.ballast.bpf.CStructs.Struct;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * A map in the kernel: raw bytes by segment, fields by name through the layouts of its BTF, or the memory itself by
 * {@link #mmap}. It lives until this handle, its pins and the programs that use it are gone.
 *
 * <p>Any number of threads may use one handle at once; what they see of each other is the kind's own guarantee (an array's
 * element is copied without a lock; a hash map's is replaced, and re-used at once). Segments are of native memory, or are copied
 * to it and back.
 *
 * <p>A per-CPU map's value, in user space, is one slot for each of {@link CpuCount#possible()} CPUs, each rounded up to 8 bytes:
 * {@link #valueBytes()} in all.
 *
 * @see <a href="https://docs.kernel.org/bpf/maps.html">BPF maps</a>
 */
public final class BpfMap implements MapEntries, AutoCloseable {
    private static final int BPF_F_MMAPABLE = 1 << 10;

    /** What a put does about a key that is, or is not, there: BPF_ANY, BPF_NOEXIST, BPF_EXIST. */
    public enum PutMode {
        /** Create or replace. */
        ANY(0),
        /** Create; EEXIST if the key is there. */
        CREATE(1),
        /** Replace; ENOENT if the key is not there. */
        REPLACE(2);

        private final int flag;

        PutMode(int flag) {
            this.flag = flag;
        }
    }

    private final KernelHandle handle;
    private final String name;
    private final BpfMapType type;
    private final int keySize;
    private final int valueSize;
    private final int maxEntries;
    private final int flags;
    private final int id;
    private final Optional<BtfLayout> keyLayout;
    private final Optional<BtfLayout> valueLayout;

    private BpfMap(
            KernelHandle handle,
            String name,
            Struct info,
            Optional<BtfLayout> keyLayout,
            Optional<BtfLayout> valueLayout) {
        this.handle = handle;
        this.name = name;
        this.type = BpfMapType.ofCode(info.getInt("type"));
        this.keySize = info.getInt("key_size");
        this.valueSize = info.getInt("value_size");
        this.maxEntries = info.getInt("max_entries");
        this.flags = info.getInt("map_flags");
        this.id = info.getInt("id");
        this.keyLayout = keyLayout;
        this.valueLayout = valueLayout;
    }

    /** Takes over {@code handle}; closes it if the kernel does not describe the map. */
    static BpfMap of(KernelHandle handle, String name, Optional<BtfLayout> key, Optional<BtfLayout> value) {
        try (Arena arena = Arena.ofConfined()) {
            return new BpfMap(handle, name, handle.info(arena, CStructs.BPF_MAP_INFO), key, value);
        } catch (BpfException e) {
            handle.close();
            throw e;
        }
    }

    /**
     * The map pinned at {@code pin}; its name is the kernel's, cut to 15 characters. It has layouts only where the kernel hands
     * out its BTF, which takes CAP_SYS_ADMIN; {@link #withTypesOf} gives it those of an object.
     *
     * @throws BpfException if nothing, or something else, is pinned there
     */
    public static BpfMap openPinned(Path pin) {
        KernelHandle handle = BpfFs.open(pin, BpfFs.Kind.MAP);
        try (Arena arena = Arena.ofConfined()) {
            Struct info = handle.info(arena, CStructs.BPF_MAP_INFO);
            Optional<Btf> btf = KernelBtf.byId(info.getInt("btf_id"));
            return new BpfMap(
                    handle,
                    info.getString("name"),
                    info,
                    btf.flatMap(types -> layout(types, info.getInt("btf_key_type_id"))),
                    btf.flatMap(types -> layout(types, info.getInt("btf_value_type_id"))));
        } catch (BpfException e) {
            handle.close();
            throw e;
        }
    }

    static Optional<BtfLayout> layout(Btf btf, int typeId) {
        return typeId == 0 ? Optional.empty() : Optional.of(btf.layout(typeId));
    }

    /**
     * A new map without an object. An array takes keys of 4 bytes; a ring buffer has neither key nor value and takes a power of
     * two of pages as its {@code maxEntries}.
     *
     * @param name for display, at most 15 characters of letters, digits, underscores and dots
     * @param flags BPF_F_*, as in the kernel's header
     */
    public static BpfMap create(BpfMapType type, String name, int keySize, int valueSize, int maxEntries, int flags) {
        return create(type, name, keySize, valueSize, maxEntries, flags, 0);
    }

    /**
     * A new array or hash of maps. Its values are descriptors of maps like {@code template} (kind, sizes, flags, and for arrays
     * without BPF_F_INNER_MAP also the number of entries) when written, ids when read.
     *
     * @param type ARRAY_OF_MAPS or HASH_OF_MAPS
     */
    public static BpfMap createOfMaps(BpfMapType type, String name, int keySize, int maxEntries, BpfMap template) {
        int templateFd = template.handle.acquire();
        try {
            return create(type, name, keySize, Integer.BYTES, maxEntries, 0, templateFd);
        } finally {
            template.handle.release();
        }
    }

    private static BpfMap create(
            BpfMapType type, String name, int keySize, int valueSize, int maxEntries, int flags, int innerFd) {
        try (Arena arena = Arena.ofConfined()) {
            Struct options = CStructs.allocate(arena, CStructs.BPF_MAP_CREATE_OPTS)
                    .setInt("map_flags", flags)
                    .setInt("inner_map_fd", innerFd);
            int fd = BpfCalls.bpf_map_create(
                    type.code(), arena.allocateFrom(name), keySize, valueSize, maxEntries, options.memory());
            if (fd < 0) {
                String what = type + " map '" + name + "' of " + Integer.toUnsignedString(maxEntries) + " entries of "
                        + keySize + " + " + valueSize + " bytes with flags 0x" + Integer.toHexString(flags);
                throw MapErrors.create(what, -fd);
            }
            return of(new KernelHandle(fd, "map '" + name + "'"), name, Optional.empty(), Optional.empty());
        }
    }

    /** The same map, through a handle of its own, with the layouts that {@code map} has in its object. */
    public BpfMap withTypesOf(BpfMap map) {
        if (map.keySize != keySize || map.valueSize != valueSize) {
            throw new BpfException(
                    "give types of " + map.describe() + " to",
                    describe(),
                    0,
                    "their sizes differ: " + map.sizes() + " against " + sizes()
                            + "; take the object that made this map");
        }
        return duplicate(map.keyLayout, map.valueLayout);
    }

    /** A handle of its own on the same map, for an owner that outlives this one. */
    public BpfMap duplicate() {
        return duplicate(keyLayout, valueLayout);
    }

    private BpfMap duplicate(Optional<BtfLayout> key, Optional<BtfLayout> value) {
        return of(handle.duplicate(), name, key, value);
    }

    /** The name in the object; of a pinned or created map the kernel's, at most 15 characters. */
    @Override
    public String name() {
        return name;
    }

    /** The kind. */
    public BpfMapType type() {
        return type;
    }

    /** Bytes of a key. */
    @Override
    public int keySize() {
        return keySize;
    }

    /** Bytes of a value, of one CPU where it is per CPU. */
    @Override
    public int valueSize() {
        return valueSize;
    }

    /** Bytes of a value as user space reads and writes it: {@link #valueSize()}, or a slot for each possible CPU. */
    @Override
    public long valueBytes() {
        return type.isPerCpu() ? stride() * CpuCount.possible() : valueSize;
    }

    /** Bytes from one element of a mapped array, or one CPU's slot, to the next: the value size rounded up to 8. */
    public long stride() {
        return (valueSize + 7L) & ~7L;
    }

    /** The most entries it can hold; bytes, of a ring buffer. */
    @Override
    public int maxEntries() {
        return maxEntries;
    }

    /** BPF_F_*, as in the kernel's header. */
    public int flags() {
        return flags;
    }

    /** The kernel's id. */
    public int id() {
        return id;
    }

    /** The descriptor's number, valid while this handle is open. */
    public int fd() {
        return handle.fd();
    }

    KernelHandle handle() {
        return handle;
    }

    /** How a key lies in memory, where the object's BTF tells. */
    public Optional<BtfLayout> keyLayout() {
        return keyLayout;
    }

    /** How a value lies in memory, where the object's BTF tells. */
    public Optional<BtfLayout> valueLayout() {
        return valueLayout;
    }

    /** A zeroed key with its fields by name. */
    public BtfView newKey(Arena arena) {
        return view(keyLayout, "key", arena.allocate(keySize, Long.BYTES));
    }

    /** A zeroed value with its fields by name; of a per-CPU map one CPU's. */
    public BtfView newValue(Arena arena) {
        return view(valueLayout, "value", arena.allocate(valueSize, Long.BYTES));
    }

    private BtfView view(Optional<BtfLayout> layout, String part, MemorySegment memory) {
        return layout.orElseThrow(() -> new BpfException(
                        "view " + part + " of",
                        describe(),
                        0,
                        "no BTF tells its type; declare it with __type(" + part
                                + ", ...), or take the types of the object's map with withTypesOf"))
                .view(memory);
    }

    /** One CPU's part of a per-CPU value. */
    public MemorySegment ofCpu(MemorySegment value, int cpu) {
        return value.asSlice(cpu * stride(), valueSize);
    }

    /**
     * Copies the value of {@code key} into {@code value}.
     *
     * @param value {@link #valueBytes()} long
     * @return false, and {@code value} undefined, if there is none
     */
    @Override
    public boolean get(MemorySegment key, MemorySegment value) {
        checkKey(key);
        checkValue(value);
        if (!key.isNative() || !value.isNative()) {
            return copying(key, value);
        }
        int result;
        int fd = handle.acquire();
        try {
            result = BpfCalls.bpf_map_lookup_elem(fd, key, value);
        } finally {
            handle.release();
        }
        if (result < 0 && result != -Errno.ENOENT) {
            throw errors().element("get from", -result);
        }
        return result >= 0;
    }

    private boolean copying(MemorySegment key, MemorySegment value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment nativeValue = arena.allocate(valueBytes(), Long.BYTES);
            boolean found = get(nativeCopy(arena, key), nativeValue);
            value.asSlice(0, nativeValue.byteSize()).copyFrom(nativeValue);
            return found;
        }
    }

    /** Creates or replaces the value of {@code key}. */
    @Override
    public void put(MemorySegment key, MemorySegment value) {
        put(key, value, PutMode.ANY);
    }

    /**
     * Puts a value. A map of maps or programs takes the other one's descriptor and waits for a grace period.
     *
     * @param value {@link #valueBytes()} long
     * @throws BpfException E2BIG: the map is full; EEXIST, ENOENT: what {@code mode} forbids
     */
    public void put(MemorySegment key, MemorySegment value, PutMode mode) {
        checkKey(key);
        checkValue(value);
        if (!key.isNative() || !value.isNative()) {
            try (Arena arena = Arena.ofConfined()) {
                put(nativeCopy(arena, key), nativeCopy(arena, value), mode);
            }
            return;
        }
        int result;
        int fd = handle.acquire();
        try {
            result = BpfCalls.bpf_map_update_elem(fd, key, value, mode.flag);
        } finally {
            handle.release();
        }
        if (result < 0) {
            throw errors().element("put into", -result);
        }
    }

    /** Removes {@code key}; false if it was not there. */
    @Override
    public boolean delete(MemorySegment key) {
        checkKey(key);
        if (!key.isNative()) {
            try (Arena arena = Arena.ofConfined()) {
                return delete(nativeCopy(arena, key));
            }
        }
        int result;
        int fd = handle.acquire();
        try {
            result = BpfCalls.bpf_map_delete_elem(fd, key);
        } finally {
            handle.release();
        }
        if (result < 0 && result != -Errno.ENOENT) {
            throw errors().element("delete from", -result);
        }
        return result >= 0;
    }

    /**
     * Copies the key after {@code key}, in the map's own order, into {@code next}; a {@code key} that is not there counts as
     * before the first.
     *
     * @param key NULL for the first
     * @return false after the last
     */
    public boolean nextKey(MemorySegment key, MemorySegment next) {
        int result = handle.use(fd -> BpfCalls.bpf_map_get_next_key(fd, key, next));
        if (result < 0 && result != -Errno.ENOENT) {
            throw errors().element("iterate", -result);
        }
        return result >= 0;
    }

    /**
     * Calls {@code each} with every key and value, which are valid during the call only. {@code each} may delete the key that it
     * is given. Entries that others add or remove meanwhile may be missed or, when an iterated key vanishes, seen twice; an
     * iteration that others keep sending back to the start is given up.
     *
     * @throws BpfException if it passed twice as many keys as the map can hold
     */
    @Override
    public void forEach(BiConsumer<MemorySegment, MemorySegment> each) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment key = arena.allocate(keySize, Long.BYTES);
            MemorySegment next = arena.allocate(keySize, Long.BYTES);
            MemorySegment value = arena.allocate(valueBytes(), Long.BYTES);
            long limit = 2 * Integer.toUnsignedLong(maxEntries);
            boolean more = nextKey(MemorySegment.NULL, key);
            for (long passed = 0; more; passed++) {
                if (passed == limit) {
                    throw new BpfException(
                            "iterate",
                            describe(),
                            0,
                            limit + " keys passed without an end: others delete while it runs; read it by getBatch");
                }
                // Before the call: each may delete the key, after which the next of it would be the first again.
                more = nextKey(key, next);
                if (get(key, value)) {
                    each.accept(key, value);
                }
                key.copyFrom(next);
            }
        }
    }

    /** A cursor at the start of the map, for {@link #getBatch}; it lives as long as {@code arena}. */
    public BatchCursor cursor(Arena arena) {
        // A hash map's position is a bucket number of 4 bytes, any other's is a key.
        long bytes = Math.max(keySize, Integer.BYTES);
        return new BatchCursor(
                arena.allocate(bytes, Long.BYTES), arena.allocate(bytes, Long.BYTES), arena.allocate(JAVA_INT));
    }

    /**
     * Copies the next entries into {@code keys} and {@code values}, as many as fit both; a system call for all of them.
     *
     * @return how many were copied; possibly 0 at the end
     * @throws BpfException ENOSPC: a hash bucket holds more than fit; ENOTSUPP: this kind of map has no batches
     */
    public int getBatch(BatchCursor cursor, MemorySegment keys, MemorySegment values) {
        int capacity = capacity(keys, values);
        if (cursor.done) {
            return 0;
        }
        cursor.count.set(JAVA_INT, 0, capacity);
        MemorySegment position = cursor.started ? cursor.position : MemorySegment.NULL;
        int result = handle.use(fd -> BpfCalls.bpf_map_lookup_batch(
                fd, position, cursor.nextPosition, keys, values, cursor.count, MemorySegment.NULL));
        if (result < 0 && result != -Errno.ENOENT) {
            throw errors().batch("get batch of " + capacity + " from", -result, 0);
        }
        cursor.done = result < 0;
        cursor.started = true;
        MemorySegment passed = cursor.position;
        cursor.position = cursor.nextPosition;
        cursor.nextPosition = passed;
        return cursor.count.get(JAVA_INT, 0);
    }

    /**
     * Puts {@code count} entries by one system call.
     *
     * @throws BpfException saying how many were put before the one that failed
     */
    public void putBatch(MemorySegment keys, MemorySegment values, int count, PutMode mode) {
        if (count == 0) {
            return;
        }
        checkCount(count, capacity(keys, values));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment done = arena.allocateFrom(JAVA_INT, count);
            Struct options =
                    CStructs.allocate(arena, CStructs.BPF_MAP_BATCH_OPTS).setLong("elem_flags", mode.flag);
            int result = handle.use(fd -> BpfCalls.bpf_map_update_batch(fd, keys, values, done, options.memory()));
            if (result < 0) {
                throw errors().batch("put batch of " + count + " into", -result, done.get(JAVA_INT, 0));
            }
        }
    }

    /**
     * Deletes {@code count} keys by one system call.
     *
     * @throws BpfException saying how many were deleted before the one that failed; ENOENT: that one is not there
     */
    public void deleteBatch(MemorySegment keys, int count) {
        if (count == 0) {
            return;
        }
        checkCount(count, keys.byteSize() / Math.max(keySize, 1));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment done = arena.allocateFrom(JAVA_INT, count);
            int result = handle.use(fd -> BpfCalls.bpf_map_delete_batch(fd, keys, done, MemorySegment.NULL));
            if (result < 0) {
                throw errors().batch("delete batch of " + count + " from", -result, done.get(JAVA_INT, 0));
            }
        }
    }

    /**
     * The memory of an array that was created with BPF_F_MMAPABLE: element i starts at i times {@link #stride()}. Plain loads
     * and stores, or {@link java.lang.invoke.VarHandle} access modes, meet the program's own directly; no system call.
     *
     * @param arena ends the mapping; it outlives this handle. Shared or global, where several threads use it
     * @param writable false for a map that is read-only to user space, or as a safeguard
     * @throws BpfException if the map is not an array or cannot be mapped
     */
    public MemorySegment mmap(Arena arena, boolean writable) {
        if ((flags & BPF_F_MMAPABLE) == 0 || type != BpfMapType.ARRAY) {
            throw new BpfException(
                    "mmap",
                    describe() + " (" + type + ")",
                    Errno.EINVAL,
                    "only an ARRAY with __uint(map_flags, BPF_F_MMAPABLE) can be mapped; declare it so");
        }
        long bytes = stride() * Integer.toUnsignedLong(maxEntries);
        int protection = LibC.PROT_READ | (writable ? LibC.PROT_WRITE : 0);
        return mmap(arena, bytes, protection, 0);
    }

    /** Any part of what the map offers, rounded up to pages. */
    MemorySegment mmap(Arena arena, long bytes, int protection, long offset) {
        long page = LibC.getpagesize();
        long length = (bytes + page - 1) & -page;
        int fd = handle.acquire();
        try {
            long address = LibC.mmap(length, protection, LibC.MAP_SHARED, fd, offset);
            if (address < 0) {
                throw MapErrors.mmap(describe() + " " + length + " bytes at " + offset, (int) -address);
            }
            return MemorySegment.ofAddress(address).reinterpret(bytes, arena, mapping -> LibC.munmap(mapping, length));
        } finally {
            handle.release();
        }
    }

    /** Pins it. */
    public void pin(Path pin) {
        BpfFs.pin(handle, describe(), pin);
    }

    /** Removes a pin of it. */
    public void unpin(Path pin) {
        handle.fd(); // a closed handle fails here too
        BpfFs.unpin(pin);
    }

    private void checkKey(MemorySegment key) {
        if (key.byteSize() < keySize) {
            throw new IllegalArgumentException(
                    "a key of " + describe() + " takes " + keySize + " bytes, not " + key.byteSize());
        }
    }

    private void checkValue(MemorySegment value) {
        if (value.byteSize() < valueBytes()) {
            throw new IllegalArgumentException(
                    "a value of " + describe() + " takes " + valueBytes() + " bytes, not " + value.byteSize());
        }
    }

    private int capacity(MemorySegment keys, MemorySegment values) {
        long capacity = Math.min(keys.byteSize() / Math.max(keySize, 1), values.byteSize() / Math.max(valueBytes(), 1));
        return Math.toIntExact(Math.min(capacity, Integer.MAX_VALUE));
    }

    private void checkCount(int count, long capacity) {
        if (count < 0 || count > capacity) {
            throw new IllegalArgumentException(
                    "the segments hold " + capacity + " entries of " + describe() + ", not " + count);
        }
    }

    private static MemorySegment nativeCopy(Arena arena, MemorySegment segment) {
        return arena.allocate(segment.byteSize(), Long.BYTES).copyFrom(segment);
    }

    private MapErrors errors() {
        return new MapErrors(describe(), type, maxEntries);
    }

    private String sizes() {
        return keySize + " + " + valueSize + " bytes";
    }

    String describe() {
        return "map '" + name + "'";
    }

    @Override
    public String toString() {
        return describe() + " " + type + " id " + id + ", " + Integer.toUnsignedString(maxEntries) + " entries of "
                + sizes();
    }

    /** Closes this handle; the map lives on while anything else holds it. A second close does nothing. */
    @Override
    public void close() {
        handle.close();
    }
}
