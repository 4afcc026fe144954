package dev.ballast.datapath;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** The row of the map {@code meta}: what a later daemon must know to adopt the others. The program never reads it. One writer. */
final class Meta {
    private static final int RECORDS = 2;
    private static final long RECORD_BYTES = Abi.PROGRAM_RECORD.byteSize();
    private static final long RECORD_ID = Abi.offset(Abi.PROGRAM_RECORD, "program_id");
    private static final long RECORD_VARIANT = Abi.offset(Abi.PROGRAM_RECORD, "variant");
    private static final long RECORD_DIGEST = Abi.offset(Abi.PROGRAM_RECORD, "object_digest");
    private static final int DIGEST_BYTES = 32;

    private final MemorySegment row;

    Meta(MemorySegment row) {
        this.row = row;
    }

    /** A program on record. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Program(byte[] objectDigest, Variant variant) {}

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

    /** What is on record of the program with that id of the kernel; empty if nothing is. */
    Optional<Program> program(int id) {
        for (int i = 0; i < RECORDS; i++) {
            MemorySegment record = record(i);
            if (record.get(JAVA_INT, RECORD_ID) == id) {
                return Optional.of(new Program(
                        record.asSlice(RECORD_DIGEST, DIGEST_BYTES).toArray(JAVA_BYTE),
                        Variant.of(record.asSlice(RECORD_VARIANT, Abi.VARIANT.byteSize()))));
            }
        }
        return Optional.empty();
    }

    /** Puts a program on record beside the current one, whose record stays until the next call. */
    void record(int id, Program program, int currentId) {
        boolean firstIsCurrent = record(0).get(JAVA_INT, RECORD_ID) == currentId;
        MemorySegment free = record(firstIsCurrent && id != currentId ? 1 : 0);
        free.set(JAVA_INT, RECORD_ID, 0);
        MemorySegment.copy(program.objectDigest, 0, free, JAVA_BYTE, RECORD_DIGEST, DIGEST_BYTES);
        byte[] variant = program.variant.toBytes();
        MemorySegment.copy(variant, 0, free, JAVA_BYTE, RECORD_VARIANT, variant.length);
        free.set(JAVA_INT, RECORD_ID, id);
    }

    private MemorySegment record(int index) {
        return row.asSlice(Abi.offset(Abi.META, "program") + index * RECORD_BYTES, RECORD_BYTES);
    }

    private void put(String field, byte[] bytes) {
        MemorySegment.copy(bytes, 0, row, JAVA_BYTE, Abi.offset(Abi.META, field), bytes.length);
    }

    private byte[] get(String field, int length) {
        return row.asSlice(Abi.offset(Abi.META, field), length).toArray(JAVA_BYTE);
    }
}
