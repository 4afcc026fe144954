package dev.ballast.bpf;

import java.util.List;

/**
 * One type of a {@link Btf}, as the BTF encodes it. References to other types are ids into the same BTF; id 0 is void.
 *
 * @see <a href="https://docs.kernel.org/bpf/btf.html">BPF Type Format</a>
 */
public sealed interface BtfType {
    /** The C name; empty where it has none. */
    String name();

    /** The type with id 0. */
    record VoidType() implements BtfType {
        @Override
        public String name() {
            return "void";
        }
    }

    /** An integer of {@code sizeBytes}, of which {@code bits} count. */
    record Int(String name, int sizeBytes, int bits, boolean signed, boolean bool) implements BtfType {}

    /** A floating-point number. */
    record FloatingPoint(String name, int sizeBytes) implements BtfType {}

    /** A pointer. */
    record Pointer(int targetId) implements BtfType {
        @Override
        public String name() {
            return "";
        }
    }

    /** An array of {@code count} elements. */
    record Array(int elementId, int count) implements BtfType {
        @Override
        public String name() {
            return "";
        }
    }

    /** A struct or union. */
    record Composite(String name, boolean union, int sizeBytes, List<Member> members) implements BtfType {}

    /** A member of a struct or union; {@code bitFieldBits} is 0 where it is no bit-field. */
    record Member(String name, int typeId, int bitOffset, int bitFieldBits) {}

    /** An enum of 4 or 8 bytes (or as the compiler packed it). */
    record Enumeration(String name, int sizeBytes, boolean signed, List<Enumerator> values) implements BtfType {}

    /** A constant of an enum. */
    record Enumerator(String name, long value) {}

    /** A struct or union that is only declared. */
    record Forward(String name, boolean union) implements BtfType {}

    /** Another name of a type. */
    record Typedef(String name, int targetId) implements BtfType {}

    /** const, volatile, restrict or a type tag in front of a type; the name is the tag's. */
    record Qualifier(String name, int targetId) implements BtfType {}

    /** A function of type {@code prototypeId}. */
    record Function(String name, int prototypeId) implements BtfType {}

    /** A function's return type and parameters. */
    record Prototype(int returnId, List<Parameter> parameters) implements BtfType {
        @Override
        public String name() {
            return "";
        }
    }

    /** A parameter of a function. */
    record Parameter(String name, int typeId) {}

    /** A global or static variable. */
    record Variable(String name, int typeId, boolean global) implements BtfType {}

    /** An ELF section with its variables: {@code .rodata}, {@code .maps}. */
    record DataSection(String name, int sizeBytes, List<SectionVariable> variables) implements BtfType {}

    /** Where a variable lies in its section. */
    record SectionVariable(int variableId, int offsetBytes, int sizeBytes) {}

    /** An attribute of a declaration; {@code component} is a member's or parameter's index, -1 for the whole. */
    record DeclarationTag(String name, int targetId, int component) implements BtfType {}
}
