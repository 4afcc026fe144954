package dev.ballast.bpf;

import java.nio.file.Path;

/** A namespace with the veth pair {@code left} and {@code right}. */
final class TestNetwork implements AutoCloseable {
    private final TestNamespace inside = new TestNamespace();
    final NetworkNamespace namespace = inside.namespace();

    TestNetwork() {
        try {
            // Without an address of its own the kernel sends nothing that a test would have to tell from its frames.
            inside.shell("""
                    ip link add left type veth peer name right
                    for device in left right; do ip link set $device addrgenmode none up; done
                    """);
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** A pin of that name. */
    Path pin(String pinName) {
        return bpfFs().resolve(pinName);
    }

    /** The directory that is the BPF file system. */
    Path bpfFs() {
        return inside.bpfFs();
    }

    /** The index of an interface in the namespace. */
    int ifindex(String device) {
        String shown = ipInside("-oneline", "link", "show", "dev", device); // "2: left@right: <BROADCAST,..."
        return Integer.parseInt(shown.substring(0, shown.indexOf(':')));
    }

    /** Runs {@code ip ARGUMENTS} inside. */
    String ipInside(String... arguments) {
        return inside.shell("ip " + String.join(" ", arguments));
    }

    @Override
    public void close() {
        inside.close();
    }
}
