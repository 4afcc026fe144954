package dev.ballast.lab;

import dev.ballast.bpf.BpfFs;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A running topology.
 *
 * <p>When it is there: every node reaches every other, VIPs are on the backends' {@code lo} and routed via all balancers,
 * backends take tunnel packets apart, balancers may send with XDP_TX. What a balancer does is up to the caller.
 *
 * <p>A lab ends with {@link #close}, with its JVM (also by Ctrl-C), or, where the JVM was killed, with the next {@link #start}
 * or {@link #sweep} of any other.
 */
public final class Lab implements AutoCloseable {
    private final StateDirectory state;
    private final Topology topology;
    private final Router router;
    private final List<Host> clients;
    private final List<Host> balancers;
    private final List<Backend> backends;
    private final Thread atExit = new Thread(this::close, "lab-close");
    private boolean closed;

    private Lab(StateDirectory state, Topology topology) {
        this.state = state;
        this.topology = topology;
        Segment wan = Segment.wan(topology);
        Segment lan = Segment.lan(topology);
        router = new Router(state, topology, wan, lan);
        clients = numbered(
                topology.clients(),
                number -> new Host(
                        state,
                        "client" + number,
                        router,
                        wan,
                        addresses(wan, subnet -> topology.client(number, subnet))));
        balancers = numbered(
                topology.balancers(),
                number -> new Host(
                        state,
                        "balancer" + number,
                        router,
                        lan,
                        addresses(lan, subnet -> topology.balancer(number, subnet))));
        backends = numbered(
                topology.backends(),
                number -> new Backend(
                        state,
                        "backend" + number,
                        router,
                        lan,
                        addresses(lan, subnet -> topology.backend(number, subnet)),
                        topology.vips()));
    }

    /**
     * Brings a lab up, after sweeping away those whose JVM has died.
     *
     * @throws LabException when a tool or a right is missing, or the kernel refuses a step; nothing is left then
     */
    public static Lab start(Topology topology) {
        requireRoot();
        Tool.require(Tool.OF_EVERY_LAB);
        sweep();
        StateDirectory state = StateDirectory.create();
        Lab lab = new Lab(state, topology);
        try {
            Runtime.getRuntime().addShutdownHook(lab.atExit);
            lab.build();
            return lab;
        } catch (RuntimeException | Error e) {
            try {
                lab.close();
            } catch (RuntimeException alsoFailed) {
                e.addSuppressed(alsoFailed);
            }
            throw e;
        }
    }

    /**
     * Removes the labs whose JVM has died: their processes, namespaces, mounts and folders. Labs of living JVMs and those left
     * up by {@link #keep} stay.
     *
     * @return the ids of what was removed
     */
    public static List<String> sweep() {
        requireRoot();
        return Remains.sweep();
    }

    /** Takes down the lab of this id, whoever owns it. */
    public static void remove(String id) {
        requireRoot();
        if (!Remains.ids().contains(id)) {
            throw new LabException("there is no lab %s; there are: %s".formatted(id, Remains.ids()));
        }
        Remains.remove(id);
    }

    /** Unique on this machine; part of the names of everything the lab owns. */
    public String id() {
        return state.id();
    }

    public Topology topology() {
        return topology;
    }

    public Router router() {
        return router;
    }

    /** The client of this number, from 1: {@code client(1)} is the node {@code client1}. */
    public Host client(int number) {
        return pick(clients, "client", number);
    }

    /** The balancer of this number, from 1. */
    public Host balancer(int number) {
        return pick(balancers, "balancer", number);
    }

    /** The backend of this number, from 1. */
    public Backend backend(int number) {
        return pick(backends, "backend", number);
    }

    public List<Host> clients() {
        return clients;
    }

    public List<Host> balancers() {
        return balancers;
    }

    public List<Backend> backends() {
        return backends;
    }

    /** Every node: clients, router, balancers, backends. */
    public List<Node> nodes() {
        return Stream.of(clients, List.of(router), balancers, backends)
                .<Node>flatMap(List::stream)
                .toList();
    }

    /** The lab's folder, removed with it. */
    public Path stateDirectory() {
        return state.path();
    }

    /** The lab's own BPF file system; each node has a folder in it. */
    public Path bpffs() {
        return state.bpffs();
    }

    /** Leaves the lab up when this JVM ends, until {@link #remove} or the machine's end; {@link #close} then does nothing. */
    public synchronized void keep() {
        requireOpen();
        state.write(Owner.nobody());
        closed = true;
        forgetExit();
    }

    /** What a person can type to look around, for {@code packaging/demo --keep} and {@link LabCommand}. */
    public List<String> commandsToTry() {
        return LabCommand.commandsToTry(this);
    }

    /**
     * Kills what runs in the lab and removes it; once is enough.
     *
     * @throws LabException naming what could not be removed
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        forgetExit();
        Remains.remove(state.id());
    }

    private void build() {
        BpfFs.mount(state.bpffs());
        nodes().forEach(node -> StateDirectory.make(node.bpffs()));
        Command.run(
                        "host",
                        List.of(Tool.IP.command(), "-batch", "-"),
                        nodes().stream()
                                .map(node -> "netns add %s%n"
                                        .formatted(node.namespace().name()))
                                .collect(Collectors.joining()),
                        Command.TIME_LIMIT)
                .checked();
        List<Host> hosts = Stream.of(clients, balancers, backends)
                .<Host>flatMap(List::stream)
                .toList();
        hosts.forEach(Host::prepare);
        router.prepare();
        router.configure(hosts);
        inParallel(hosts.stream().<Runnable>map(host -> host::configure).toList());
        balancers.forEach(router::acceptXdpFrames);
        router.route(topology.vips(), balancers);
    }

    private static void inParallel(List<Runnable> tasks) {
        try (ExecutorService executor = Executors.newFixedThreadPool(
                Math.clamp(tasks.size(), 1, 2 * Runtime.getRuntime().availableProcessors()))) {
            for (Future<?> done : tasks.stream().map(executor::submit).toList()) {
                done.get();
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException refusal
                    ? refusal
                    : new LabException("a step of a lab's start failed: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted while a lab started", e);
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new LabException("lab " + state.id() + " is closed; start another");
        }
    }

    private void forgetExit() {
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException alreadyExiting) {
            // It is what runs us, or waits for us.
        }
    }

    private static void requireRoot() {
        if (LibC.effectiveUserId() != 0) {
            throw new LabException("a lab makes network namespaces and loads BPF, as user %d it cannot; run it as root"
                    .formatted(LibC.effectiveUserId()));
        }
    }

    private static <T> List<T> numbered(int count, IntFunction<T> make) {
        return IntStream.rangeClosed(1, count).mapToObj(make).toList();
    }

    private static List<InetAddress> addresses(Segment segment, Function<Subnet, InetAddress> number) {
        return segment.subnets().stream().map(number).toList();
    }

    private static <T> T pick(List<T> nodes, String kind, int number) {
        if (number < 1 || number > nodes.size()) {
            throw new IllegalArgumentException("there is no %s%d: this lab's are numbered 1 to %d, see Topology.Builder"
                    .formatted(kind, number, nodes.size()));
        }
        return nodes.get(number - 1);
    }
}
