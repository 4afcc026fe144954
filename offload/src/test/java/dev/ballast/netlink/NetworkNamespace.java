package dev.ballast.netlink;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network namespace of its own for one test, with a platform thread that lives in it. The name carries the process id, so that two runs
 * side by side do not meet; closing it deletes the namespace and with it every device inside.
 */
public final class NetworkNamespace implements AutoCloseable {
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final int O_RDONLY = 0;
    private static final int CLONE_NEWNET = 0x40000000;

    private final String name;
    private final ExecutorService thread;

    private NetworkNamespace(String name) {
        this.name = name;
        this.thread = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().name("in-" + name).daemon().factory());
    }

    /** A new one, with {@code lo} up and IPv6 addresses usable at once. */
    public static NetworkNamespace create() {
        NetworkNamespace namespace = new NetworkNamespace(
                "ballast-t%d-%d".formatted(ProcessHandle.current().pid(), COUNT.incrementAndGet()));
        run("ip", "netns", "add", namespace.name);
        try {
            namespace.call(() -> {
                enter("/run/netns/" + namespace.name);
                return null;
            });
            namespace.shell("sysctl -qw net.ipv6.conf.default.accept_dad=0 && ip link set lo up");
        } catch (RuntimeException | Error e) {
            namespace.close();
            throw e;
        }
        return namespace;
    }

    public String name() {
        return name;
    }

    /** Runs a shell line inside. */
    public String shell(String line) {
        return run("ip", "netns", "exec", name, "sh", "-ec", line);
    }

    /** Calls on the thread that lives inside, and hands its exception on. */
    public <T> T call(Callable<T> callable) {
        try {
            return thread.submit(callable).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new AssertionError("a call inside " + name + " threw", e.getCause());
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted while inside " + name, e);
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
        run("ip", "netns", "delete", name);
    }

    /** setns(2) moves the calling thread alone; one that was moved must not be handed back to others. */
    private static void enter(String path) {
        MethodHandle open = downcall("open", ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT);
        MethodHandle setns = downcall("setns", ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
        MethodHandle close = downcall("close", ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(path);
            int descriptor = (int) open.invokeExact(name, O_RDONLY);
            int entered = (int) setns.invokeExact(descriptor, CLONE_NEWNET);
            int closed = (int) close.invokeExact(descriptor);
            if (entered != 0 || closed != 0) {
                throw new IllegalStateException(
                        "cannot enter network namespace " + path + "; run the kernel tests as root (CAP_SYS_ADMIN)");
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("a call into the C library threw", e);
        }
    }

    private static MethodHandle downcall(String name, MemoryLayout result, MemoryLayout... arguments) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(result, arguments));
    }

    private static String run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes());
            int status = process.waitFor();
            if (status != 0) {
                throw new IllegalStateException("`" + String.join(" ", command) + "` ended with " + status + ": "
                        + output.strip() + "; the kernel tests need root and iproute2");
            }
            return output;
        } catch (IOException e) {
            throw new IllegalStateException(
                    "cannot run `" + command[0] + "`; the kernel tests need iproute2 (apt-get install iproute2)", e);
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted while `" + String.join(" ", command) + "` ran", e);
        }
    }
}
