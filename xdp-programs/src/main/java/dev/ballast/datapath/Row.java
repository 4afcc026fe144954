package dev.ballast.datapath;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * A private copy of one row of a mapped table: fields are set here, then its words are stored one by one, each whole, in the
 * order that the reader in the kernel relies on. One thread.
 */
final class Row {
    private final StructLayout layout;
    private final MemorySegment copy;

    private Row(StructLayout layout) {
        this.layout = layout;
        this.copy = MemorySegment.ofArray(new long[Math.toIntExact(layout.byteSize() / Long.BYTES)]);
    }

    /** All zero. */
    static Row blank(StructLayout layout) {
        return new Row(layout);
    }

    /** What stands at {@code offset}, each word read whole. */
    static Row read(StructLayout layout, Words table, long offset) {
        Row row = new Row(layout);
        for (long at = 0; at < layout.byteSize(); at += Long.BYTES) {
            row.copy.set(JAVA_LONG, at, table.load(offset + at));
        }
        return row;
    }

    /** Stores the words from byte {@code from} to {@code to} of the row, in that order, each with release. */
    void store(Words table, long offset, long from, long to) {
        for (long at = from; at < to; at += Long.BYTES) {
            table.store(offset + at, copy.get(JAVA_LONG, at));
        }
    }

    /** Stores the word that holds {@code field}. */
    void storeWordOf(String field, Words table, long offset) {
        long at = Abi.offset(layout, field) & -Long.BYTES;
        store(table, offset, at, at + Long.BYTES);
    }

    int u8(String field) {
        return copy.get(JAVA_BYTE, Abi.offset(layout, field)) & 0xff;
    }

    Row u8(String field, int value) {
        copy.set(JAVA_BYTE, Abi.offset(layout, field), (byte) value);
        return this;
    }

    int u16(String field) {
        return copy.get(JAVA_SHORT, Abi.offset(layout, field)) & 0xffff;
    }

    Row u16(String field, int value) {
        copy.set(JAVA_SHORT, Abi.offset(layout, field), (short) value);
        return this;
    }

    int u32(String field) {
        return copy.get(JAVA_INT, Abi.offset(layout, field));
    }

    Row u32(String field, int value) {
        copy.set(JAVA_INT, Abi.offset(layout, field), value);
        return this;
    }

    long u64(String field) {
        return copy.get(JAVA_LONG, Abi.offset(layout, field));
    }

    Row u64(String field, long value) {
        copy.set(JAVA_LONG, Abi.offset(layout, field), value);
        return this;
    }

    byte[] bytes(String field, int length) {
        return copy.asSlice(Abi.offset(layout, field), length).toArray(JAVA_BYTE);
    }

    Row bytes(String field, byte[] value) {
        MemorySegment.copy(value, 0, copy, JAVA_BYTE, Abi.offset(layout, field), value.length);
        return this;
    }

    byte[] toBytes() {
        return copy.toArray(JAVA_BYTE);
    }
}
