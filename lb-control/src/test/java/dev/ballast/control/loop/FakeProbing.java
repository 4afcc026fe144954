package dev.ballast.control.loop;

import dev.ballast.health.ProbeResult;
import dev.ballast.health.probe.Probe;
import dev.ballast.health.probe.ProbeSpec;
import dev.ballast.health.probe.Timers;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/** Time that passes only when told to, and backends that refuse connections when told to; all on the test's thread. */
final class FakeProbing implements Timers, Probe {
    private static final class Task implements Pending {
        final long atNs;
        final long order;
        final Runnable action;
        boolean cancelled;

        Task(long atNs, long order, Runnable action) {
            this.atNs = atNs;
            this.order = order;
            this.action = action;
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }

    private final PriorityQueue<Task> tasks = new PriorityQueue<>(
            Comparator.<Task>comparingLong(task -> task.atNs).thenComparingLong(task -> task.order));
    private final Deque<Runnable> ready = new ArrayDeque<>();
    private final Set<InetSocketAddress> dead = new HashSet<>();
    private long nowNs;
    private long order;

    /** Every target that was ever probed, as {@code address:port}. */
    final Set<String> probed = new TreeSet<>();

    /** Connections to it are refused from now on. */
    void kill(InetAddress address, int port) {
        dead.add(new InetSocketAddress(address, port));
    }

    /** They are accepted again. */
    void revive(InetAddress address, int port) {
        dead.remove(new InetSocketAddress(address, port));
    }

    /** Lets time pass and everything happen that is due. */
    void pass(long seconds) {
        runReady();
        long endNs = nowNs + seconds * 1_000_000_000L;
        while (!tasks.isEmpty() && tasks.element().atNs <= endNs) {
            Task task = tasks.remove();
            if (!task.cancelled) {
                nowNs = Math.max(nowNs, task.atNs);
                task.action.run();
                runReady();
            }
        }
        nowNs = endNs;
    }

    private void runReady() {
        while (!ready.isEmpty()) {
            ready.remove().run();
        }
    }

    @Override
    public Attempt start(InetSocketAddress target, ProbeSpec spec, Consumer<ProbeResult> done) {
        probed.add(target.getAddress().getHostAddress() + ":" + target.getPort());
        done.accept(
                dead.contains(target)
                        ? new ProbeResult.Failure(ProbeResult.FailureKind.REFUSED, "connection refused")
                        : new ProbeResult.Success(1));
        return () -> {};
    }

    @Override
    public long nowNs() {
        return nowNs;
    }

    @Override
    public void execute(Runnable task) {
        ready.add(task);
    }

    @Override
    public Pending schedule(long delayNs, Runnable action) {
        Task task = new Task(nowNs + delayNs, order++, action);
        tasks.add(task);
        return task;
    }

    @Override
    public void close() {
        runReady();
    }
}
