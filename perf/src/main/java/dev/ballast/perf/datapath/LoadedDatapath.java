package dev.ballast.perf.datapath;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ballast.bpf.BpfFs;
import dev.ballast.bpf.BpfMap;
import dev.ballast.bpf.BpfProgram;
import dev.ballast.control.model.Address;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.ConfigException;
import dev.ballast.control.model.ConfigReader;
import dev.ballast.control.model.Node;
import dev.ballast.control.plan.Hop;
import dev.ballast.control.plan.Intents;
import dev.ballast.control.plan.Plan;
import dev.ballast.control.plan.PlanException;
import dev.ballast.control.plan.Planner;
import dev.ballast.control.reconcile.ObjectStore;
import dev.ballast.control.reconcile.Reconciler;
import dev.ballast.control.reconcile.Secret;
import dev.ballast.datapath.Candidate;
import dev.ballast.datapath.Datapath;
import dev.ballast.datapath.Feature;
import dev.ballast.datapath.Traffic;
import dev.ballast.datapath.VerdictReason;
import dev.ballast.netlink.Netlink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A datapath as the daemon would load it: its own reader, planner and reconciler bring a configuration into the kernel, on a BPF file
 * system of its own and on no interface. Every member is behind the loopback device, where test runs come in, so that
 * what is forwarded leaves by XDP_TX. One thread.
 */
final class LoadedDatapath implements AutoCloseable {
    private static final int LOOPBACK = 1;
    private static final long NEXT_HOP = 0x02aabbccdd01L;
    private static final long OWN_MAC = 0x02aabbccdd02L;
    private static final int MTU = 1600;
    private static final int SECRET_BYTES = 32;

    /** What has to be undone, the last one first. */
    private final Deque<Runnable> undo = new ArrayDeque<>();

    private final Datapath datapath;
    private final List<MemorySegment> flowTables;

    /**
     * Loads it and fills its tables.
     *
     * @param configuration as an operator would write it
     * @param flows the size of the main flow table, in place of what the configuration says
     * @param seed of the cluster's secret: which flow falls where
     */
    LoadedDatapath(Configuration configuration, long flows, long seed) {
        try {
            Path state = temporaryDirectory();
            Path pins = bpfFileSystem(state).resolve("bench");
            writeSecret(state, seed);
            Config config = withoutInterfaces(
                    ConfigReader.read(
                            "the benchmark's configuration " + configuration.label(),
                            configuration.yaml().getBytes(UTF_8)),
                    flows);
            reconcile(pins, state, config, plan(config));
            datapath = Datapath.adopt(pins).orElseThrow();
            undo.push(datapath::close);
            flowTables = List.of(mapped(pins, "flows"), mapped(pins, "half_open"));
        } catch (IOException e) {
            close();
            throw new UncheckedIOException(e);
        } catch (ConfigException | PlanException e) {
            close();
            throw new BenchException(
                    "the benchmark's configuration " + configuration.label() + " is wrong: " + e.getMessage(), e);
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private Path temporaryDirectory() throws IOException {
        Path directory = Files.createTempDirectory("ballast-bench");
        undo.push(() -> deleteTree(directory));
        return directory;
    }

    private static void deleteTree(Path directory) {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path bpfFileSystem(Path directory) throws IOException {
        Path bpffs = Files.createDirectory(directory.resolve("bpf"));
        BpfFs.mount(bpffs);
        undo.push(() -> BpfFs.unmount(bpffs));
        return bpffs;
    }

    private static void writeSecret(Path state, long seed) throws IOException {
        byte[] secret = new byte[SECRET_BYTES];
        new Random(seed).nextBytes(secret);
        Path file = Files.createFile(
                state.resolve("secret"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.write(file, secret);
    }

    /** Without interfaces, and with a table of that size; all else is as configured. */
    private static Config withoutInterfaces(Config config, long flows) {
        Node node = config.node();
        Node.Limits limits = node.limits();
        Node alone = new Node(
                node.name(),
                node.source(),
                List.of(),
                new Node.Limits(flows, limits.services(), limits.members(), limits.ringSlots()),
                node.api(),
                node.http(),
                node.log());
        return new Config(config.version(), alone, config.fleet(), config.defaults(), config.services());
    }

    private static Plan plan(Config config) throws PlanException {
        return Planner.plan(
                Intents.of(config, Set.of(), member -> true, address -> Optional.of(hop(address))),
                Plan.EMPTY,
                (_, row) -> row,
                config.node().limits());
    }

    private static Hop hop(Address backend) {
        Address source = Address.parse(backend.isIpv4() ? "192.0.2.2" : "2001:db8::2");
        return new Hop(LOOPBACK, NEXT_HOP, OWN_MAC, 0, MTU, source, true);
    }

    private void reconcile(Path pins, Path state, Config config, Plan plan) throws IOException {
        Netlink netlink = Netlink.open();
        undo.push(netlink::close);
        Reconciler reconciler = new Reconciler(
                pins, Secret.of(state), new ObjectStore(state), netlink, epoch -> {}, System::currentTimeMillis);
        undo.push(reconciler::close);
        reconciler.open(config);
        undo.push(reconciler::teardown);
        reconciler.reconcile(plan, config, false);
    }

    @SuppressWarnings("MustBeClosedChecker") // closed with all the rest
    private MemorySegment mapped(Path pins, String name) {
        Arena arena = Arena.ofConfined();
        undo.push(arena::close);
        try (BpfMap map = BpfMap.openPinned(pins.resolve("maps").resolve(name))) {
            return map.mmap(arena, true);
        }
    }

    /** The program that the daemon would attach. */
    BpfProgram program() {
        return datapath.program();
    }

    /** Which object it came from. */
    String tag() {
        return datapath.tag();
    }

    /** What the program was loaded with: what the configuration uses, and nothing else. */
    Set<Feature> features() {
        return datapath.variant().features();
    }

    /** Loads another object as a swap would: with the same maps and constants. It stays until this datapath is closed. */
    Candidate prepare(byte[] object) {
        Candidate candidate = datapath.prepare(object, datapath.variant());
        undo.push(candidate::close);
        return candidate;
    }

    /** Packets by verdict so far; those that never happened are absent. */
    Map<VerdictReason, Long> packets() {
        Map<VerdictReason, Long> packets = new EnumMap<>(VerdictReason.class);
        datapath.counters().verdicts().byReason().forEach((reason, traffic) -> {
            if (!traffic.equals(Traffic.NONE)) {
                packets.put(reason, traffic.packets());
            }
        });
        return packets;
    }

    /** Empties the flow tables. */
    void forgetFlows() {
        flowTables.forEach(table -> table.fill((byte) 0));
    }

    /** Takes all of it out of the kernel. */
    @Override
    public void close() {
        while (!undo.isEmpty()) {
            undo.pop().run();
        }
    }
}
