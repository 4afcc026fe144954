package dev.ballast.bpf;

import java.lang.foreign.MemorySegment;
import java.util.function.BiConsumer;

/**
 * A map by its keys: what a user of entries needs of one, each call a system call. {@link BpfMap} is the one in the kernel; its
 * methods of these names say what they do.
 */
public interface MapEntries {
    /** For messages. */
    String name();

    /** Bytes of a key. */
    int keySize();

    /** Bytes of a value, or of one CPU's part of it. */
    int valueSize();

    /** Bytes of a value as it is copied: in a per-CPU map the parts of all CPUs. */
    long valueBytes();

    /** How many entries there can be. */
    int maxEntries();

    /** Copies the value of a key; false if there is none. */
    boolean get(MemorySegment key, MemorySegment value);

    /** Creates or replaces the value of a key. */
    void put(MemorySegment key, MemorySegment value);

    /** Removes a key; false if it was not there. */
    boolean delete(MemorySegment key);

    /** Calls {@code each} with every key and value, which are valid during the call only. */
    void forEach(BiConsumer<MemorySegment, MemorySegment> each);
}
