package dev.ballast.lab;

import dev.ballast.bpf.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The network namespace of a node, as {@code ip netns} knows it.
 *
 * <p>Programs enter it by {@code nsenter --net}, which keeps the host's mounts: {@code ip netns exec} would hide
 * {@code /sys/fs/bpf} behind a fresh {@code /sys}.
 */
record NodeNamespace(String name) {
    private static final Pattern BATCH_FAILURE = Pattern.compile("Command failed -:(\\d+)");

    static final Path FOLDER = Path.of("/run/netns");

    Path path() {
        return FOLDER.resolve(name);
    }

    boolean exists() {
        return Files.exists(path());
    }

    /** The words that start a program in here. */
    List<String> prefixed(List<String> command) {
        return Stream.concat(Stream.of(Tool.NSENTER.command(), "--net=" + path()), command.stream())
                .toList();
    }

    ExecResult run(List<String> command, String input, Duration limit) {
        return Command.run(name, prefixed(command), input, limit);
    }

    /** Lines for {@code ip -batch}: one process for many changes. All are made, or it throws. */
    void ip(List<String> lines) {
        List<String> command = List.of(Tool.IP.command(), "-batch", "-");
        ExecResult result = run(command, String.join("\n", lines) + "\n", Command.TIME_LIMIT);
        if (result.exit() != 0) {
            throw new LabException("%s: `%s` was refused: %s"
                    .formatted(
                            name,
                            failedStep(result.stderr(), lines),
                            result.stderr().lines().findFirst().orElse("")));
        }
    }

    /** The step that {@code ip -batch} names by its number: "Command failed -:6". */
    private static String failedStep(String stderr, List<String> lines) {
        return BATCH_FAILURE
                .matcher(stderr)
                .results()
                .map(match -> "ip " + lines.get(Integer.parseInt(match.group(1)) - 1))
                .findFirst()
                .orElse("ip -batch");
    }

    /** Writes settings, as {@code net/ipv4/ip_forward}, in here. */
    void sysctl(Map<String, String> settings) {
        try {
            call(() -> {
                for (Map.Entry<String, String> setting : settings.entrySet()) {
                    Files.writeString(Path.of("/proc/sys", setting.getKey()), setting.getValue());
                }
                return settings;
            });
        } catch (Exception e) {
            throw new LabException(
                    "%s: cannot set %s: %s; run as root, with /proc/sys writable"
                            .formatted(name, settings, e.getMessage()),
                    e);
        }
    }

    /**
     * Does work on a thread of its own that is in here; sockets it opens stay in here.
     *
     * @throws Exception what the work throws
     */
    <T> T call(Callable<T> work) throws Exception {
        return NetworkNamespace.named(name).call(work);
    }

    /** The processes that are in any of these, except this JVM. */
    static List<ProcessHandle> processesIn(Collection<NodeNamespace> namespaces) {
        Set<String> inodes = namespaces.stream().map(NodeNamespace::inode).collect(Collectors.toSet());
        return ProcessHandle.allProcesses()
                .filter(process -> process.pid() != ProcessHandle.current().pid())
                .filter(process -> inodes.contains(namespaceOf(process.pid())))
                .toList();
    }

    private String inode() {
        try {
            return "net:[" + Files.getAttribute(path(), "unix:ino") + "]";
        } catch (IOException e) {
            return "gone";
        }
    }

    private static String namespaceOf(long pid) {
        try {
            return Files.readSymbolicLink(Path.of("/proc", Long.toString(pid), "ns/net"))
                    .toString();
        } catch (IOException endedMeanwhile) {
            return "ended";
        }
    }
}
