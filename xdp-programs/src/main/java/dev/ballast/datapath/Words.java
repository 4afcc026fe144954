package dev.ballast.datapath;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * A table as its readers see it: 64-bit words, by byte offset, each read and stored whole. What is stored is seen by whoever sees a
 * later store. One writer.
 */
interface Words {
    /** Its length. */
    long bytes();

    /** The word at a multiple of 8. */
    long load(long at);

    /** Stores the word at a multiple of 8; all that was stored before is seen by whoever sees it. */
    void store(long at, long value);

    /** Those of a mapped table. */
    static Words of(MemorySegment table) {
        return new Mapped(table);
    }

    /** Words in memory that the program maps as well. */
    record Mapped(MemorySegment table) implements Words {
        private static final VarHandle WORD = JAVA_LONG.varHandle();

        @Override
        public long bytes() {
            return table.byteSize();
        }

        @Override
        public long load(long at) {
            return (long) WORD.getAcquire(table, at);
        }

        @Override
        public void store(long at, long value) {
            WORD.setRelease(table, at, value);
        }
    }
}
