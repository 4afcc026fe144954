package dev.ballast.bpf;

import java.lang.foreign.MemorySegment;

/**
 * One value in memory with its fields by name: {@code view.set("next_hop.ifindex", 7)}. For edges and tests; a hot path keeps
 * its {@link BtfLayout.Field}s, or checks a Java layout once with {@link BtfLayout#check}.
 *
 * @param layout of the value
 * @param memory the value; reads and writes are plain, in the machine's byte order
 */
public record BtfView(BtfLayout layout, MemorySegment memory) {
    /** The number in a field, extended by its sign if its type has one. */
    public long get(String path) {
        return layout.field(path).get(memory);
    }

    /** Puts a number in a field; one that does not fit is refused. */
    public BtfView set(String path, long number) {
        layout.field(path).set(memory, number);
        return this;
    }

    /** The memory of a field: an array, a nested struct. */
    public MemorySegment slice(String path) {
        return layout.field(path).slice(memory);
    }
}
