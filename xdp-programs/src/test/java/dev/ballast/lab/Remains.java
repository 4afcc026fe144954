package dev.ballast.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Takes away everything that bears a lab's id, whoever made it and however far it had come.
 *
 * <p>The order matters: processes first (a namespace lives as long as a process in it), the folder last (it is what
 * leads to the rest when this is interrupted).
 */
final class Remains {
    private static final String NAMESPACE_PREFIX = "ballast-lab-";
    private static final int KILL_ROUNDS = 500;
    private static final long KILL_ROUND_NS = 10_000_000;

    private Remains() {}

    /** The namespace of a lab's node. */
    static NodeNamespace namespace(String id, String node) {
        return new NodeNamespace(NAMESPACE_PREFIX + id + "-" + node);
    }

    /** The labs of which a folder or a namespace exists. */
    static List<String> ids() {
        return Stream.concat(
                        StateDirectory.all().stream().map(StateDirectory::id),
                        namespaceNames().stream()
                                .map(name -> name.substring(NAMESPACE_PREFIX.length()))
                                .filter(rest -> rest.contains("-"))
                                .map(rest -> rest.substring(0, rest.indexOf('-'))))
                .distinct()
                .sorted()
                .toList();
    }

    /** Those namespaces of a lab that exist. */
    static List<NodeNamespace> namespaces(String id) {
        return namespaceNames().stream()
                .filter(name -> name.startsWith(NAMESPACE_PREFIX + id + "-"))
                .map(NodeNamespace::new)
                .toList();
    }

    /**
     * Removes labs whose owner has died.
     *
     * @return their ids
     */
    static List<String> sweep() {
        return StateDirectory.locked(() -> {
            List<String> dead = ids().stream()
                    .filter(id ->
                            new StateDirectory(id).owner().filter(Owner::alive).isEmpty())
                    .toList();
            dead.forEach(Remains::takeAway);
            return dead;
        });
    }

    /**
     * Removes a lab. Doing it again, or to a lab of which half is gone, is fine.
     *
     * @throws LabException naming what could not be removed
     */
    static void remove(String id) {
        StateDirectory.locked(() -> {
            takeAway(id);
            return id;
        });
    }

    private static void takeAway(String id) {
        StateDirectory directory = new StateDirectory(id);
        List<NodeNamespace> namespaces = namespaces(id);
        killAllIn(namespaces);
        mountsBelow(directory.path())
                .forEach(mount ->
                        Command.run(Tool.UMOUNT.command(), "--lazy", mount).checked());
        for (NodeNamespace namespace : namespaces) {
            Command.run(Tool.IP.command(), "netns", "delete", namespace.name()).checked();
        }
        try {
            directory.deleteLocks();
            directory.delete();
        } catch (UncheckedIOException e) {
            throw new LabException(
                    "cannot remove %s: %s; remove it by hand".formatted(directory.path(), e.getMessage()), e);
        }
    }

    private static void killAllIn(List<NodeNamespace> namespaces) {
        List<ProcessHandle> left = NodeNamespace.processesIn(namespaces);
        // Killed ones take a moment to go, and may have started others before they did.
        for (int round = 0; !left.isEmpty(); round++) {
            if (round == KILL_ROUNDS) {
                throw new LabException(
                        "processes %s survive SIGKILL; see what they wait for in /proc/PID/stack, then remove the lab again"
                                .formatted(left.stream().map(ProcessHandle::pid).toList()));
            }
            left.forEach(ProcessHandle::destroyForcibly);
            LockSupport.parkNanos(KILL_ROUND_NS);
            left = NodeNamespace.processesIn(namespaces);
        }
    }

    /** Mount points under a folder, the innermost first. */
    private static List<String> mountsBelow(Path folder) {
        try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mountinfo"))) {
            return mounts.map(line -> line.split(" ")[4])
                    .filter(mount -> mount.startsWith(folder + "/"))
                    .sorted(Comparator.reverseOrder())
                    .toList();
        } catch (IOException e) {
            throw new LabException("cannot read the mounts: " + e.getMessage() + "; is /proc mounted?", e);
        }
    }

    private static List<String> namespaceNames() {
        try (Stream<Path> entries = Files.list(NodeNamespace.FOLDER)) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> name.startsWith(NAMESPACE_PREFIX))
                    .sorted()
                    .toList();
        } catch (IOException noNamespaceWasEverMade) {
            return List.of();
        }
    }
}
