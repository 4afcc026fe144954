package dev.ballast.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ErrorsTest {
    @Test
    void a_message_has_operation_object_errno_and_cure() {
        BpfException e = new BpfException("pin", "map 'm' at /sys/fs/bpf/m", Errno.EEXIST, "unpin it first");

        assertThat(e).hasMessage("pin map 'm' at /sys/fs/bpf/m: EEXIST (17, exists already): unpin it first");
        assertThat(e.operation()).isEqualTo("pin");
        assertThat(e.object()).isEqualTo("map 'm' at /sys/fs/bpf/m");
        assertThat(e.errno()).isEqualTo(17);
        assertThat(e.errnoName()).isEqualTo("EEXIST");
        assertThat(e.cure()).isEqualTo("unpin it first");
    }

    @Test
    void a_failure_without_a_number_prints_none_and_one_without_a_name_its_number() {
        assertThat(new BpfException("open", "x", 0, "it is empty")).hasMessage("open x: it is empty");
        assertThat(new BpfException("open", "x", 77, "see bpf(2)")).hasMessage("open x: errno 77: see bpf(2)");
        assertThat(Errno.describe(4001)).isEqualTo("LIBBPF_ERRNO__FORMAT (4001, not a BPF object)");
    }

    @Test
    void missing_capabilities_are_named() {
        long netAdmin = 1L << 12;
        long sysAdmin = 1L << 21;
        long perfmon = 1L << 38;
        long bpf = 1L << 39;

        assertThat(Capabilities.missing(0)).containsExactly("CAP_BPF", "CAP_NET_ADMIN", "CAP_PERFMON");
        assertThat(Capabilities.missing(sysAdmin)).containsExactly("CAP_NET_ADMIN");
        assertThat(Capabilities.missing(bpf | netAdmin)).containsExactly("CAP_PERFMON");
        assertThat(Capabilities.missing(bpf | netAdmin | perfmon)).isEmpty();
    }
}
