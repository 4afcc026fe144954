package dev.ballast.bpf;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Another network namespace, entered by threads of its own: interface indices, attachments and test runs are those of the thread
 * that makes the call.
 *
 * <p>A namespace belongs to a kernel thread. Entering it on a virtual thread would leave its carrier behind in it for every
 * other virtual thread, and on a pooled thread the pool's next task; so each call here runs on a new platform thread that ends
 * with it. The mount namespace stays: unlike under {@code ip netns exec}, /sys/fs/bpf is in sight, and /sys/class/net shows the
 * interfaces of whoever mounted /sys.
 *
 * @param path a namespace file: {@code /run/netns/NAME}, {@code /proc/PID/ns/net}
 * @see <a href="https://man7.org/linux/man-pages/man7/network_namespaces.7.html">network_namespaces(7)</a>
 */
public record NetworkNamespace(Path path) {
    private static final Path NAMED = Path.of("/run/netns");

    /** The one that {@code ip netns add NAME} made. */
    public static NetworkNamespace named(String name) {
        return new NetworkNamespace(NAMED.resolve(name));
    }

    /**
     * Runs {@code action} inside and returns what it returns. The calling thread waits; its interruption is passed on to the
     * action and stays set.
     *
     * @throws BpfException if there is no such namespace, or no permission to enter it
     * @throws Exception what {@code action} throws, unchanged
     */
    public <T> T call(Callable<T> action) throws Exception {
        FutureTask<T> task = new FutureTask<>(() -> {
            enter();
            return action.call();
        });
        Thread thread = Thread.ofPlatform().name("netns-" + path.getFileName()).start(task);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                    thread.interrupt();
                }
            }
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case Exception thrown -> throw thrown;
                case Error thrown -> throw thrown;
                case null, default -> throw e;
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Runs {@code action} inside, as {@link #call}. */
    public void run(Runnable action) {
        try {
            call(() -> {
                action.run();
                return Boolean.TRUE;
            });
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("a Runnable throws nothing checked", e);
        }
    }

    private void enter() {
        int fd = LibC.open(path.toString(), LibC.O_RDONLY | LibC.O_CLOEXEC);
        if (fd < 0) {
            throw new BpfException(
                    "open network namespace",
                    path.toString(),
                    -fd,
                    fd == -Errno.ENOENT ? "there is none; see ip netns list" : "run as root");
        }
        int result = LibC.setns(fd, LibC.CLONE_NEWNET);
        LibC.close(fd);
        if (result < 0) {
            throw new BpfException(
                    "enter network namespace",
                    path.toString(),
                    -result,
                    result == -Errno.EINVAL
                            ? "it is not a network namespace; see ip netns list"
                            : "entering needs CAP_SYS_ADMIN; run as root");
        }
    }
}
