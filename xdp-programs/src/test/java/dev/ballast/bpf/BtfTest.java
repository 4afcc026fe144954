package dev.ballast.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** On the BTF that clang wrote for maps.bpf.c, whole, cut and damaged, and on small ones made by hand. */
class BtfTest {
    private static final byte[] BLOB = TestObjects.section(TestObjects.bytes("maps"), ".BTF");

    private final Btf btf = Btf.parse(BLOB);

    @Test
    void members_of_a_struct_come_with_their_names_types_and_offsets() {
        BtfType.Composite entry = btf.composite("entry").orElseThrow();

        assertThat(entry.union()).isFalse();
        assertThat(entry.sizeBytes()).isEqualTo(40);
        assertThat(entry.members())
                .extracting(BtfType.Member::name)
                .containsExactly("packets", "delta", "port", "mac", "", "", "colour", "active");
        assertThat(entry.members())
                .extracting(BtfType.Member::bitOffset)
                .containsExactly(0, 64, 96, 112, 160, 192, 224, 256);
        assertThat(btf.describe(entry.members().get(3).typeId())).isEqualTo("__u8[6]");
        assertThat(btf.describe(entry.members().get(6).typeId())).isEqualTo("enum colour");
    }

    @Test
    void enumerators_are_found_by_name() {
        assertThat(btf.enumerator("GREEN")).contains(5L);
        assertThat(btf.enumerator("BLUE")).isEmpty();
    }

    @Test
    void sections_list_their_variables() {
        assertThat(btf.section(".rodata").orElseThrow().variables())
                .extracting(variable -> btf.type(variable.variableId()).name())
                .containsExactlyInAnyOrder("verdict", "switched_on", "secret");
        assertThat(btf.section("license")).isPresent();
        assertThat(btf.section(".bpf")).isEmpty();
    }

    @Test
    void sizes_go_through_typedefs_and_arrays() {
        assertThat(btf.layout("__u16").orElseThrow().sizeBytes()).isEqualTo(2);
        assertThat(btf.layout("odd").orElseThrow().sizeBytes()).isEqualTo(12);
        assertThat(btf.layout("no_such_type")).isEmpty();
    }

    @Test
    void every_truncation_is_refused() {
        for (int length = 0; length < BLOB.length; length++) {
            byte[] cut = Arrays.copyOf(BLOB, length);
            assertThatThrownBy(() -> Btf.parse(cut))
                    .as("cut to %d bytes", length)
                    .isInstanceOf(BpfException.class);
        }
    }

    @Property(tries = 3000)
    void a_damaged_blob_is_refused_or_stays_consistent(
            @ForAll @Size(min = 1, max = 4) List<@IntRange(max = 1 << 20) Integer> places, @ForAll byte value) {
        byte[] damaged = BLOB.clone();
        places.forEach(place -> damaged[place % damaged.length] = value);

        Throwable refusal = catchThrowable(() -> walk(Btf.parse(damaged)));

        if (refusal != null) {
            assertThat(refusal).isInstanceOf(BpfException.class).hasMessageContaining("clang -g -target bpf");
        }
    }

    /** Everything that a caller may ask of a BTF which was accepted. */
    private static void walk(Btf btf) {
        for (int id = 0; id < btf.typeCount(); id++) {
            BtfLayout layout = btf.layout(id);
            assertThat(layout.name()).isNotNull();
            assertThat(layout.sizeBytes()).isNotNegative();
            layout.fields().forEach(field -> assertThat(field.bits()).isNotNegative());
        }
    }

    @Test
    void each_fault_has_its_own_message() {
        assertThatThrownBy(() -> Btf.parse(new byte[0])).hasMessageContaining("0 bytes are too few");
        assertThatThrownBy(() -> Btf.parse("#!/bin/sh, which is not BTF".getBytes(StandardCharsets.UTF_8)))
                .hasMessageContaining("begins with 0x2123 instead of 0xeb9f");
        byte[] swapped = BLOB.clone();
        swapped[0] = BLOB[1];
        swapped[1] = BLOB[0];
        assertThatThrownBy(() -> Btf.parse(swapped)).hasMessageContaining("other byte order");
        assertThatThrownBy(() -> Btf.parse(new byte[(16 << 20) + 1])).hasMessageContaining("over the kernel's limit");
        assertThatThrownBy(() -> Btf.parse(blob(31 << 24, 0))).hasMessageContaining("of kind 31");
        assertThatThrownBy(() -> Btf.parse(blob(2 << 24, 9))).hasMessageContaining("refers to type 9 of 2");
    }

    @Test
    void types_that_contain_themselves_are_refused() {
        int constQualifier = 10 << 24;
        assertThatThrownBy(() -> Btf.parse(blob(constQualifier, 1))).hasMessageContaining("typedefs");
        int structOfOne = 4 << 24 | 1;
        assertThatThrownBy(() -> Btf.parse(blob(structOfOne, 8, 0, 1, 0))).hasMessageContaining("anonymous members");
        int array = 3 << 24;
        assertThatThrownBy(() -> Btf.parse(blob(array, 0, 1, 0, 2))).hasMessageContaining("nested deeper");
    }

    @Test
    void a_struct_of_65535_members_is_no_problem() {
        int members = 0xffff;
        int[] words = new int[2 + members * 3];
        words[0] = 4 << 24 | members;
        assertThatCode(() -> walk(Btf.parse(blob(words)))).doesNotThrowAnyException();
    }

    /** A blob of one type without a name: its info word, its size or type, what follows. */
    private static byte[] blob(int... words) {
        int typeBytes = (words.length + 1) * Integer.BYTES;
        ByteBuffer buffer = ByteBuffer.allocate(24 + typeBytes + 1).order(ByteOrder.nativeOrder());
        buffer.putShort((short) 0xeb9f).put((byte) 1).put((byte) 0).putInt(24);
        buffer.putInt(0).putInt(typeBytes).putInt(typeBytes).putInt(1);
        buffer.putInt(0);
        for (int word : words) {
            buffer.putInt(word);
        }
        return buffer.array();
    }
}
