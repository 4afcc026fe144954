package dev.ballast.control.reconcile;

import dev.ballast.bpf.TestNamespace;
import dev.ballast.netlink.Netlink;
import java.nio.file.Path;
import java.util.concurrent.Callable;

/**
 * A balancer's place for one test: a network namespace with the interfaces {@code one} (10.0.1.2/24) and {@code two}, backends
 * 10.0.1.11 to 10.0.1.19 as fixed neighbours on {@code one}, and a BPF file system of its own. All of it is gone after close,
 * or, should a test process be killed, after the next one's start.
 */
public final class KernelNetwork implements AutoCloseable {
    private final TestNamespace namespace = new TestNamespace();
    private final Netlink netlink;

    public KernelNetwork() {
        try {
            addInterface("one");
            addInterface("two");
            namespace.shell("""
                    ip addr add 10.0.1.2/24 dev one
                    for last in 11 12 13 14 15 16 17 18 19; do
                        ip neigh add 10.0.1.$last lladdr 02:00:00:00:01:$last dev one nud permanent
                    done
                    """);
            netlink = inside(Netlink::open);
        } catch (RuntimeException | Error e) {
            namespace.close();
            throw e;
        }
    }

    /** A veth pair whose near end is {@code link}; both are up. */
    public void addInterface(String link) {
        namespace.shell("""
                ip link add %1$s type veth peer name %1$s-peer
                ip link set %1$s up
                ip link set %1$s-peer up
                """.formatted(link));
    }

    /** Runs {@code ip} with these arguments in the namespace. */
    public void ip(String arguments) {
        namespace.shell("ip " + arguments);
    }

    /** The longest packet that it sends, bytes. */
    public void setMtu(String link, int mtu) {
        namespace.shell("ip link set %s mtu %d".formatted(link, mtu));
    }

    /** Deletes a pair. */
    public void removeInterface(String link) {
        namespace.shell("ip link del " + link);
    }

    /** Has the kernel know that a neighbour does not answer. */
    public void failNeighbour(String link, String address) {
        namespace.shell("ip neigh replace %s dev %s nud failed".formatted(address, link));
    }

    /** Where an instance pins. */
    public Path pins() {
        return namespace.bpfFs().resolve("default");
    }

    /** A socket of the namespace. */
    public Netlink netlink() {
        return netlink;
    }

    /** Calls on a thread that is in the namespace. */
    public <T> T inside(Callable<T> call) {
        return namespace.call(call);
    }

    @Override
    public void close() {
        netlink.close();
        namespace.close();
    }
}
