package dev.ballast.attach;

import dev.ballast.bpf.BpfFs;
import dev.ballast.bpf.Capabilities;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What of this machine decides about every attachment alike.
 *
 * @param missingCapabilities of those that it takes, by name; empty if none
 * @param btf whether the kernel describes its types
 * @param linksOnBpfFs whether the directory for the pins, or the nearest one above it that exists, is on a BPF file system
 */
record HostFacts(List<String> missingCapabilities, boolean btf, boolean linksOnBpfFs) {
    private static final Path BTF = Path.of("/sys/kernel/btf/vmlinux");

    static HostFacts read(Path linksDirectory) {
        return new HostFacts(Capabilities.missing(), Files.exists(BTF), BpfFs.isBpfFs(nearestExisting(linksDirectory)));
    }

    private static Path nearestExisting(Path directory) {
        Path path = directory.toAbsolutePath();
        while (!Files.exists(path)) {
            Path parent = path.getParent();
            if (parent == null) {
                break;
            }
            path = parent;
        }
        return path;
    }
}
