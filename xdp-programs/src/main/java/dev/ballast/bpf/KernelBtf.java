package dev.ballast.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.ballast.bpf.CStructs.Struct;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** The BTF that a loaded object left in the kernel, found by its id: the one thing here that CAP_SYS_ADMIN improves. */
final class KernelBtf {
    private KernelBtf() {}

    /** Empty for id 0, and where the kernel does not hand it out. */
    static Optional<Btf> byId(int id) {
        if (id == 0) {
            return Optional.empty();
        }
        int fd = BpfCalls.bpf_btf_get_fd_by_id(id);
        if (fd < 0) {
            return Optional.empty();
        }
        try (KernelHandle handle = new KernelHandle(fd, "BTF " + id);
                Arena arena = Arena.ofConfined()) {
            int size = handle.info(arena, CStructs.BPF_BTF_INFO).getInt("btf_size");
            MemorySegment blob = arena.allocate(size);
            Struct withBuffer = CStructs.allocate(arena, CStructs.BPF_BTF_INFO)
                    .setLong("btf", blob.address())
                    .setInt("btf_size", size);
            handle.info(withBuffer, arena);
            return Optional.of(Btf.parse(blob.toArray(JAVA_BYTE)));
        }
    }
}
