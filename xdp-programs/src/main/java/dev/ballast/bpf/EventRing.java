package dev.ballast.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;

/**
 * The memory of a BPF ring buffer, read by one consumer: the protocol alone, without descriptors.
 *
 * <pre>
 *   page 0             page 1             data           the same data again
 *   | consumer (rw) |  | producer (r) |  | 0 ... size-1 | 0 ... size-1 |
 *                                          each event: | length and flags | page offset | bytes, padded to 8 |
 *                                          the second mapping makes an event that wraps contiguous
 * </pre>
 *
 * <p>Positions only grow; the data lies at position modulo size. An event is reserved (BUSY) before it is committed or
 * discarded, and a reader stops at the first BUSY one, whatever is complete behind it: that keeps the order of reservation.
 *
 * @see <a href="https://docs.kernel.org/bpf/ringbuf.html">BPF ring buffer</a>
 */
final class EventRing {
    static final int BUSY = 1 << 31;
    static final int DISCARD = 1 << 30;
    static final int HEADER_BYTES = 8;

    private static final VarHandle POSITION = JAVA_LONG.varHandle();
    private static final VarHandle LENGTH = JAVA_INT.varHandle();

    private final MemorySegment consumer;
    private final MemorySegment producer;
    private final MemorySegment data;
    private final long mask;

    /** Where the next event starts; the consumer page holds the same, for the kernel. Only the consumer thread touches it. */
    private long position;

    /**
     * Goes on where the last reader left off.
     *
     * @param consumer begins with the consumer's position
     * @param producer begins with the producer's position
     * @param data the buffer, twice
     */
    EventRing(MemorySegment consumer, MemorySegment producer, MemorySegment data) {
        this.consumer = consumer;
        this.producer = producer;
        this.data = data.asReadOnly();
        this.mask = data.byteSize() / 2 - 1;
        // Plain: only a consumer writes it, and we are the consumer.
        this.position = (long) POSITION.get(consumer, 0L);
    }

    /** See {@link EventBuffer#read(Consumer, int)}. */
    int read(Consumer<MemorySegment> handler, int limit) {
        int handed = 0;
        while (handed < limit) {
            // Acquire pairs with the kernel's release of the producer's position: the header of each event below it has
            // been
            // written, at least as BUSY. With a plain load the header's could come first and find what an earlier round
            // of
            // the ring left there.
            long produced = (long) POSITION.getAcquire(producer, 0L);
            if (position >= produced) {
                break;
            }
            long at = position & mask;
            // Acquire pairs with the exchange that commits in the kernel: where BUSY is gone, the event's bytes are
            // there.
            int header = (int) LENGTH.getAcquire(data, at);
            if ((header & BUSY) != 0) {
                break;
            }
            int length = header & ~DISCARD;
            position += (HEADER_BYTES + length + 7L) & ~7L;
            try {
                if ((header & DISCARD) == 0) {
                    handed++;
                    handler.accept(data.asSlice(at + HEADER_BYTES, length));
                }
            } finally {
                // Release: the handler's loads of the event are over before the kernel may reserve its room anew.
                POSITION.setRelease(consumer, 0L, position);
            }
        }
        return handed;
    }

    /** Acquire only for tidiness: the difference is out of date when it is returned. */
    long backlogBytes() {
        return (long) POSITION.getAcquire(producer, 0L) - (long) POSITION.getAcquire(consumer, 0L);
    }
}
