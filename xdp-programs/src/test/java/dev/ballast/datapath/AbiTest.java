package dev.ballast.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.bpf.BpfObject;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Java's layouts against what clang made of lb/abi.h; parsing an object takes no privileges. */
final class AbiTest {
    @Test
    void java_and_c_agree_on_every_struct_enum_and_map() {
        try (BpfObject object = BpfObject.open("balancer", DatapathObjects.balancer())) {
            assertThatCode(() -> Abi.check(object)).doesNotThrowAnyException();
        }
    }

    @Test
    void every_reason_of_the_program_has_a_name_in_java_and_its_class_is_its_prefix() {
        try (BpfObject object = BpfObject.open("balancer", DatapathObjects.balancer())) {
            for (VerdictReason reason : VerdictReason.values()) {
                assertThat(object.btf().enumerator(reason.name())).hasValue((long) reason.number());
                assertThat(reason.label()).startsWith(reason.verdictClass().label() + "_");
            }
            assertThat(Abi.constants(object.btf(), "verdict_reason").keySet())
                    .containsExactlyInAnyOrderElementsOf(java.util.stream.Stream.concat(
                                    java.util.stream.Stream.of("GO_ON"),
                                    Arrays.stream(VerdictReason.values()).map(VerdictReason::name))
                            .toList());
        }
    }

    @Test
    void a_renamed_field_is_refused_with_both_layouts() {
        try (BpfObject object = BpfObject.open("drifted", TestObject.bytes("drifted"))) {
            assertThatThrownBy(() -> Abi.check(object))
                    .isInstanceOf(DatapathException.class)
                    .hasMessageContaining("struct service is {flags=16+4, hash=32+1, hash_of_name=24+8")
                    .hasMessageContaining("instead of {flags=16+4, hash=32+1, member_base=8+4");
        }
    }

    @Test
    void the_digest_covers_structs_enums_and_maps_but_no_verdict_reason() {
        assertThat(Abi.text())
                .contains("struct member 64\n  service 0 4\n  state 4 1\n")
                .contains("enum flow_state {FLOW_CLOSING=4, FLOW_CLOSING_ACKED=5")
                .contains("map flows ARRAY key 4 value 64 flags 0x400\n")
                .doesNotContain("PASSED_NOT_VIP");
        assertThat(Abi.digest()).hasSize(32).isEqualTo(Abi.digest());
    }
}
