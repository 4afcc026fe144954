package dev.ballast.bpf;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network namespace with a veth pair in it, and a BPF file system of its own. Both are gone after close, or, should a test
 * process be killed, after the next one's start.
 */
final class TestNetwork implements AutoCloseable {
    private static final String PREFIX = "bpf-test-";
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final String name = PREFIX + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
    private final Path bpfFs = Path.of("/run", name);
    final NetworkNamespace namespace = NetworkNamespace.named(name);

    TestNetwork() {
        removeThoseOfDeadProcesses();
        ip("netns", "add", name);
        try {
            ip("-n", name, "link", "add", "left", "type", "veth", "peer", "name", "right");
            for (String device : List.of("left", "right")) {
                // Without an address of its own the kernel sends nothing that a test would have to tell from its
                // frames.
                ip("-n", name, "link", "set", device, "addrgenmode", "none");
                ip("-n", name, "link", "set", device, "up");
            }
            BpfFs.mount(bpfFs);
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** A pin of that name. */
    Path pin(String pinName) {
        return bpfFs.resolve(pinName);
    }

    /** The directory that is the BPF file system. */
    Path bpfFs() {
        return bpfFs;
    }

    /** The index of an interface in the namespace. */
    int ifindex(String device) {
        String shown = ipInside("-oneline", "link", "show", "dev", device); // "2: left@right: <BROADCAST,..."
        return Integer.parseInt(shown.substring(0, shown.indexOf(':')));
    }

    /** Runs {@code ip -n NAMESPACE ARGUMENTS}. */
    String ipInside(String... arguments) {
        String[] all = new String[arguments.length + 2];
        all[0] = "-n";
        all[1] = name;
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        return ip(all);
    }

    private static String ip(String... arguments) {
        String[] command = new String[arguments.length + 1];
        command[0] = "ip";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new AssertionError(
                        List.of(command) + ": " + output.strip() + "; kernel tests need root and iproute2");
            }
            return output;
        } catch (IOException e) {
            throw new AssertionError("cannot run ip; install it: apt-get install iproute2", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted in " + List.of(command), e);
        }
    }

    @Override
    public void close() {
        remove(name);
    }

    private static void remove(String name) {
        Path mount = Path.of("/run", name);
        if (BpfFs.isBpfFs(mount)) {
            BpfFs.unmount(mount);
        }
        try {
            Files.deleteIfExists(mount);
        } catch (IOException e) {
            throw new AssertionError(mount + " cannot be removed", e);
        }
        if (Files.exists(Path.of("/run/netns", name))) {
            ip("netns", "del", name);
        }
    }

    private static void removeThoseOfDeadProcesses() {
        for (Path place : List.of(Path.of("/run"), Path.of("/run/netns"))) {
            if (!Files.isDirectory(place)) {
                continue;
            }
            try (var entries = Files.newDirectoryStream(place, PREFIX + "*")) {
                for (Path entry : entries) {
                    String name = entry.getFileName().toString();
                    long pid = Long.parseLong(name.substring(PREFIX.length(), name.lastIndexOf('-')));
                    if (ProcessHandle.of(pid).isEmpty()) {
                        remove(name);
                    }
                }
            } catch (IOException e) {
                throw new AssertionError(place + " cannot be read", e);
            }
        }
    }
}
