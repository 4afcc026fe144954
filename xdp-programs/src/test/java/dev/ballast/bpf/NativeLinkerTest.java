package dev.ballast.bpf;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.junit.jupiter.api.Test;

class NativeLinkerTest {
    private static final FunctionDescriptor INT_OF_INT = FunctionDescriptor.of(JAVA_INT, JAVA_INT);

    @Test
    void a_missing_library_is_told_at_each_call_with_its_cure() {
        NativeLinker absent = NativeLinker.library("libbpf.so.0", () -> LibBpf.absent("libbpf.so.0"));
        MethodHandle plain = absent.downcall("bpf_map_freeze", INT_OF_INT);
        MethodHandle withErrno = absent.downcallWithErrno("bpf_map_freeze", INT_OF_INT);

        assertThat(absent.isPresent()).isFalse();
        for (int call = 0; call < 2; call++) {
            assertThatThrownBy(() -> {
                        int unused = (int) plain.invokeExact(3);
                    })
                    .isInstanceOf(BpfException.class)
                    .hasMessage(
                            "load library libbpf.so.0: it is not installed, or older than libbpf 1.1; install it: apt-get"
                                    + " install libbpf1");
        }
        assertThatThrownBy(() -> {
                    int unused = (int) withErrno.invokeExact(MemorySegment.NULL, 3);
                })
                .isInstanceOf(BpfException.class);
    }

    @Test
    void a_missing_function_of_a_library_that_is_there_is_told_alike() {
        NativeLinker libbpf = NativeLinker.library(LibBpf.SONAME, () -> LibBpf.absent(LibBpf.SONAME));
        MethodHandle missing = libbpf.downcall("bpf_map__of_the_next_century", INT_OF_INT);

        assertThat(libbpf.isPresent()).isTrue();
        assertThatThrownBy(() -> {
                    int unused = (int) missing.invokeExact(3);
                })
                .hasMessageContaining("apt-get install libbpf1");
    }

    @Test
    void errno_is_captured_as_a_negative_result() {
        assertThat(LibC.close(-1)).isEqualTo(-Errno.EBADF);
        assertThat(LibC.open("/nowhere", LibC.O_RDONLY)).isEqualTo(-Errno.ENOENT);
        assertThat(LibC.mmap(1, 0, LibC.MAP_SHARED, -1, 0)).isEqualTo(-Errno.EBADF);
    }
}
