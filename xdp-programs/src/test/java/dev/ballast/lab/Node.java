package dev.ballast.lab;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

/** A machine of the lab: a network namespace, in which programs run with the host's files. */
public abstract sealed class Node permits Router, Host {
    private final String name;
    private final NodeNamespace namespace;
    private final StateDirectory state;
    private final String interfaceName;
    private final List<InetAddress> addresses;
    private final AtomicInteger spawned = new AtomicInteger();

    Node(StateDirectory state, String name, String interfaceName, List<InetAddress> addresses) {
        this.state = state;
        this.name = name;
        this.namespace = Remains.namespace(state.id(), name);
        this.interfaceName = interfaceName;
        this.addresses = List.copyOf(addresses);
    }

    /** Its kind and number, as {@code balancer2}. */
    public String name() {
        return name;
    }

    /** The file of its network namespace, as {@code nsenter --net=} takes it. */
    public Path namespacePath() {
        return namespace.path();
    }

    /** The interface that faces the other nodes. */
    public String interfaceName() {
        return interfaceName;
    }

    /** The kernel's number of that interface, in this node's namespace. */
    public int interfaceIndex() {
        try {
            return call(() -> LibC.interfaceIndex(interfaceName));
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new LabException(name + ": cannot look up " + interfaceName + ": " + e.getMessage(), e);
        }
    }

    /** Its own addresses, IPv4 first; no VIPs. */
    public List<InetAddress> addresses() {
        return addresses;
    }

    public InetAddress address4() {
        return addresses.stream()
                .filter(Inet4Address.class::isInstance)
                .findFirst()
                .orElseThrow();
    }

    public InetAddress address6() {
        return addresses.stream()
                .filter(address -> !(address instanceof Inet4Address))
                .findFirst()
                .orElseThrow();
    }

    /** Its folder in the lab's own BPF file system: pins here are gone when the lab is. */
    public Path bpffs() {
        return state.bpffs().resolve(name);
    }

    /** Its folder for plain files, removed with the lab. */
    public Path stateDirectory() {
        return state.ofNode(name);
    }

    /** Runs a program in here to its end, for 30 s at most; see {@link ExecResult#checked}. */
    public ExecResult exec(String... command) {
        return exec(Command.TIME_LIMIT, command);
    }

    /**
     * Runs a program in here to its end.
     *
     * @throws LabException when it takes longer than the limit; it is killed
     */
    public ExecResult exec(Duration limit, String... command) {
        return Command.run(name, namespace.prefixed(List.of(command)), "", limit);
    }

    /** Starts a program in here and leaves it running; the lab's end is its end. */
    public LabProcess spawn(String... command) {
        String program = Path.of(command[0]).getFileName().toString();
        Path log = StateDirectory.make(stateDirectory().resolve("log"))
                .resolve("%s-%d.log".formatted(program, spawned.incrementAndGet()));
        return LabProcess.start(namespace, name, List.of(command), log);
    }

    /**
     * Does work on a thread that is in here: interfaces are looked up and sockets opened in this node, and sockets stay in it
     * when other threads use them.
     *
     * @throws Exception what the work throws
     */
    public <T> T call(Callable<T> work) throws Exception {
        return namespace.call(work);
    }

    /** The words before a command that a person types to run it in here. */
    public String enterCommand() {
        return String.join(" ", namespace.prefixed(List.of()));
    }

    /** The folder of the whole lab. */
    Path labDirectory() {
        return state.path();
    }

    /** Of the interface that faces the other nodes; made of the IPv4 address, the same in every lab. */
    public String macAddress() {
        return Segment.macAddress(address4());
    }

    NodeNamespace namespace() {
        return namespace;
    }

    @Override
    public String toString() {
        return name;
    }
}
