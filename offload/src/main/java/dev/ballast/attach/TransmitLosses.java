package dev.ballast.attach;

import dev.ballast.bpf.BpfException;
import dev.ballast.bpf.BpfFs;
import dev.ballast.bpf.BpfMap;
import dev.ballast.bpf.BpfObject;
import dev.ballast.bpf.BtfLayout;
import dev.ballast.bpf.CpuCount;
import dev.ballast.bpf.RawTracepointLink;
import dev.ballast.netlink.Link;
import dev.ballast.netlink.Netlink;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Counts the frames that the kernel loses after the program's verdict ({@code losses.bpf.c}): they are outside the program's own
 * accounting. Programs on the kernel's {@code xdp} tracepoints count by interface and cause; what a driver loses without passing one is
 * taken from its own statistics.
 *
 * <pre>
 *   DIRECTORY/watched, DIRECTORY/losses    the maps
 *   DIRECTORY/xdp_bulk_tx, ...             the attachments: counting goes on without a process
 * </pre>
 *
 * <p>Any thread; one call at a time. Errors are {@link BpfException}.
 */
public final class TransmitLosses implements AutoCloseable {
    private static final String OBJECT = "/dev/ballast/datapath/losses.bpf.o";
    private static final String WATCHED = "watched";
    private static final String LOSSES = "losses";
    private static final int ENOENT = 2;

    private final Netlink netlink;
    private final int networkNamespace;
    private final Layouts layouts;
    private final BpfMap watched;
    private final BpfMap losses;
    private final List<String> absent;

    /** As the object's BTF has them. */
    private record Layouts(
            BtfLayout interfaceKey, BtfLayout lossKey, long txQueue, long tx, long redirectQueue, long redirect) {
        static Layouts of(BpfObject object) {
            return new Layouts(
                    object.btf().layout("interface_key").orElseThrow(),
                    object.btf().layout("loss_key").orElseThrow(),
                    object.btf().enumerator("LOSS_TX_QUEUE").orElseThrow(),
                    object.btf().enumerator("LOSS_TX").orElseThrow(),
                    object.btf().enumerator("LOSS_REDIRECT_QUEUE").orElseThrow(),
                    object.btf().enumerator("LOSS_REDIRECT").orElseThrow());
        }

        boolean queued(long place) {
            return place == txQueue || place == redirectQueue;
        }
    }

    private TransmitLosses(Netlink netlink, Layouts layouts, BpfMap watched, BpfMap losses, List<String> absent) {
        this.netlink = netlink;
        this.networkNamespace = networkNamespace();
        this.layouts = layouts;
        this.watched = watched;
        this.losses = losses;
        this.absent = List.copyOf(absent);
    }

    /**
     * Takes over what is pinned there, or begins to count. Opened by a thread in the network namespace of the interfaces.
     *
     * @param directory on a BPF file system; created if it is absent
     * @param netlink opened in that namespace; stays the caller's
     */
    public static TransmitLosses open(Path directory, Netlink netlink) {
        createDirectory(directory);
        try (BpfObject object = BpfObject.open("losses", bytes())) {
            Layouts layouts = Layouts.of(object);
            List<BpfMap> adopted = new ArrayList<>();
            try {
                for (String name : List.of(WATCHED, LOSSES)) {
                    if (Files.exists(directory.resolve(name))) {
                        BpfMap pinned = BpfMap.openPinned(directory.resolve(name));
                        adopted.add(pinned);
                        object.reuseMap(name, pinned);
                    }
                }
                object.load();
            } finally {
                adopted.forEach(BpfMap::close);
            }
            for (String name : List.of(WATCHED, LOSSES)) {
                if (!Files.exists(directory.resolve(name))) {
                    object.map(name).pin(directory.resolve(name));
                }
            }
            List<String> absent = attach(object, directory);
            BpfMap watched = object.map(WATCHED).duplicate();
            try {
                return new TransmitLosses(
                        netlink, layouts, watched, object.map(LOSSES).duplicate(), absent);
            } catch (RuntimeException e) {
                watched.close();
                throw e;
            }
        }
    }

    /** Attaches what is not attached yet; answers with the tracepoints that this kernel does not have. */
    private static List<String> attach(BpfObject object, Path directory) {
        List<String> absent = new ArrayList<>();
        for (String tracepoint : object.programNames()) {
            Path pin = directory.resolve(tracepoint);
            if (Files.exists(pin)) {
                continue;
            }
            try (RawTracepointLink link = RawTracepointLink.attach(object.program(tracepoint), tracepoint)) {
                link.pin(pin);
            } catch (BpfException e) {
                if (e.errno() != ENOENT) {
                    throw e;
                }
                absent.add(tracepoint);
            }
        }
        return absent;
    }

    private static byte[] bytes() {
        try (InputStream in = TransmitLosses.class.getResourceAsStream(OBJECT)) {
            if (in == null) {
                throw new IllegalStateException(OBJECT + " is not in the jar of xdp-programs; build it again");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void createDirectory(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot create " + directory + "; see its owner and mode", e);
        }
    }

    /** As the kernel numbers it: {@code net:[4026531840]}. */
    private static int networkNamespace() {
        try {
            String name =
                    Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString();
            return Integer.parseUnsignedInt(name.substring(name.indexOf('[') + 1, name.indexOf(']')));
        } catch (IOException e) {
            throw new UncheckedIOException("mount proc: mount -t proc proc /proc", e);
        }
    }

    /** The tracepoints that this kernel does not have, by name: losses there are not seen. */
    public List<String> absentTracepoints() {
        return absent;
    }

    /**
     * Makes these the interfaces whose frames are followed from their arrival on; of a bond, its ports too. What was counted stays
     * counted.
     */
    public synchronized void watch(Set<Integer> interfaceIndexes) {
        try (Arena arena = Arena.ofConfined()) {
            for (int present : watchedIndexes().keySet()) {
                if (!interfaceIndexes.contains(present)) {
                    watched.delete(key(arena, present));
                }
            }
            for (int index : interfaceIndexes) {
                MemorySegment key = key(arena, index);
                MemorySegment countedBefore = arena.allocate(ValueLayout.JAVA_LONG);
                if (!watched.get(key, countedBefore)) {
                    countedBefore.set(ValueLayout.JAVA_LONG, 0, countedByDriver(index));
                    watched.put(key, countedBefore);
                }
            }
        }
    }

    private MemorySegment key(Arena arena, int index) {
        MemorySegment key = arena.allocate(layouts.interfaceKey().sizeBytes(), Long.BYTES);
        layouts.interfaceKey().field("netns").set(key, Integer.toUnsignedLong(networkNamespace));
        layouts.interfaceKey().field("ifindex").set(key, index);
        return key;
    }

    /** Index to what its driver had counted when it came in here. */
    private Map<Integer, Long> watchedIndexes() {
        Map<Integer, Long> indexes = new TreeMap<>();
        watched.forEach((key, countedBefore) -> {
            if (layouts.interfaceKey().field("netns").get(key) == Integer.toUnsignedLong(networkNamespace)) {
                indexes.put(
                        (int) layouts.interfaceKey().field("ifindex").get(key),
                        countedBefore.get(ValueLayout.JAVA_LONG, 0));
            }
        });
        return indexes;
    }

    /** All losses so far, by interface and cause, in that order. */
    public synchronized List<TransmitLoss> read() {
        Map<Integer, Map<LossCause, Long>> byInterface = new TreeMap<>();
        losses.forEach((key, perCpu) -> {
            if (layouts.lossKey().field("interface.netns").get(key) != Integer.toUnsignedLong(networkNamespace)) {
                return;
            }
            long frames = 0;
            for (int cpu = 0; cpu < CpuCount.possible(); cpu++) {
                frames += losses.ofCpu(perCpu, cpu).get(ValueLayout.JAVA_LONG, 0);
            }
            boolean queued = layouts.queued(layouts.lossKey().field("place").get(key));
            int errno = (int) -layouts.lossKey().field("error").get(key);
            byInterface
                    .computeIfAbsent(
                            (int) layouts.lossKey().field("interface.ifindex").get(key), _ -> new TreeMap<>())
                    .merge(LossCause.of(queued, errno), frames, Long::sum);
        });
        watchedIndexes().forEach((index, countedBefore) -> {
            Map<LossCause, Long> traced = byInterface.getOrDefault(index, Map.of());
            long more = countedByDriver(index)
                    - countedBefore
                    - traced.values().stream().mapToLong(Long::longValue).sum();
            if (more > 0) {
                Map<LossCause, Long> both = new HashMap<>(traced);
                both.put(LossCause.COUNTED_BY_DRIVER, more);
                byInterface.put(index, both);
            }
        });
        List<TransmitLoss> all = new ArrayList<>();
        byInterface.forEach(
                (index, causes) -> causes.forEach((cause, frames) -> all.add(new TransmitLoss(index, cause, frames))));
        all.sort(Comparator.comparingInt(TransmitLoss::interfaceIndex).thenComparing(TransmitLoss::cause));
        return all;
    }

    private long countedByDriver(int index) {
        return netlink.link(index).map(Link::name).map(this::countedByDriver).orElse(0L);
    }

    /**
     * What a driver says about frames of programs that it could not send; every driver has names of its own for it:
     * {@code rx_queue_0_xdp_tx_errors} and {@code tx_queue_0_xdp_xmit_errors} (veth), {@code tx_xdp_full} (mlx5),
     * {@code tx0_xdp_tx_drops} (virtio_net).
     */
    private long countedByDriver(String name) {
        return netlink.ethtool().statistics(name).entrySet().stream()
                .filter(each -> saysTransmitLoss(each.getKey()))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    static boolean saysTransmitLoss(String statistic) {
        return statistic.contains("xdp") && statistic.matches(".*(tx|xmit).*(err|drop|full).*");
    }

    /** Ends the counting that is pinned there, if any is, and forgets what was counted; an open instance has to be closed first. */
    public static void remove(Path directory) {
        if (!Files.isDirectory(directory)) {
            return;
        }
        try (Stream<Path> pins = Files.list(directory)) {
            pins.toList().forEach(BpfFs::unpin);
            Files.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + directory + "; see its owner and mode", e);
        }
    }

    /** Closes the handles; counting goes on. */
    @Override
    public synchronized void close() {
        watched.close();
        losses.close();
    }
}
