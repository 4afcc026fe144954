package dev.ballast.perf.control;

import com.google.protobuf.ByteString;
import dev.ballast.lab.ExecResult;
import dev.ballast.lab.Host;
import dev.ballast.lab.Lab;
import dev.ballast.lab.Signal;
import dev.ballast.lab.Topology;
import dev.ballast.perf.demo.Balancer;
import dev.ballast.v1.ApplyRequest;
import dev.ballast.v1.ChangeReply;
import dev.ballast.v1.ConfigGrpc;
import dev.ballast.v1.DrainRequest;
import dev.ballast.v1.Edit;
import dev.ballast.v1.EditRequest;
import dev.ballast.v1.OperationGrpc;
import dev.ballast.v1.Progress;
import dev.ballast.v1.StatusGrpc;
import dev.ballast.v1.StatusReply;
import dev.ballast.v1.StatusRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * One daemon under one {@link Deployment}, from its first start to its restart. One thread.
 *
 * <p>A change is timed from the call to the answer that says done, which comes after the store into the tables: what a packet waits is less.
 */
final class ScaleRun implements AutoCloseable {
    private static final int PORT = 80;
    private static final int CALL_LIMIT_S = 120;
    private static final int CONNECT_LIMIT_MS = 200;
    private static final long FORWARDING_LIMIT_NS = 60_000_000_000L;
    private static final long POLL_NS = 2_000_000;
    private static final double NS_A_MS = 1e6;
    /** One change before that many that are timed. */
    private static final int WARM_UP_PART = 10;

    /** Two ticks with a census among them, and an audit. */
    private static final long REST_NS = 12_000_000_000L;

    private final Deployment deployment;
    private final int changes;
    private final Lab lab;
    private final Balancer balancer;
    private final Consumer<Figure> out;

    /**
     * A lab with nothing running.
     *
     * @param changes how many of each kind are timed
     * @param out told each figure as it is measured
     */
    ScaleRun(Path distribution, Deployment deployment, int changes, Consumer<Figure> out) {
        this.out = out;
        this.deployment = deployment;
        this.changes = changes;
        this.lab = Lab.start(Topology.builder().balancers(1).backends(1).build());
        this.balancer = new Balancer(lab.balancer(1), distribution);
    }

    /** Does all of it. */
    void run() {
        lab.backend(1).startHttp(PORT);
        Host host = lab.balancer(1);
        String yaml = deployment.yaml(
                host.interfaceName(),
                lab.topology().vip4(),
                PORT,
                lab.backend(1).address4());
        Path none = host.stateDirectory().resolve("none.yaml");
        balancer.start(none);
        apply(yaml);
        memory("after the first apply");
        drains();
        rest();
        statuses();
        restart(none);
        edits();
    }

    private void apply(String yaml) {
        out.accept(Figure.of("configuration", "MiB", yaml.length() / (1024.0 * 1024)));
        double cpuBefore = cpuSeconds();
        long beganNs = System.nanoTime();
        ChangeReply reply = config().apply(ApplyRequest.newBuilder()
                .setYaml(ByteString.copyFromUtf8(yaml))
                .setFileName("generated")
                .build());
        double answeredMs = sinceMs(beganNs);
        requireDone(reply);
        awaitForwarding();
        out.accept(Figure.of("cold apply, answered done", "ms", answeredMs));
        out.accept(Figure.of("cold apply to forwarding", "ms", sinceMs(beganNs), 5_000));
        out.accept(Figure.of("cold apply, CPU time of the daemon", "ms", 1_000 * (cpuSeconds() - cpuBefore)));
    }

    /** A connection of the client through the last service. */
    private void awaitForwarding() {
        InetSocketAddress vip = new InetSocketAddress(lab.topology().vip4(), PORT);
        long deadlineNs = System.nanoTime() + FORWARDING_LIMIT_NS;
        while (!connects(vip)) {
            if (System.nanoTime() > deadlineNs) {
                throw new IllegalStateException(
                        "no connection to %s through the balancer within %d s; the daemon says: %s"
                                .formatted(vip, TimeUnit.NANOSECONDS.toSeconds(FORWARDING_LIMIT_NS), balancer.log()));
            }
            LockSupport.parkNanos(POLL_NS);
        }
    }

    private boolean connects(InetSocketAddress vip) {
        try {
            return lab.client(1).call(() -> {
                try (Socket socket = new Socket()) {
                    socket.connect(vip, CONNECT_LIMIT_MS);
                    return true;
                } catch (IOException e) {
                    return false;
                }
            });
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("cannot enter the client: " + e.getMessage(), e);
        }
    }

    private void memory(String when) {
        ProcessMemory memory = ProcessMemory.of(balancer.pid());
        out.accept(Figure.of("daemon, anonymous memory " + when, "MiB", memory.anonymousMib()));
        out.accept(Figure.of("daemon, peak resident memory " + when, "MiB", memory.peakMib(), 1024));
    }

    // --- changes -------------------------------------------------------------------------------------------------

    private void edits() {
        times("weight of one member", 10, number -> {
            String backend = deployment.backend(number, 0);
            requireDone(config().edit(EditRequest.newBuilder()
                    .addEdits(Edit.newBuilder()
                            .setPath(Deployment.weightPath(number, backend))
                            .setValue("50"))
                    .build()));
        });
    }

    private void drains() {
        times(
                "drain of one member",
                10,
                number -> requireDone(operation()
                        .drain(DrainRequest.newBuilder()
                                .setMember(Deployment.service(number) + "/" + deployment.backend(number, 1))
                                .build())));
    }

    /** Each change is of another service; the first few are not timed, since a daemon is hardly ever asked for its first change. */
    private void times(String what, double aimMs, IntConsumer change) {
        List<Double> ms = new ArrayList<>();
        int warmUp = Math.max(1, changes / WARM_UP_PART);
        for (int number = 0; number < Math.min(warmUp + changes, deployment.services()); number++) {
            long beganNs = System.nanoTime();
            change.accept(number);
            if (number >= warmUp) {
                ms.add(sinceMs(beganNs));
            }
        }
        out.accept(Figure.of(what + ", p50", "ms", Figure.percentile(ms, 0.5)));
        out.accept(Figure.of(what + ", p99", "ms", Figure.percentile(ms, 0.99), aimMs));
        out.accept(Figure.of(what + ", most", "ms", Figure.percentile(ms, 1)));
    }

    private static void requireDone(ChangeReply reply) {
        if (reply.getProgress() != Progress.DONE || !reply.getChanged()) {
            throw new IllegalStateException("the daemon answers %s, changed %s: %s"
                    .formatted(reply.getProgress(), reply.getChanged(), reply.getReason()));
        }
    }

    // --- at rest -------------------------------------------------------------------------------------------------

    /** What the daemon uses of a CPU when nothing happens: ticks, counters, census, audit. */
    private void rest() {
        double before = cpuSeconds();
        long beganNs = System.nanoTime();
        LockSupport.parkNanos(REST_NS);
        double share = 100 * (cpuSeconds() - before) / (sinceMs(beganNs) / 1000);
        out.accept(Figure.of("daemon at rest, of one CPU", "%", share));
        memory("after changes and rest");
    }

    private double cpuSeconds() {
        return ProcessHandle.of(balancer.pid())
                        .flatMap(process -> process.info().totalCpuDuration())
                        .orElseThrow(() -> new IllegalStateException("the daemon has ended: " + balancer.log()))
                        .toNanos()
                / 1e9;
    }

    private void statuses() {
        long beganNs = System.nanoTime();
        StatusReply reply = status(StatusRequest.getDefaultInstance());
        out.accept(Figure.of("status of all services", "ms", sinceMs(beganNs)));
        out.accept(Figure.of("status of all services, size", "MiB", reply.getSerializedSize() / (1024.0 * 1024)));
        beganNs = System.nanoTime();
        status(lastService());
        out.accept(Figure.of("status of one service", "ms", sinceMs(beganNs)));
        beganNs = System.nanoTime();
        ExecResult table = balancer.ballast("status", deployment.last());
        table.checked();
        out.accept(Figure.of("command: status of one service", "ms", sinceMs(beganNs)));
    }

    private void restart(Path config) {
        balancer.stop(Signal.KILL);
        long beganNs = System.nanoTime();
        balancer.launch(config);
        while (!adopted()) {
            LockSupport.parkNanos(POLL_NS);
        }
        out.accept(Figure.of("restart to adopted and reconciled", "ms", sinceMs(beganNs)));
        awaitForwarding();
        memory("after a restart");
    }

    private boolean adopted() {
        try {
            StatusReply reply = status(lastService());
            return reply.getServicesCount() == 1 && reply.getServices(0).getProgress() == Progress.DONE;
        } catch (StatusRuntimeException e) {
            balancer.requireAlive();
            balancer.channel().resetConnectBackoff();
            return false;
        }
    }

    // --- calls ---------------------------------------------------------------------------------------------------

    private StatusRequest lastService() {
        return StatusRequest.newBuilder().setService(deployment.last()).build();
    }

    private StatusReply status(StatusRequest request) {
        return StatusGrpc.newBlockingStub(balancer.channel())
                .withDeadlineAfter(CALL_LIMIT_S, TimeUnit.SECONDS)
                .get(request);
    }

    private ConfigGrpc.ConfigBlockingStub config() {
        return ConfigGrpc.newBlockingStub(balancer.channel()).withDeadlineAfter(CALL_LIMIT_S, TimeUnit.SECONDS);
    }

    private OperationGrpc.OperationBlockingStub operation() {
        return OperationGrpc.newBlockingStub(balancer.channel()).withDeadlineAfter(CALL_LIMIT_S, TimeUnit.SECONDS);
    }

    private static double sinceMs(long beganNs) {
        return (System.nanoTime() - beganNs) / NS_A_MS;
    }

    @Override
    public void close() {
        balancer.close();
        lab.close();
    }
}
