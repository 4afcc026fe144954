package dev.ballast.control.journal;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * What a revision led to, so small that a thousand of them can be kept. A base stands for itself; a step holds what lies between
 * the head and the tail that its configuration shares with the one before, and which drains came and went. A drain stores no
 * configuration at all, one weight among 100,000 members a few bytes. Text is deflated. Pure.
 *
 * <p>Its records hold arrays: texts of up to 16 MiB that nobody changes, or compares as a whole.
 */
@SuppressWarnings("ArrayRecordComponent")
sealed interface Body {
    /** The longest configuration that could be read back, bytes. */
    int CONFIG_MAX_BYTES = (16 << 20) - 1;

    /** Bytes that are compared at once. */
    int BLOCK = 4096;

    /** All of it. */
    record Base(SortedSet<String> drains, byte[] config) implements Body {}

    /** What differs from the revision before. {@code prefix} and {@code suffix} are bytes that both share. */
    record Step(SortedSet<String> drained, SortedSet<String> undrained, int prefix, int suffix, byte[] middle)
            implements Body {
        /** No configuration differs. */
        boolean keepsConfig(byte[] before) {
            return prefix == before.length && middle.length == 0;
        }
    }

    /** A state as it is kept in memory: the text is UTF-8. */
    record State(SortedSet<String> drains, byte[] config) {
        static final State NONE = new State(new TreeSet<>(), new byte[0]);
    }

    static Step between(State before, State after) {
        byte[] a = before.config();
        byte[] b = after.config();
        int prefix = 0;
        int suffix = 0;
        int mismatch = Arrays.mismatch(a, b);
        if (mismatch < 0) {
            prefix = a.length;
        } else {
            prefix = mismatch;
            int most = Math.min(a.length, b.length) - prefix;
            while (suffix + BLOCK <= most && sameBlock(a, b, suffix)) {
                suffix += BLOCK;
            }
            while (suffix < most && a[a.length - 1 - suffix] == b[b.length - 1 - suffix]) {
                suffix++;
            }
        }
        SortedSet<String> drained = new TreeSet<>(after.drains());
        drained.removeAll(before.drains());
        SortedSet<String> undrained = new TreeSet<>(before.drains());
        undrained.removeAll(after.drains());
        return new Step(drained, undrained, prefix, suffix, Arrays.copyOfRange(b, prefix, b.length - suffix));
    }

    /** Whether the block that ends so many bytes before the ends is the same: compared as a whole, it takes a tenth of the time. */
    private static boolean sameBlock(byte[] a, byte[] b, int fromEnd) {
        int endA = a.length - fromEnd;
        int endB = b.length - fromEnd;
        return Arrays.equals(a, endA - BLOCK, endA, b, endB - BLOCK, endB);
    }

    /**
     * The state that this leads to.
     *
     * @throws IOException if it does not fit {@code before}
     */
    default State after(State before) throws IOException {
        return switch (this) {
            case Base base -> new State(base.drains(), base.config());
            case Step step -> after(before, step);
        };
    }

    private static State after(State before, Step step) throws IOException {
        byte[] a = before.config();
        SortedSet<String> drains = new TreeSet<>(before.drains());
        if (!drains.containsAll(step.undrained()) || (long) step.prefix() + step.suffix() > a.length) {
            throw new IOException("does not follow from the record before");
        }
        drains.removeAll(step.undrained());
        drains.addAll(step.drained());
        if (step.keepsConfig(a)) {
            return new State(drains, a);
        }
        long length = (long) step.prefix() + step.middle().length + step.suffix();
        if (length > CONFIG_MAX_BYTES) {
            throw new IOException("leads to a configuration of " + length + " bytes");
        }
        byte[] config = new byte[(int) length];
        System.arraycopy(a, 0, config, 0, step.prefix());
        System.arraycopy(step.middle(), 0, config, step.prefix(), step.middle().length);
        System.arraycopy(a, a.length - step.suffix(), config, config.length - step.suffix(), step.suffix());
        return new State(drains, config);
    }

    /** Speed counts more than size here: the loop waits, and text of a configuration deflates to a tenth either way. */
    static byte[] deflate(byte[] text) {
        try (Deflater deflater = new Deflater(Deflater.BEST_SPEED)) {
            deflater.setInput(text);
            deflater.finish();
            ByteArrayOutputStream out = new ByteArrayOutputStream(64 + text.length / 8);
            byte[] piece = new byte[Math.clamp(text.length, 64, 1 << 16)];
            while (!deflater.finished()) {
                out.write(piece, 0, deflater.deflate(piece));
            }
            return out.toByteArray();
        }
    }

    /** Gives back exactly {@code length} bytes. */
    static byte[] inflate(byte[] deflated, int length) throws IOException {
        if (length < 0 || length > CONFIG_MAX_BYTES) {
            throw new IOException("has a text of " + length + " bytes");
        }
        try (Inflater inflater = new Inflater()) {
            inflater.setInput(deflated);
            byte[] text = new byte[length];
            int at = 0;
            while (at < length) {
                int got = inflater.inflate(text, at, length - at);
                if (got == 0) {
                    throw new IOException("has a text that ends too early");
                }
                at += got;
            }
            return text;
        } catch (DataFormatException e) {
            throw new IOException("has a text that cannot be inflated", e);
        }
    }
}
