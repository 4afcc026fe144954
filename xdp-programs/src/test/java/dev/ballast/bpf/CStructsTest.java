package dev.ballast.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.StructLayout;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The Java layouts of C structs against the BTF of the C headers. */
class CStructsTest {
    private static final Btf BTF = Btf.parse(TestObjects.section(TestObjects.bytes("structs"), ".BTF"));

    private static final Map<String, StructLayout> LAYOUTS = Map.ofEntries(
            entry(CStructs.BPF_OBJECT_OPEN_OPTS),
            entry(CStructs.BPF_MAP_CREATE_OPTS),
            entry(CStructs.BPF_MAP_BATCH_OPTS),
            entry(CStructs.BPF_LINK_CREATE_OPTS),
            entry(CStructs.BPF_LINK_UPDATE_OPTS),
            entry(CStructs.BPF_TEST_RUN_OPTS),
            entry(CStructs.BPF_TC_HOOK),
            entry(CStructs.BPF_TC_OPTS),
            entry(CStructs.BPF_MAP_INFO),
            entry(CStructs.BPF_PROG_INFO),
            entry(CStructs.BPF_LINK_INFO),
            entry(CStructs.BPF_BTF_INFO),
            entry(CStructs.POLLFD));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bpf_object_open_opts",
                "bpf_map_create_opts",
                "bpf_map_batch_opts",
                "bpf_link_update_opts",
                "bpf_test_run_opts",
                "bpf_tc_hook",
                "bpf_tc_opts",
                "bpf_map_info",
                "bpf_btf_info",
                "pollfd"
            })
    void a_struct_is_the_same_in_java_and_in_c(String name) {
        BTF.layout(name).orElseThrow().check(LAYOUTS.get(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bpf_link_create_opts", "bpf_prog_info"})
    void of_a_struct_that_is_cut_short_every_field_is_where_c_has_it(String name) {
        StructLayout layout = LAYOUTS.get(name);
        BtfLayout c = BTF.layout(name).orElseThrow();

        assertThat(layout.byteSize()).isLessThanOrEqualTo(c.sizeBytes());
        layout.memberLayouts().stream()
                .flatMap(member -> member.name().stream())
                .forEach(field -> {
                    assertThat(c.field(field).offsetBytes())
                            .as(field)
                            .isEqualTo(layout.byteOffset(PathElement.groupElement(field)));
                    assertThat(c.field(field).sizeBytes())
                            .as(field)
                            .isEqualTo(layout.select(PathElement.groupElement(field))
                                    .byteSize());
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"ifindex"})
    void the_interface_of_a_link_is_where_c_has_it(String field) {
        BtfLayout c = BTF.layout("bpf_link_info").orElseThrow();

        assertThat(c.sizeBytes()).isEqualTo(CStructs.BPF_LINK_INFO.byteSize());
        assertThat(c.field("xdp." + field).offsetBytes())
                .isEqualTo(CStructs.BPF_LINK_INFO.byteOffset(PathElement.groupElement(field)));
    }

    private static Map.Entry<String, StructLayout> entry(StructLayout layout) {
        return Map.entry(layout.name().orElseThrow(), layout);
    }
}
