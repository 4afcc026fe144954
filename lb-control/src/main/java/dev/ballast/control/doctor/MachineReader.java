package dev.ballast.control.doctor;

import dev.ballast.bpf.BpfFs;
import dev.ballast.bpf.Capabilities;
import dev.ballast.netlink.Ethtool;
import dev.ballast.netlink.Link;
import dev.ballast.netlink.Netlink;
import dev.ballast.netlink.NetlinkException;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads a machine. On any thread that is in the daemon's network namespace. */
final class MachineReader {
    private static final Path PROC_SYS = Path.of("/proc/sys");
    private static final Path BTF = Path.of("/sys/kernel/btf/vmlinux");
    private static final List<String> SWITCHES =
            List.of(MachineChecks.JIT, MachineChecks.UNPRIVILEGED_BPF, MachineChecks.BPF_STATISTICS);
    private static final List<String> OFFLOADS = List.of(InterfaceChecks.LRO, InterfaceChecks.GRO_HW);

    /** {@code Max open files            1024                 524288               files}: the soft limit comes first. */
    private static final Pattern OPEN_FILES = Pattern.compile("Max open files +([0-9]+) .*");

    private final Path stateDirectory;
    private final Path pins;
    private final LongSupplier unixMs;

    MachineReader(Path stateDirectory, Path pins, LongSupplier unixMs) {
        this.stateDirectory = stateDirectory;
        this.pins = pins;
        this.unixMs = unixMs;
    }

    Machine read() {
        try (Netlink netlink = Netlink.open()) {
            List<Link> links = netlink.links();
            return new Machine(
                    System.getProperty("os.version", ""),
                    Files.exists(BTF),
                    switches(),
                    Capabilities.missing(),
                    BpfFs.isBpfFs(nearestExisting(pins)),
                    descriptors().orElse(Long.MAX_VALUE),
                    disk(),
                    Runtime.getRuntime().availableProcessors(),
                    unixMs.getAsLong(),
                    links,
                    netlink.addresses(),
                    offloads(netlink.ethtool(), links),
                    receiveQueues(links));
        }
    }

    private static Map<String, Long> switches() {
        Map<String, Long> switches = new HashMap<>();
        for (String name : SWITCHES) {
            number(PROC_SYS.resolve(name.replace('.', '/'))).ifPresent(value -> switches.put(name, value));
        }
        return switches;
    }

    private static OptionalLong number(Path file) {
        try {
            return OptionalLong.of(Long.parseLong(Files.readString(file).strip()));
        } catch (IOException | NumberFormatException e) {
            return OptionalLong.empty(); // not of this kernel, or not shown in this namespace
        }
    }

    private static Path nearestExisting(Path directory) {
        Path path = directory.toAbsolutePath();
        while (path.getParent() != null && !Files.exists(path)) {
            path = path.getParent();
        }
        return path;
    }

    /** Empty also where there is no limit. */
    private static OptionalLong descriptors() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/limits"))) {
            return lines.map(OPEN_FILES::matcher)
                    .filter(Matcher::matches)
                    .mapToLong(line -> Long.parseLong(line.group(1)))
                    .findFirst();
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    private Machine.Disk disk() {
        try {
            FileStore store = Files.getFileStore(stateDirectory);
            return new Machine.Disk(
                    stateDirectory.toString(),
                    store.getUsableSpace(),
                    store.getTotalSpace(),
                    // The store's own word is of the mount behind it, and systemd makes that read-only around a
                    // directory
                    // that can be written.
                    Files.isWritable(stateDirectory));
        } catch (IOException e) {
            return new Machine.Disk(stateDirectory.toString(), 0, 0, false);
        }
    }

    private static Map<String, Set<String>> offloads(Ethtool ethtool, List<Link> links) {
        Map<String, Set<String>> offloads = new HashMap<>();
        for (Link link : links) {
            Set<String> on = new HashSet<>();
            for (String feature : OFFLOADS) {
                if (feature(ethtool, link, feature)
                        .filter(Ethtool.Feature::active)
                        .isPresent()) {
                    on.add(feature);
                }
            }
            offloads.put(link.name(), on);
        }
        return offloads;
    }

    private static Optional<Ethtool.Feature> feature(Ethtool ethtool, Link link, String feature) {
        try {
            return ethtool.feature(link.name(), feature);
        } catch (NetlinkException e) {
            return Optional.empty(); // it went meanwhile, or its driver does not say
        }
    }

    /** sysfs shows the links of the namespace that it was mounted in: one with the same name and another number is not ours. */
    private static Map<String, Integer> receiveQueues(List<Link> links) {
        Map<String, Integer> queues = new HashMap<>();
        for (Link link : links) {
            Path directory = Path.of("/sys/class/net", link.name());
            if (link.kind().isEmpty()
                    && number(directory.resolve("ifindex")).orElse(0) == link.index()
                    && Files.exists(directory.resolve("device"))) {
                try (Stream<Path> entries = Files.list(directory.resolve("queues"))) {
                    queues.put(link.name(), (int) entries.filter(
                                    entry -> entry.getFileName().toString().startsWith("rx-"))
                            .count());
                } catch (IOException e) {
                    queues.remove(link.name());
                }
            }
        }
        return queues;
    }
}
