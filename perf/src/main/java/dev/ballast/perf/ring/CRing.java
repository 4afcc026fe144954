package dev.ballast.perf.ring;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.ballast.ring.HashKey;
import dev.ballast.ring.Ring;
import dev.ballast.ring.RingMember;
import dev.ballast.ring.RingSize;
import dev.ballast.ring.SipHash;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/** The C build of a ring, on inputs that are prepared once: hashed, and in the order of turns at one moment. One thread. */
final class CRing {
    private static final MethodHandle BUILD;
    private static final MethodHandle BUILD_IN_ORDER;

    static {
        SymbolLookup library = load();
        BUILD = Linker.nativeLinker()
                .downcallHandle(
                        library.findOrThrow("ring_build"),
                        FunctionDescriptor.ofVoid(
                                ADDRESS, JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_INT, ADDRESS, ADDRESS));
        BUILD_IN_ORDER = Linker.nativeLinker()
                .downcallHandle(
                        library.findOrThrow("ring_build_in_order"),
                        FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT, ADDRESS, ADDRESS, JAVA_INT, ADDRESS, ADDRESS));
    }

    /** sizeof(struct weight_class). */
    private static final long WEIGHT_CLASS_BYTES = 24;

    private record Hashed(RingMember member, int offset, int skip, long turn) {
        static Hashed of(RingMember member, int slots, HashKey secret) {
            return new Hashed(
                    member,
                    (int) Long.remainderUnsigned(hash(member, 0, secret), slots),
                    1 + (int) Long.remainderUnsigned(hash(member, 1, secret), slots - 1),
                    hash(member, 2, secret));
        }

        private static long hash(RingMember member, int use, HashKey secret) {
            byte[] message = Arrays.copyOf(member.key().toBytes(), member.key().bytes() + 1);
            message[message.length - 1] = (byte) use;
            return SipHash.hash(secret, message);
        }
    }

    private final int slots;
    private final int members;
    private final int[] index;
    private final MemorySegment offset;
    private final MemorySegment skip;
    private final MemorySegment weight;
    private final MemorySegment turns;
    private final MemorySegment next;
    private final MemorySegment heap;
    private final MemorySegment ring;

    CRing(List<RingMember> given, RingSize size, HashKey secret, Arena arena) {
        slots = size.slots();
        List<Hashed> hashed = given.stream()
                .map(member -> Hashed.of(member, slots, secret))
                .sorted(Comparator.<Hashed>comparingInt(one -> -one.member.weight())
                        .thenComparing(Hashed::turn, Long::compareUnsigned)
                        .thenComparing(one -> one.member.key()))
                .toList();
        members = hashed.size();
        index = hashed.stream().mapToInt(one -> one.member.index()).toArray();
        offset = arena.allocateFrom(
                JAVA_INT, hashed.stream().mapToInt(Hashed::offset).toArray());
        skip = arena.allocateFrom(
                JAVA_INT, hashed.stream().mapToInt(Hashed::skip).toArray());
        int[] weights = hashed.stream().mapToInt(one -> one.member.weight()).toArray();
        weight = arena.allocateFrom(JAVA_INT, weights);
        turns = arena.allocateFrom(JAVA_SHORT, turns(weights, slots));
        next = arena.allocate(JAVA_INT, members);
        heap = arena.allocate(WEIGHT_CLASS_BYTES * members, Long.BYTES);
        ring = arena.allocate(JAVA_SHORT, slots);
    }

    /** All turns, sorted: the k-th of a member of weight w stands at (k - 1/2) / w. */
    private static short[] turns(int[] weights, int slots) {
        record Turn(int member, long odd, int weight) {}
        double end = (slots + weights.length + 1.0)
                / Arrays.stream(weights).asLongStream().sum();
        List<Turn> turns = new ArrayList<>();
        for (int member = 0; member < weights.length; member++) {
            for (long odd = 1; odd <= 2 * (end * weights[member] + 1); odd += 2) {
                turns.add(new Turn(member, odd, weights[member]));
            }
        }
        turns.sort(((Comparator<Turn>) (one, other) -> Long.compare(one.odd * other.weight, other.odd * one.weight))
                .thenComparingInt(Turn::member));
        short[] order = new short[slots];
        for (int i = 0; i < slots; i++) {
            order[i] = (short) turns.get(i).member;
        }
        return order;
    }

    /** From scratch, with the order of turns. */
    MemorySegment build() {
        try {
            BUILD.invokeExact(ring, slots, offset, skip, weight, members, next, heap);
            return ring;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a downcall throws nothing else", e);
        }
    }

    /** The probing alone: the order of turns is one of the prepared inputs. */
    MemorySegment buildInOrder() {
        try {
            BUILD_IN_ORDER.invokeExact(ring, slots, offset, skip, members, next, turns);
            return ring;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a downcall throws nothing else", e);
        }
    }

    /**
     * Compares what was built last with the ring of the same members.
     *
     * @throws IllegalStateException if they differ
     */
    void requireEqual(Ring expected) {
        for (int slot = 0; slot < slots; slot++) {
            int member = index[Short.toUnsignedInt(ring.getAtIndex(JAVA_SHORT, slot))];
            if (member != expected.slot(slot)) {
                throw new IllegalStateException(
                        "slot %d of %d is member %d's in the C build and member %d's in the Java build: nothing was measured; ring.c has to follow Maglev"
                                .formatted(slot, slots, member, expected.slot(slot)));
            }
        }
    }

    /** A library can only be loaded from a file. */
    private static SymbolLookup load() {
        try (InputStream library = CRing.class.getResourceAsStream("ring.so")) {
            Path file = Files.createTempFile("ballast-ring", ".so");
            try {
                Files.copy(
                        Objects.requireNonNull(library, "ring.so is not in the jar: build perf with clang"),
                        file,
                        StandardCopyOption.REPLACE_EXISTING);
                return SymbolLookup.libraryLookup(file, Arena.global());
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("ring.so could not be copied to where it can be loaded from", e);
        }
    }
}
