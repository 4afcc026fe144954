package dev.ballast.control.reconcile;

import dev.ballast.bpf.BpfFs;
import dev.ballast.bpf.NetworkNamespace;
import dev.ballast.netlink.Netlink;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A balancer's place for one test: a network namespace with the interfaces {@code one} (10.0.1.2/24) and {@code two}, backends
 * 10.0.1.11 to 10.0.1.19 as fixed neighbours on {@code one}, and a BPF file system of its own. All of it is gone after close,
 * or, should a test process be killed, after the next one's start.
 */
public final class KernelNetwork implements AutoCloseable {
    private static final String PREFIX = "ballast-control-";
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final String name = PREFIX + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
    private final NetworkNamespace namespace = NetworkNamespace.named(name);
    private final Path bpfFs = Path.of("/run", name);
    private final Netlink netlink;

    public KernelNetwork() {
        removeThoseOfDeadProcesses();
        try {
            shell("ip netns add " + name);
            addInterface("one");
            addInterface("two");
            shell("ip -n " + name + " addr add 10.0.1.2/24 dev one");
            for (int last = 11; last <= 19; last++) {
                shell("ip -n %s neigh add 10.0.1.%d lladdr 02:00:00:00:01:%d dev one nud permanent"
                        .formatted(name, last, last));
            }
            BpfFs.mount(bpfFs);
            netlink = inside(Netlink::open);
        } catch (RuntimeException | Error e) {
            remove(name);
            throw e;
        }
    }

    /** A veth pair whose near end is {@code link}; both are up. */
    public void addInterface(String link) {
        shell("ip -n %1$s link add %2$s type veth peer name %2$s-peer".formatted(name, link));
        shell("ip -n %s link set %s up".formatted(name, link));
        shell("ip -n %s link set %s-peer up".formatted(name, link));
    }

    /** The longest packet that it sends, bytes. */
    public void setMtu(String link, int mtu) {
        shell("ip -n %s link set %s mtu %d".formatted(name, link, mtu));
    }

    /** Deletes a pair. */
    public void removeInterface(String link) {
        shell("ip -n %s link del %s".formatted(name, link));
    }

    /** Has the kernel know that a neighbour does not answer. */
    public void failNeighbour(String link, String address) {
        shell("ip -n %s neigh replace %s dev %s nud failed".formatted(name, address, link));
    }

    /** Where an instance pins. */
    public Path pins() {
        return bpfFs.resolve("default");
    }

    /** A socket of the namespace. */
    public Netlink netlink() {
        return netlink;
    }

    /** Calls on a thread that is in the namespace. */
    public <T> T inside(Callable<T> call) {
        try {
            return namespace.call(call);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("a call inside " + name + " threw", e);
        }
    }

    private static void shell(String command) {
        try {
            Process process = new ProcessBuilder("sh", "-c", command)
                    .redirectErrorStream(true)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new AssertionError(
                        "`" + command + "`: " + output.strip() + "; the kernel tests need root and iproute2");
            }
        } catch (IOException e) {
            throw new AssertionError("cannot run `" + command + "`; install iproute2", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted in `" + command + "`", e);
        }
    }

    @Override
    public void close() {
        netlink.close();
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
            shell("ip netns del " + name);
        }
    }

    private static void removeThoseOfDeadProcesses() {
        for (Path place : new Path[] {Path.of("/run"), Path.of("/run/netns")}) {
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
}
