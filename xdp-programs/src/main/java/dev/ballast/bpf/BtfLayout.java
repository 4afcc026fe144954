package dev.ballast.bpf;

import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.UnionLayout;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How values of one BTF type lie in memory: fields by their C names, and the check that a layout written in Java says the same.
 * Immutable; any thread.
 *
 * <p>A path is written as in C, {@code next_hop.mac[2]}; members of anonymous structs and unions are found through them.
 */
public final class BtfLayout {
    private static final Pattern STEP = Pattern.compile("\\.?([A-Za-z_]\\w*)|\\[(\\d{1,9})]");

    private final Btf btf;
    private final int typeId;

    BtfLayout(Btf btf, int typeId) {
        this.btf = btf;
        this.typeId = typeId;
    }

    /** The type, without typedefs and qualifiers. */
    public BtfType type() {
        return btf.resolve(typeId);
    }

    /** How C writes the type. */
    public String name() {
        return btf.describe(typeId);
    }

    /** The size of one value. */
    public long sizeBytes() {
        return btf.sizeBytes(typeId);
    }

    /**
     * The field at {@code path}; the empty path is the value itself.
     *
     * @throws IllegalArgumentException naming the fields there are
     */
    public Field field(String path) {
        Matcher step = STEP.matcher(path);
        Field field = new Field(name(), 0, sizeBytes() * 8, typeId, false);
        int at = 0;
        while (at < path.length()) {
            if (!step.find(at) || step.start() != at) {
                throw new IllegalArgumentException(
                        "'" + path + "' is not a path into " + name() + " at index " + at + "; write member.member[0]");
            }
            field = step.group(2) == null
                    ? member(field, step.group(1), path)
                    : element(field, Integer.parseInt(step.group(2)), path);
            at = step.end();
        }
        return new Field(path.isEmpty() ? name() : path, field.bitOffset, field.bits, field.typeId, field.bitField);
    }

    private Field member(Field of, String name, String path) {
        if (btf.resolve(of.typeId) instanceof BtfType.Composite composite) {
            Optional<Field> found = find(composite, name, of.bitOffset);
            if (found.isPresent()) {
                return found.get();
            }
            throw new IllegalArgumentException("'" + path + "': " + btf.describe(of.typeId) + " has no member '" + name
                    + "'; it has " + names(composite));
        }
        throw new IllegalArgumentException(
                "'" + path + "': " + btf.describe(of.typeId) + " is not a struct and has no member '" + name + "'");
    }

    private Field element(Field of, int index, String path) {
        if (btf.resolve(of.typeId) instanceof BtfType.Array array && index < Math.max(array.count(), 1)) {
            long bits = btf.sizeBytes(array.elementId()) * 8;
            return new Field("", of.bitOffset + index * bits, bits, array.elementId(), false);
        }
        throw new IllegalArgumentException("'" + path + "': " + btf.describe(of.typeId) + " has no element " + index);
    }

    private Optional<Field> find(BtfType.Composite composite, String name, long bitOffset) {
        for (BtfType.Member member : composite.members()) {
            Field field = field(member, bitOffset);
            if (member.name().equals(name)) {
                return Optional.of(field);
            }
            if (member.name().isEmpty() && btf.resolve(member.typeId()) instanceof BtfType.Composite anonymous) {
                Optional<Field> found = find(anonymous, name, field.bitOffset);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    private Field field(BtfType.Member member, long bitOffset) {
        boolean bitField = member.bitFieldBits() != 0;
        long bits = bitField ? member.bitFieldBits() : btf.sizeBytes(member.typeId()) * 8;
        return new Field(member.name(), bitOffset + member.bitOffset(), bits, member.typeId(), bitField);
    }

    /** The members of a struct or union in their order, those of anonymous ones in their place; of any other type none. */
    public List<Field> fields() {
        List<Field> fields = new ArrayList<>();
        if (type() instanceof BtfType.Composite composite) {
            collect(composite, 0, fields);
        }
        return List.copyOf(fields);
    }

    private void collect(BtfType.Composite composite, long bitOffset, List<Field> into) {
        for (BtfType.Member member : composite.members()) {
            Field field = field(member, bitOffset);
            if (!member.name().isEmpty()) {
                into.add(field);
            } else if (btf.resolve(member.typeId()) instanceof BtfType.Composite anonymous) {
                collect(anonymous, field.bitOffset, into);
            }
        }
    }

    private List<String> names(BtfType.Composite composite) {
        List<Field> fields = new ArrayList<>();
        collect(composite, 0, fields);
        return fields.stream().map(Field::path).toList();
    }

    /** The fields of one value in memory. */
    public BtfView view(MemorySegment value) {
        if (value.byteSize() < sizeBytes()) {
            throw new IllegalArgumentException(
                    "a " + name() + " takes " + sizeBytes() + " bytes, not " + value.byteSize());
        }
        return new BtfView(this, value);
    }

    /**
     * Checks that a layout written in Java is this one: same size, and each of its named members a field of the same name,
     * offset and size; every field of this struct has to be named.
     *
     * @throws BpfException listing every difference
     */
    public void check(GroupLayout java) {
        List<Expected> expected = new ArrayList<>();
        long offset = 0;
        for (MemoryLayout member : java.memberLayouts()) {
            if (!(member instanceof PaddingLayout)) {
                expected.add(new Expected(member.name().orElse("(unnamed)"), offset, member.byteSize()));
            }
            offset += java instanceof UnionLayout ? 0 : member.byteSize();
        }
        check(java.byteSize(), expected);
    }

    /**
     * The same for a layout given as a list.
     *
     * @param sizeBytes of the whole value
     */
    public void check(long sizeBytes, List<Expected> expected) {
        List<String> differences = new ArrayList<>();
        if (sizeBytes != sizeBytes()) {
            differences.add("size is " + sizeBytes + " in Java, " + sizeBytes() + " in the object");
        }
        List<Field> fields = fields();
        for (Expected field : expected) {
            Optional<Field> found =
                    fields.stream().filter(f -> f.path.equals(field.name)).findFirst();
            if (found.isEmpty()) {
                differences.add("the object has no field '" + field.name + "'");
            } else if (found.get().bitField
                    || found.get().bitOffset != field.offsetBytes * 8
                    || found.get().bits != field.sizeBytes * 8) {
                differences.add("'" + field.name + "' is bytes " + range(field.offsetBytes * 8, field.sizeBytes * 8)
                        + " in Java, " + range(found.get().bitOffset, found.get().bits) + " in the object");
            }
        }
        for (Field field : fields) {
            if (expected.stream().noneMatch(e -> e.name.equals(field.path))) {
                differences.add("Java has no field '" + field.path + "'");
            }
        }
        if (!differences.isEmpty()) {
            throw new BpfException(
                    "check layout of",
                    name(),
                    0,
                    String.join("; ", differences)
                            + ". The object and this program are of different builds: use those of one");
        }
    }

    private static String range(long bitOffset, long bits) {
        if ((bitOffset | bits) % 8 != 0) {
            return "bits " + bitOffset + " to " + (bitOffset + bits);
        }
        return bitOffset / 8 + " to " + (bitOffset + bits) / 8;
    }

    /** A field as Java believes it to be. */
    public record Expected(String name, long offsetBytes, long sizeBytes) {}

    /** A place within a value. Reads and writes are plain, in the machine's byte order: C's {@code __be} fields come as they are. */
    public final class Field {
        private final String path;
        private final long bitOffset;
        private final long bits;
        private final int typeId;
        private final boolean bitField;

        private Field(String path, long bitOffset, long bits, int typeId, boolean bitField) {
            this.path = path;
            this.bitOffset = bitOffset;
            this.bits = bits;
            this.typeId = typeId;
            this.bitField = bitField;
        }

        /** The path it was found by. */
        public String path() {
            return path;
        }

        /** Where its bits start, from the value's start. */
        public long bitOffset() {
            return bitOffset;
        }

        /** How many bits it has. */
        public long bits() {
            return bits;
        }

        /** The byte it starts in. */
        public long offsetBytes() {
            return bitOffset / 8;
        }

        /** Its size; of a bit-field the bytes it touches. */
        public long sizeBytes() {
            return (bitOffset + bits + 7) / 8 - bitOffset / 8;
        }

        /** The layout of its type. */
        public BtfLayout layout() {
            return new BtfLayout(btf, typeId);
        }

        /**
         * The number in it, extended by its sign if its type has one.
         *
         * @throws IllegalArgumentException if it is not a scalar of at most 64 bits
         */
        public long get(MemorySegment value) {
            requireScalar();
            long raw = bitField ? bitField(value) : integer(value);
            int unused = (int) (Long.SIZE - bits);
            return signed() ? (raw << unused) >> unused : (raw << unused) >>> unused;
        }

        /**
         * Puts a number in it; a bit-field is written by a read and a write of its bytes.
         *
         * @throws IllegalArgumentException if it is not a scalar, or the number does not fit (as signed or unsigned) its bits
         */
        public void set(MemorySegment value, long number) {
            requireScalar();
            long shifted = bits == Long.SIZE ? 0 : number >> (bits - 1);
            if (bits < Long.SIZE && number >>> bits != 0 && shifted != -1) {
                throw new IllegalArgumentException(number + " does not fit the " + bits + " bits of '" + path + "'");
            }
            if (bitField) {
                setBitField(value, number);
            } else {
                setInteger(value, number);
            }
        }

        /** The memory of it, for arrays and structs. */
        public MemorySegment slice(MemorySegment value) {
            if (bitField) {
                throw new IllegalArgumentException("'" + path + "' is a bit-field and has no memory of its own");
            }
            return value.asSlice(bitOffset / 8, bits / 8);
        }

        private void requireScalar() {
            boolean scalar = switch (btf.resolve(typeId)) {
                case BtfType.Int _, BtfType.Enumeration _, BtfType.Pointer _ -> bits <= Long.SIZE && bits > 0;
                default -> false;
            };
            if (!scalar) {
                throw new IllegalArgumentException("'" + path + "' is a " + btf.describe(typeId)
                        + ", not a number; name a member or take its slice");
            }
        }

        private boolean signed() {
            return switch (btf.resolve(typeId)) {
                case BtfType.Int type -> type.signed();
                case BtfType.Enumeration type -> type.signed();
                default -> false;
            };
        }

        private long integer(MemorySegment value) {
            long offset = bitOffset / 8;
            return switch ((int) bits) {
                case 8 -> value.get(ValueLayout.JAVA_BYTE, offset);
                case 16 -> value.get(ValueLayout.JAVA_SHORT_UNALIGNED, offset);
                case 32 -> value.get(ValueLayout.JAVA_INT_UNALIGNED, offset);
                case 64 -> value.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
                default -> throw new IllegalArgumentException("'" + path + "' is an integer of " + bits + " bits");
            };
        }

        private void setInteger(MemorySegment value, long number) {
            long offset = bitOffset / 8;
            switch ((int) bits) {
                case 8 -> value.set(ValueLayout.JAVA_BYTE, offset, (byte) number);
                case 16 -> value.set(ValueLayout.JAVA_SHORT_UNALIGNED, offset, (short) number);
                case 32 -> value.set(ValueLayout.JAVA_INT_UNALIGNED, offset, (int) number);
                case 64 -> value.set(ValueLayout.JAVA_LONG_UNALIGNED, offset, number);
                default -> throw new IllegalArgumentException("'" + path + "' is an integer of " + bits + " bits");
            }
        }

        private long bitField(MemorySegment value) {
            long number = 0;
            for (long bit = 0; bit < bits; bit++) {
                number |= (long) bit(value, bitOffset + bit) << bit;
            }
            return number;
        }

        private void setBitField(MemorySegment value, long number) {
            for (long bit = 0; bit < bits; bit++) {
                long at = bitOffset + bit;
                int mask = 1 << shift(at);
                byte old = value.get(ValueLayout.JAVA_BYTE, at / 8);
                value.set(ValueLayout.JAVA_BYTE, at / 8, (byte) ((number >>> bit & 1) != 0 ? old | mask : old & ~mask));
            }
        }

        private int bit(MemorySegment value, long at) {
            return (value.get(ValueLayout.JAVA_BYTE, at / 8) >>> shift(at)) & 1;
        }

        /** BTF counts bits from the low end on little-endian machines, from the high end on the others. */
        private static int shift(long bit) {
            return (int) (ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? bit % 8 : 7 - bit % 8);
        }
    }
}
