package dev.ballast.datapath;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/** The row of the map {@code meta}: what a later daemon must know to adopt the others. The program never reads it. One writer. */
final class Meta {
    private static final int RECORDS = 2;
    private static final long RECORD_BYTES = Abi.PROGRAM_RECORD.byteSize();
    private static final int DIGEST_BYTES = 32;

    private final MemorySegment row;

    Meta(MemorySegment row) {
        this.row = row;
    }

    void write(KernelClock clock, VipSeeds seeds, Specialisation specialisation) {
        row.set(JAVA_INT, Abi.offset(Abi.META, "format"), Abi.META_FORMAT);
        row.set(JAVA_INT, Abi.offset(Abi.META, "hz"), clock.hz());
        put("layout_digest", Abi.digest());
        put("seed_key", seeds.key());
        put("specialisation", specialisation.toBytes());
    }

    int format() {
        return row.get(JAVA_INT, Abi.offset(Abi.META, "format"));
    }

    byte[] layoutDigest() {
        return get("layout_digest", DIGEST_BYTES);
    }

    VipSeeds seeds() {
        return new VipSeeds(get("seed_key", VipSeeds.KEY_BYTES));
    }

    Specialisation specialisation() {
        return Specialisation.ofBytes(get("specialisation", Math.toIntExact(Abi.SPECIALISATION.byteSize())));
    }

    KernelClock clock() {
        return new KernelClock(
                row.get(JAVA_INT, Abi.offset(Abi.META, "hz")), specialisation().tickShift());
    }

    /** The digest of the object whose program has that kernel tag; empty if it is not on record. */
    Optional<byte[]> objectDigest(String kernelTag) {
        for (int i = 0; i < RECORDS; i++) {
            if (Arrays.equals(
                    record(i).asSlice(0, tagBytes(kernelTag).length).toArray(JAVA_BYTE), tagBytes(kernelTag))) {
                return Optional.of(record(i)
                        .asSlice(Abi.offset(Abi.PROGRAM_RECORD, "object_digest"), DIGEST_BYTES)
                        .toArray(JAVA_BYTE));
            }
        }
        return Optional.empty();
    }

    /** Puts a program on record beside the current one, whose record stays until the next call. */
    void record(String kernelTag, byte[] objectDigest, String currentKernelTag) {
        boolean firstIsCurrent = Arrays.equals(
                record(0).asSlice(0, tagBytes(currentKernelTag).length).toArray(JAVA_BYTE), tagBytes(currentKernelTag));
        MemorySegment free = record(firstIsCurrent && !kernelTag.equals(currentKernelTag) ? 1 : 0);
        MemorySegment.copy(
                objectDigest, 0, free, JAVA_BYTE, Abi.offset(Abi.PROGRAM_RECORD, "object_digest"), DIGEST_BYTES);
        byte[] tag = tagBytes(kernelTag);
        MemorySegment.copy(tag, 0, free, JAVA_BYTE, Abi.offset(Abi.PROGRAM_RECORD, "kernel_tag"), tag.length);
    }

    private MemorySegment record(int index) {
        return row.asSlice(Abi.offset(Abi.META, "program") + index * RECORD_BYTES, RECORD_BYTES);
    }

    private static byte[] tagBytes(String kernelTag) {
        return HexFormat.of().parseHex(kernelTag);
    }

    private void put(String field, byte[] bytes) {
        MemorySegment.copy(bytes, 0, row, JAVA_BYTE, Abi.offset(Abi.META, field), bytes.length);
    }

    private byte[] get(String field, int length) {
        return row.asSlice(Abi.offset(Abi.META, field), length).toArray(JAVA_BYTE);
    }
}
