package dev.ballast.bpf;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The types of a BPF object or of the kernel, parsed from their BTF. Immutable; any thread.
 *
 * <p>A blob that is truncated, inconsistent or over the kernel's own limits is refused as a whole with the offset of the first
 * fault: every id in a parsed BTF refers to a type of it, and every type's size is finite.
 *
 * @see <a href="https://docs.kernel.org/bpf/btf.html">BPF Type Format</a>
 */
public final class Btf {
    private static final int MAGIC = 0xeb9f;
    private static final int HEADER_BYTES = 24;
    private static final Path KERNEL = Path.of("/sys/kernel/btf/vmlinux");

    /** BTF_MAX_SIZE, BTF_MAX_TYPE and the nesting that the kernel's verifier follows (MAX_RESOLVE_DEPTH). */
    private static final int MAX_BYTES = 16 << 20;

    private static final int MAX_TYPES = 0xf_ffff;
    private static final int MAX_DEPTH = 32;
    private static final int POINTER_BYTES = 8;

    private final List<BtfType> types;
    private final Map<String, Integer> composites = new HashMap<>();
    private final Map<String, Integer> others = new HashMap<>();

    private Btf(List<BtfType> types) {
        this.types = types;
        for (int id = types.size() - 1; id > 0; id--) { // backwards: the first of a name wins
            BtfType type = types.get(id);
            (type instanceof BtfType.Composite ? composites : others).put(type.name(), id);
        }
    }

    /**
     * Parses a BTF blob (the content of an ELF's {@code .BTF} section).
     *
     * @throws BpfException naming the offset and what is wrong there
     */
    public static Btf parse(byte[] blob) {
        return new Parser(blob).parse();
    }

    /** Whether the running kernel publishes its types. */
    public static boolean kernelPresent() {
        return Files.isReadable(KERNEL);
    }

    /**
     * The running kernel's types: some 100,000, parsed anew at each call.
     *
     * @throws BpfException if the kernel was built without them
     */
    public static Btf kernel() {
        if (!kernelPresent()) {
            throw new BpfException("read kernel BTF", KERNEL.toString(), Errno.ENOENT, kernelCure());
        }
        try {
            return parse(Files.readAllBytes(KERNEL));
        } catch (IOException e) {
            throw new BpfException("read kernel BTF", KERNEL.toString(), 0, e.toString(), e);
        }
    }

    static String kernelCure() {
        return "this kernel has no BTF; run one built with CONFIG_DEBUG_INFO_BTF=y (Debian's and every current distribution's are)";
    }

    /** How many types, void included: valid ids are below it. */
    public int typeCount() {
        return types.size();
    }

    /** The type with that id. */
    public BtfType type(int id) {
        return types.get(id);
    }

    /** The struct or union of that name. */
    public Optional<BtfType.Composite> composite(String name) {
        return Optional.ofNullable(composites.get(name)).map(id -> (BtfType.Composite) types.get(id));
    }

    /** The layout of the struct, union or other named type. */
    public Optional<BtfLayout> layout(String name) {
        return Optional.ofNullable(composites.containsKey(name) ? composites.get(name) : others.get(name))
                .map(this::layout);
    }

    /** The layout of the type with that id. */
    public BtfLayout layout(int id) {
        return new BtfLayout(this, id);
    }

    /** The section of that name with its variables, such as {@code .rodata}. */
    public Optional<BtfType.DataSection> section(String name) {
        return Optional.ofNullable(others.get(name))
                .map(types::get)
                .flatMap(type -> type instanceof BtfType.DataSection section ? Optional.of(section) : Optional.empty());
    }

    /** A constant of any enum. */
    public Optional<Long> enumerator(String name) {
        for (BtfType type : types) {
            if (type instanceof BtfType.Enumeration enumeration) {
                for (BtfType.Enumerator value : enumeration.values()) {
                    if (value.name().equals(name)) {
                        return Optional.of(value.value());
                    }
                }
            }
        }
        return Optional.empty();
    }

    /** What is left of a type without its typedefs and qualifiers. */
    public BtfType resolve(int id) {
        return types.get(resolveId(id));
    }

    private int resolveId(int id) {
        int resolved = id;
        for (int depth = 0; depth < MAX_DEPTH; depth++) {
            switch (types.get(resolved)) {
                case BtfType.Typedef typedef -> resolved = typedef.targetId();
                case BtfType.Qualifier qualifier -> resolved = qualifier.targetId();
                default -> {
                    return resolved;
                }
            }
        }
        throw malformed("type " + id + " is a chain of more than " + MAX_DEPTH + " typedefs");
    }

    /** The size of a value of that type; void, functions and forward declarations have none and count as 0. */
    public long sizeBytes(int id) {
        return sizeBytes(id, 0);
    }

    private long sizeBytes(int id, int depth) {
        if (depth > MAX_DEPTH) {
            throw malformed("type " + id + " is nested deeper than " + MAX_DEPTH);
        }
        return switch (resolve(id)) {
            case BtfType.Int type -> type.sizeBytes();
            case BtfType.FloatingPoint type -> type.sizeBytes();
            case BtfType.Pointer type -> POINTER_BYTES;
            case BtfType.Composite type -> type.sizeBytes();
            case BtfType.Enumeration type -> type.sizeBytes();
            case BtfType.DataSection type -> type.sizeBytes();
            case BtfType.Variable type -> sizeBytes(type.typeId(), depth + 1);
            case BtfType.Array type -> Math.multiplyExact(sizeBytes(type.elementId(), depth + 1), (long) type.count());
            default -> 0;
        };
    }

    /** How C would write the type: {@code struct flow}, {@code __u32}, {@code __u8[6]}. */
    public String describe(int id) {
        return switch (types.get(id)) {
            case BtfType.Composite type ->
                (type.union() ? "union " : "struct ") + (type.name().isEmpty() ? "{...}" : type.name());
            case BtfType.Enumeration type -> "enum " + type.name();
            case BtfType.Array type -> describe(type.elementId()) + "[" + type.count() + "]";
            case BtfType.Pointer type -> "pointer";
            case BtfType.Qualifier type -> describe(type.targetId());
            case BtfType type -> type.name();
        };
    }

    static BpfException malformed(String what) {
        return new BpfException(
                "parse",
                "BTF",
                0,
                what + "; the object is damaged or not a BPF object: build it again with clang -g -target bpf");
    }

    /** One pass over the blob; the checks of a later reference wait until all ids are known. */
    private static final class Parser {
        private final ByteBuffer blob;
        private final List<BtfType> types = new ArrayList<>();
        private int stringsStart;
        private int stringsEnd;

        Parser(byte[] bytes) {
            this.blob = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        }

        Btf parse() {
            int size = blob.capacity();
            if (size < HEADER_BYTES) {
                throw malformed(size + " bytes are too few for its header of " + HEADER_BYTES);
            }
            if (size > MAX_BYTES) {
                throw malformed(size + " bytes are over the kernel's limit of " + MAX_BYTES);
            }
            int magic = blob.getShort(0) & 0xffff;
            if (magic != MAGIC) {
                throw malformed(
                        Short.reverseBytes((short) magic) == (short) MAGIC
                                ? "it is of the other byte order"
                                : String.format("it begins with 0x%04x instead of 0x%04x", magic, MAGIC));
            }
            if (blob.get(2) != 1) {
                throw malformed("version " + blob.get(2) + " is not 1");
            }
            long header = u32(4);
            long typesStart = header + u32(8);
            long typesEnd = typesStart + u32(12);
            long strings = header + u32(16);
            long end = strings + u32(20);
            if (header < HEADER_BYTES || typesEnd > size || strings < header || end > size || end == strings) {
                throw malformed("its header points outside of its " + size + " bytes");
            }
            stringsStart = (int) strings;
            stringsEnd = (int) end;
            if (blob.get(stringsEnd - 1) != 0) {
                throw malformed("its strings do not end with a NUL");
            }
            types.add(new BtfType.VoidType());
            blob.limit((int) typesEnd).position((int) typesStart);
            while (blob.hasRemaining()) {
                int at = blob.position();
                try {
                    types.add(type());
                } catch (BufferUnderflowException e) {
                    throw malformed("type " + types.size() + " at offset " + at + " ends outside of the type section");
                }
                if (types.size() > MAX_TYPES) {
                    throw malformed("more than " + MAX_TYPES + " types");
                }
            }
            Btf btf = new Btf(List.copyOf(types));
            checkReferences(btf);
            return btf;
        }

        /** struct btf_type and what follows it. */
        private BtfType type() {
            String name = string(blob.getInt());
            int info = blob.getInt();
            int sizeOrType = blob.getInt();
            int count = info & 0xffff;
            boolean flag = info < 0;
            int kind = info >>> 24 & 0x1f;
            return switch (kind) {
                case 1 -> integer(name, sizeOrType);
                case 2 -> new BtfType.Pointer(sizeOrType);
                case 3 -> array();
                case 4, 5 -> new BtfType.Composite(name, kind == 5, size(sizeOrType), members(count, flag));
                case 6 -> new BtfType.Enumeration(name, size(sizeOrType), flag, enumerators(count, flag));
                case 7 -> new BtfType.Forward(name, flag);
                case 8 -> new BtfType.Typedef(name, sizeOrType);
                case 9, 10, 11, 18 -> new BtfType.Qualifier(name, sizeOrType);
                case 12 -> new BtfType.Function(name, sizeOrType);
                case 13 -> new BtfType.Prototype(sizeOrType, parameters(count));
                case 14 -> new BtfType.Variable(name, sizeOrType, blob.getInt() != 0);
                case 15 -> new BtfType.DataSection(name, size(sizeOrType), sectionVariables(count));
                case 16 -> new BtfType.FloatingPoint(name, size(sizeOrType));
                case 17 -> new BtfType.DeclarationTag(name, sizeOrType, blob.getInt());
                case 19 -> new BtfType.Enumeration(name, size(sizeOrType), flag, enumerators64(count));
                default -> throw malformed("type " + types.size() + " is of kind " + kind + ", which nothing defines");
            };
        }

        private BtfType.Int integer(String name, int size) {
            int encoding = blob.getInt();
            int bits = encoding & 0xff;
            if (size < 1 || size > 16 || bits > size * 8) {
                throw malformed("integer type " + types.size() + " has " + bits + " bits in " + size + " bytes");
            }
            int flags = encoding >>> 24 & 0xf;
            return new BtfType.Int(name, size, bits, (flags & 1) != 0, (flags & 4) != 0);
        }

        private BtfType.Array array() {
            int element = blob.getInt();
            blob.getInt(); // the index type says nothing
            return new BtfType.Array(element, size(blob.getInt()));
        }

        /** With {@code flag} the upper byte of an offset is the width of a bit-field. */
        private List<BtfType.Member> members(int count, boolean flag) {
            List<BtfType.Member> members = new ArrayList<>(Math.min(count, 64));
            for (int i = 0; i < count; i++) {
                String name = string(blob.getInt());
                int type = blob.getInt();
                int offset = blob.getInt();
                members.add(
                        new BtfType.Member(name, type, flag ? offset & 0xff_ffff : offset, flag ? offset >>> 24 : 0));
            }
            return List.copyOf(members);
        }

        private List<BtfType.Enumerator> enumerators(int count, boolean signed) {
            List<BtfType.Enumerator> values = new ArrayList<>(Math.min(count, 64));
            for (int i = 0; i < count; i++) {
                String name = string(blob.getInt());
                int value = blob.getInt();
                values.add(new BtfType.Enumerator(name, signed ? value : Integer.toUnsignedLong(value)));
            }
            return List.copyOf(values);
        }

        private List<BtfType.Enumerator> enumerators64(int count) {
            List<BtfType.Enumerator> values = new ArrayList<>(Math.min(count, 64));
            for (int i = 0; i < count; i++) {
                String name = string(blob.getInt());
                long low = Integer.toUnsignedLong(blob.getInt());
                values.add(new BtfType.Enumerator(name, (long) blob.getInt() << 32 | low));
            }
            return List.copyOf(values);
        }

        private List<BtfType.Parameter> parameters(int count) {
            List<BtfType.Parameter> parameters = new ArrayList<>(Math.min(count, 64));
            for (int i = 0; i < count; i++) {
                parameters.add(new BtfType.Parameter(string(blob.getInt()), blob.getInt()));
            }
            return List.copyOf(parameters);
        }

        private List<BtfType.SectionVariable> sectionVariables(int count) {
            List<BtfType.SectionVariable> variables = new ArrayList<>(Math.min(count, 64));
            for (int i = 0; i < count; i++) {
                variables.add(new BtfType.SectionVariable(blob.getInt(), size(blob.getInt()), size(blob.getInt())));
            }
            return List.copyOf(variables);
        }

        private int size(int value) {
            if (value < 0) {
                throw malformed("type " + types.size() + " has a size of " + Integer.toUnsignedString(value));
            }
            return value;
        }

        private String string(int offset) {
            int start = stringsStart + offset;
            if (offset < 0 || start >= stringsEnd || start < stringsStart) {
                throw malformed("type " + types.size() + " has its name at " + Integer.toUnsignedString(offset)
                        + ", outside of the strings");
            }
            int end = start;
            while (blob.array()[end] != 0) { // the last string ends with a NUL, checked before
                end++;
            }
            return new String(blob.array(), start, end - start, StandardCharsets.UTF_8);
        }

        private long u32(int offset) {
            return Integer.toUnsignedLong(blob.getInt(offset));
        }

        private void checkReferences(Btf btf) {
            for (int id = 1; id < types.size(); id++) {
                switch (types.get(id)) {
                    case BtfType.Pointer type -> reference(id, type.targetId());
                    case BtfType.Array type -> reference(id, type.elementId());
                    case BtfType.Composite type -> type.members().forEach(reference(id));
                    case BtfType.Typedef type -> reference(id, type.targetId());
                    case BtfType.Qualifier type -> reference(id, type.targetId());
                    case BtfType.Function type -> reference(id, type.prototypeId());
                    case BtfType.Prototype type -> prototype(id, type);
                    case BtfType.Variable type -> reference(id, type.typeId());
                    case BtfType.DataSection type -> section(id, type);
                    case BtfType.DeclarationTag type -> reference(id, type.targetId());
                    case BtfType.VoidType _,
                            BtfType.Int _,
                            BtfType.FloatingPoint _,
                            BtfType.Enumeration _,
                            BtfType.Forward _ -> {}
                }
            }
            checkAnonymousNesting(btf);
            for (int id = 1; id < types.size(); id++) {
                try {
                    btf.sizeBytes(id);
                } catch (ArithmeticException e) {
                    throw malformed("type " + id + " is an array of more than 2^63 bytes");
                }
            }
        }

        /** A look-up by name goes through anonymous members: no struct may contain itself that way, at any distance. */
        private void checkAnonymousNesting(Btf btf) {
            int[] depthOf = new int[types.size()];
            for (int id = 1; id < types.size(); id++) {
                anonymousDepth(btf, id, depthOf, 0);
            }
        }

        private int anonymousDepth(Btf btf, int typeId, int[] depthOf, int above) {
            int id = btf.resolveId(typeId);
            if (!(types.get(id) instanceof BtfType.Composite composite)) {
                return 0;
            }
            if (depthOf[id] == 0 && above <= MAX_DEPTH) {
                int inner = 0;
                for (BtfType.Member member : composite.members()) {
                    if (member.name().isEmpty()) {
                        inner = Math.max(inner, anonymousDepth(btf, member.typeId(), depthOf, above + 1));
                    }
                }
                depthOf[id] = inner + 1;
            }
            if (above + depthOf[id] > MAX_DEPTH) { // a struct within itself goes down until above says so
                throw malformed("type " + id + " has anonymous members nested deeper than " + MAX_DEPTH);
            }
            return depthOf[id];
        }

        private Consumer<BtfType.Member> reference(int id) {
            return member -> reference(id, member.typeId());
        }

        private void prototype(int id, BtfType.Prototype type) {
            reference(id, type.returnId());
            type.parameters().forEach(parameter -> reference(id, parameter.typeId()));
        }

        private void section(int id, BtfType.DataSection section) {
            for (BtfType.SectionVariable variable : section.variables()) {
                reference(id, variable.variableId());
            }
        }

        private void reference(int from, int to) {
            if (to < 0 || to >= types.size()) {
                throw malformed(
                        "type " + from + " refers to type " + Integer.toUnsignedString(to) + " of " + types.size());
            }
        }
    }
}
