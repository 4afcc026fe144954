package dev.ballast.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What works without privileges: everything before the load. */
class BpfObjectTest {
    @Test
    void an_opened_object_lists_what_is_in_it() {
        try (BpfObject object = TestObjects.open("maps")) {
            assertThat(object.programNames()).containsExactly("count_and_return", "add");
            assertThat(object.mapNames())
                    .contains(
                            "entries",
                            "flows",
                            "per_cpu",
                            "recent",
                            "odd_stride",
                            "prefixes",
                            ".rodata",
                            ".data",
                            ".bss");
            assertThat(object.btf().composite("entry")).isPresent();
        }
    }

    @Test
    void bytes_that_are_no_object_are_refused_with_the_reason() {
        byte[] elf = TestObjects.bytes("maps");

        assertThatThrownBy(() -> BpfObject.open("o", new byte[0]))
                .isInstanceOf(BpfException.class)
                .hasMessageStartingWith("open object 'o' of 0 bytes:")
                .hasMessageContaining("it is empty");
        assertThatThrownBy(() -> BpfObject.open("o", "not an object at all".getBytes(StandardCharsets.UTF_8)))
                .hasMessageContaining("it is not an ELF file")
                .hasMessageEndingWith("build it with clang -g -O2 -target bpf");
        assertThatThrownBy(() -> BpfObject.open("o", Arrays.copyOf(elf, 300)))
                .hasMessageContaining("it is damaged or not for BPF (libbpf: elf");
    }

    @Test
    void no_truncation_of_an_object_does_more_than_throw() {
        byte[] elf = TestObjects.bytes("maps");
        for (int length = 0; length < elf.length; length += 37) {
            byte[] cut = Arrays.copyOf(elf, length);
            Throwable refusal = catchThrowable(() -> BpfObject.open("cut", cut).close());
            if (refusal != null) { // the last bytes of an ELF file may be anything
                assertThat(refusal).as("cut to %d bytes", length).isInstanceOf(BpfException.class);
            }
        }
    }

    @Test
    void an_object_without_btf_is_refused() {
        byte[] elf = TestObjects.bytes("xdp");
        byte[] renamed = new String(elf, StandardCharsets.ISO_8859_1)
                .replace(".BTF\0", ".XTF\0")
                .getBytes(StandardCharsets.ISO_8859_1);

        assertThatThrownBy(() -> BpfObject.open("bare", renamed).close())
                .isInstanceOf(BpfException.class)
                .hasMessageContaining("clang -g");
    }

    @Test
    void a_global_that_does_not_exist_is_refused_with_those_that_do() {
        try (BpfObject object = TestObjects.open("maps")) {
            assertThatThrownBy(() -> object.setGlobal("verdickt", 1))
                    .isInstanceOf(BpfException.class)
                    .hasMessageContaining("set global 'verdickt' of object 'maps'")
                    .hasMessageContaining("counter, first_value, secret, small, switched_on, verdict");
        }
    }

    @Test
    void a_global_takes_only_what_fits_it() {
        try (BpfObject object = TestObjects.open("maps")) {
            assertThatThrownBy(() -> object.setGlobal("switched_on", 256))
                    .hasMessageContaining("it is a __u8 of 1 bytes: 256 does not fit the 8 bits");
            assertThatThrownBy(() -> object.setGlobal("small", 70000)).hasMessageContaining("16 bits");
            assertThatThrownBy(() -> object.setGlobal("secret", new byte[15]))
                    .hasMessageContaining("of 16 bytes, not 15");
            assertThatThrownBy(() -> object.setGlobal("secret", 1)).hasMessageContaining("not a number");
        }
    }

    @Test
    void names_that_are_not_in_the_object_are_refused_with_those_that_are() {
        try (BpfObject object = TestObjects.open("maps")) {
            assertThatThrownBy(() -> object.setMaxEntries("flow", 1))
                    .hasMessageContaining("it has [entries, per_cpu, flows,");
            assertThatThrownBy(() -> object.autoload("balance", false))
                    .hasMessageContaining("it has [count_and_return, add]");
        }
    }

    @Test
    void what_belongs_after_the_load_is_refused_before_it_and_after_the_close() {
        BpfObject object = TestObjects.open("maps");
        assertThatThrownBy(() -> object.map("entries"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("OPEN; load it first");
        object.close();
        object.close();

        assertThatThrownBy(() -> object.setGlobal("verdict", 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("CLOSED");
        assertThatThrownBy(object::load).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(object::programs).isInstanceOf(IllegalStateException.class);
    }
}
