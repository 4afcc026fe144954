package dev.ballast.bpf;

import java.lang.foreign.MemorySegment;

/** Where a {@link BpfMap#getBatch} goes on. One thread at a time. */
public final class BatchCursor {
    MemorySegment position;
    MemorySegment nextPosition;
    final MemorySegment count;
    boolean started;
    boolean done;

    BatchCursor(MemorySegment position, MemorySegment nextPosition, MemorySegment count) {
        this.position = position;
        this.nextPosition = nextPosition;
        this.count = count;
    }

    /** Whether the whole map has been read. */
    public boolean isDone() {
        return done;
    }
}
