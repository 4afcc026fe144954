package dev.ballast.control.reconcile;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A number that tells whether somebody has written over slots; no secret, and no proof against who means it. Pure. */
final class SlotChecksum {
    private static final long MULTIPLIER = 0x9e3779b97f4a7c15L;

    private SlotChecksum() {}

    /** Of all slots, a nanosecond for four of them. */
    static long of(MemorySegment slots) {
        long sum = 0;
        long words = slots.byteSize() & -Long.BYTES;
        for (long at = 0; at < words; at += Long.BYTES) {
            sum = (sum ^ slots.get(ValueLayout.JAVA_LONG, at)) * MULTIPLIER;
        }
        for (long at = words; at < slots.byteSize(); at += Short.BYTES) {
            sum = (sum ^ slots.get(ValueLayout.JAVA_SHORT, at)) * MULTIPLIER;
        }
        return sum;
    }
}
