package dev.ballast.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

class BtfLayoutTest {
    private final Btf btf = Btf.parse(TestObjects.section(TestObjects.bytes("maps"), ".BTF"));
    private final BtfLayout entry = btf.layout("entry").orElseThrow();
    private final MemorySegment memory = MemorySegment.ofArray(new long[5]);
    private final BtfView view = entry.view(memory);

    @Test
    void what_is_written_by_name_is_read_by_name() {
        view.set("packets", -1)
                .set("delta", -7)
                .set("port", 65535)
                .set("mac[5]", 0xff)
                .set("colour", 5)
                .set("active", 1);

        assertThat(view.get("packets")).isEqualTo(-1);
        assertThat(view.get("delta")).isEqualTo(-7);
        assertThat(view.get("port")).isEqualTo(65535);
        assertThat(view.get("mac[5]")).isEqualTo(0xff);
        assertThat(view.get("mac[4]")).isZero();
        assertThat(view.get("colour")).isEqualTo(5);
        assertThat(view.get("active")).isEqualTo(1);
        assertThat(memory.get(JAVA_BYTE, 19)).isEqualTo((byte) 0xff);
    }

    @Test
    void bit_fields_of_an_anonymous_struct_do_not_disturb_each_other() {
        view.set("low", 31).set("high", 0);
        assertThat(view.get("low")).isEqualTo(31);
        view.set("high", (1 << 27) - 1).set("low", 0b10101);
        assertThat(view.get("low")).isEqualTo(0b10101);
        assertThat(view.get("high")).isEqualTo((1 << 27) - 1);
    }

    @Test
    void members_of_an_anonymous_union_share_their_memory() {
        view.set("v4", 0x04030201);

        assertThat(view.slice("bytes").toArray(JAVA_BYTE)).containsExactly(1, 2, 3, 4);
    }

    @Test
    void a_number_that_does_not_fit_is_refused_and_nothing_is_written() {
        assertThatThrownBy(() -> view.set("port", 65536)).hasMessage("65536 does not fit the 16 bits of 'port'");
        assertThatThrownBy(() -> view.set("low", 32)).hasMessageContaining("5 bits");
        assertThatThrownBy(() -> view.set("port", -40000)).hasMessageContaining("16 bits");
        assertThat(memory.toArray(JAVA_LONG)).containsOnly(0);
    }

    @Test
    void a_wrong_path_names_what_there_is() {
        assertThatThrownBy(() -> view.get("packet"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "'packet': struct entry has no member 'packet'; it has [packets, delta, port, mac, low, high, v4,"
                                + " bytes, colour, active]");
        assertThatThrownBy(() -> view.get("mac[6]")).hasMessageContaining("__u8[6] has no element 6");
        assertThatThrownBy(() -> view.get("mac")).hasMessageContaining("is a __u8[6], not a number");
        assertThatThrownBy(() -> view.get("port.low")).hasMessageContaining("is not a struct");
        assertThatThrownBy(() -> view.get("mac[x]")).hasMessageContaining("not a path into struct entry at index 3");
        assertThatThrownBy(() -> entry.view(memory.asSlice(1))).hasMessageContaining("takes 40 bytes, not 39");
    }

    @Test
    void a_java_layout_that_agrees_passes() {
        assertThatCode(() -> btf.layout("flow_key")
                        .orElseThrow()
                        .check(MemoryLayout.structLayout(
                                JAVA_INT.withName("address"),
                                JAVA_SHORT.withName("port"),
                                JAVA_SHORT.withName("protocol"))))
                .doesNotThrowAnyException();
    }

    @Test
    void a_java_layout_that_differs_is_told_every_difference() {
        BtfLayout key = btf.layout("flow_key").orElseThrow();

        assertThatThrownBy(() -> key.check(MemoryLayout.structLayout(
                        JAVA_INT.withName("addr"),
                        JAVA_SHORT.withName("protocol"),
                        JAVA_SHORT.withName("port"),
                        JAVA_INT.withName("extra"))))
                .isInstanceOf(BpfException.class)
                .hasMessage(
                        "check layout of struct flow_key: size is 12 in Java, 8 in the object; the object has no field 'addr';"
                                + " 'protocol' is bytes 4 to 6 in Java, 6 to 8 in the object; 'port' is bytes 6 to 8 in Java, 4 to"
                                + " 6 in the object; the object has no field 'extra'; Java has no field 'address'. The object and this"
                                + " program are of different builds: use those of one");
    }

    @Test
    void a_list_of_fields_is_checked_like_a_layout() {
        BtfLayout key = btf.layout("flow_key").orElseThrow();

        assertThatCode(() -> key.check(
                        8,
                        List.of(
                                new BtfLayout.Expected("address", 0, 4),
                                new BtfLayout.Expected("port", 4, 2),
                                new BtfLayout.Expected("protocol", 6, 2))))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> key.check(8, List.of())).hasMessageContaining("Java has no field 'port'");
    }
}
