package dev.ballast.bpf;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network namespace for one test, {@code lo} up and IPv6 addresses usable at once, with a BPF file system of its own. Both are gone
 * after close, or, should a test process be killed, after the next one's start.
 */
public final class TestNamespace implements AutoCloseable {
    private static final String PREFIX = "ballast-test-";
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final String name = PREFIX + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
    private final Path bpfFs = Path.of("/run", name);
    private final NetworkNamespace namespace = NetworkNamespace.named(name);

    public TestNamespace() {
        removeThoseOfDeadProcesses();
        try {
            run("ip", "netns", "add", name);
            shell("sysctl -qw net.ipv6.conf.default.accept_dad=0 && ip link set lo up");
            BpfFs.mount(bpfFs);
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    public String name() {
        return name;
    }

    /** The directory that is the BPF file system. */
    public Path bpfFs() {
        return bpfFs;
    }

    /** What enters it. */
    public NetworkNamespace namespace() {
        return namespace;
    }

    /** Runs lines of the shell inside, up to the first that fails; returns what they print. */
    public String shell(String lines) {
        return run("ip", "netns", "exec", name, "sh", "-ec", lines);
    }

    /** Calls on a thread that is inside. */
    public <T> T call(Callable<T> call) {
        try {
            return namespace.call(call);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("a call inside " + name + " threw", e);
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
            run("ip", "netns", "del", name);
        }
    }

    private static void removeThoseOfDeadProcesses() {
        for (Path place : List.of(Path.of("/run"), Path.of("/run/netns"))) {
            if (!Files.isDirectory(place)) {
                continue;
            }
            try (var entries = Files.newDirectoryStream(place, PREFIX + "*")) {
                for (Path entry : entries) {
                    String found = entry.getFileName().toString();
                    long pid = Long.parseLong(found.substring(PREFIX.length(), found.lastIndexOf('-')));
                    if (ProcessHandle.of(pid).isEmpty()) {
                        remove(found);
                    }
                }
            } catch (IOException e) {
                throw new AssertionError(place + " cannot be read", e);
            }
        }
    }

    private static String run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new AssertionError(
                        String.join(" ", command) + ": " + output.strip() + "; kernel tests need root and iproute2");
            }
            return output;
        } catch (IOException e) {
            throw new AssertionError("cannot run ip; install it: apt-get install iproute2", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted in " + String.join(" ", command), e);
        }
    }
}
