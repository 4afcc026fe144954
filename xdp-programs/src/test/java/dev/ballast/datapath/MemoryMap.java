package dev.ballast.datapath;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.ballast.bpf.BpfException;
import dev.ballast.bpf.MapEntries;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A map whose keys are looked for by system calls, in plain memory: a trie of prefixes, or an array of counters. One thread. */
final class MemoryMap implements MapEntries {
    private static final int E2BIG = 7;
    private static final int ENOSPC = 28;

    private final String name;
    private final int keySize;
    private final int valueSize;
    private final int maxEntries;
    private final boolean trie;
    private final TableMemory memory;
    private final Map<ByteBuffer, byte[]> entries = new HashMap<>();

    private MemoryMap(String name, int keySize, int valueSize, int maxEntries, boolean trie, TableMemory memory) {
        this.name = name;
        this.keySize = keySize;
        this.valueSize = valueSize;
        this.maxEntries = maxEntries;
        this.trie = trie;
        this.memory = memory;
    }

    static MemoryMap trie(String name, long keySize, int maxEntries, TableMemory memory) {
        return new MemoryMap(name, Math.toIntExact(keySize), Long.BYTES, maxEntries, true, memory);
    }

    /** Of one CPU; every counter begins at zero. */
    static MemoryMap counters(String name, long valueSize, int rows, TableMemory memory) {
        return new MemoryMap(name, Integer.BYTES, Math.toIntExact(valueSize), rows, false, memory);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int keySize() {
        return keySize;
    }

    @Override
    public int valueSize() {
        return valueSize;
    }

    @Override
    public long valueBytes() {
        return valueSize;
    }

    @Override
    public int maxEntries() {
        return maxEntries;
    }

    @Override
    public boolean get(MemorySegment key, MemorySegment value) {
        byte[] found = trie ? longest(bytes(key)) : entries.getOrDefault(bytes(key), new byte[valueSize]);
        if (found == null) {
            return false;
        }
        MemorySegment.copy(found, 0, value, JAVA_BYTE, 0, found.length);
        return true;
    }

    private byte @Nullable [] longest(ByteBuffer wanted) {
        byte[] found = null;
        int longest = -1;
        for (Map.Entry<ByteBuffer, byte[]> entry : entries.entrySet()) {
            int bits = prefixLength(entry.getKey());
            if (bits > longest && bits <= prefixLength(wanted) && sameBits(entry.getKey(), wanted, bits)) {
                longest = bits;
                found = entry.getValue();
            }
        }
        return found;
    }

    private static int prefixLength(ByteBuffer key) {
        return MemorySegment.ofArray(key.array()).get(JAVA_INT.withByteAlignment(1), 0);
    }

    private static boolean sameBits(ByteBuffer one, ByteBuffer other, int bits) {
        for (int bit = 0; bit < bits; bit++) {
            int at = Integer.BYTES + bit / Byte.SIZE;
            if (((one.get(at) ^ other.get(at)) & 0x80 >> bit % Byte.SIZE) != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void put(MemorySegment key, MemorySegment value) {
        ByteBuffer bytes = bytes(key);
        if (!entries.containsKey(bytes) && entries.size() == maxEntries) {
            throw new BpfException("put into", "map '" + name + "'", trie ? ENOSPC : E2BIG, "it is full");
        }
        memory.change(name, () -> entries.put(bytes, value.asSlice(0, valueSize).toArray(JAVA_BYTE)));
    }

    @Override
    public boolean delete(MemorySegment key) {
        ByteBuffer bytes = bytes(key);
        boolean present = entries.containsKey(bytes);
        if (present) {
            memory.change(name, () -> entries.remove(bytes));
        }
        return present;
    }

    @Override
    public void forEach(BiConsumer<MemorySegment, MemorySegment> each) {
        try (Arena arena = Arena.ofConfined()) {
            for (Map.Entry<ByteBuffer, byte[]> entry : List.copyOf(entries.entrySet())) {
                MemorySegment key = arena.allocate(keySize, Long.BYTES);
                key.copyFrom(MemorySegment.ofArray(entry.getKey().array()));
                MemorySegment value = arena.allocate(valueSize, JAVA_LONG.byteAlignment());
                value.copyFrom(MemorySegment.ofArray(entry.getValue()));
                each.accept(key, value);
            }
        }
    }

    void clear() {
        entries.clear();
    }

    private ByteBuffer bytes(MemorySegment key) {
        return ByteBuffer.wrap(key.asSlice(0, keySize).toArray(JAVA_BYTE));
    }
}
