package dev.ballast.perf.control;

import dev.ballast.lab.Host;
import dev.ballast.lab.Lab;
import dev.ballast.lab.Signal;
import dev.ballast.lab.Subnet;
import dev.ballast.lab.Topology;
import dev.ballast.perf.demo.Balancer;
import dev.ballast.v1.Progress;
import dev.ballast.v1.StatusReply;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * What a small deployment costs: a daemon with ten services of four members, from the start of its process to what the kernel holds, with
 * nothing in the kernel before (cold) and with everything there (adopting); what it holds then; and how long the command takes to show it.
 * One thread.
 */
final class StartRun implements AutoCloseable {
    private static final int SERVICES = 10;
    private static final int MEMBERS = 4;
    private static final int START_ROUNDS = 7;
    private static final int COMMAND_ROUNDS = 30;
    private static final long POLL_NS = 5_000_000;
    private static final String ATTACHED = "msg=attached";
    private static final String RESTORED = "msg=\"restored the last accepted configuration\"";
    private static final long START_LIMIT_NS = 60_000_000_000L;

    /** A census, an audit, and until what only the start needed has been given back to the system. */
    private static final long REST_NS = 60_000_000_000L;

    private final Lab lab;
    private final Path distribution;
    private final Consumer<Figure> out;

    /**
     * A lab with nothing running.
     *
     * @param out told each figure as it is measured
     */
    StartRun(Path distribution, Consumer<Figure> out) {
        this.distribution = distribution;
        this.out = out;
        this.lab = Lab.start(Topology.builder().balancers(1).backends(MEMBERS).build());
    }

    /** Does all of it. */
    void run() {
        cold();
        Balancer balancer = balancer("adopted");
        try (balancer) {
            Path config = config(balancer);
            balancer.start(config);
            awaitDone(balancer);
            adopting(balancer, config);
            LockSupport.parkNanos(REST_NS);
            ProcessMemory memory = ProcessMemory.of(balancer.pid());
            out.accept(Figure.of("daemon with ten services, anonymous memory", "MiB", memory.anonymousMib(), 130));
            command(balancer);
            tearDown(balancer);
        }
    }

    private void cold() {
        List<Double> ms = new ArrayList<>();
        for (int round = 0; round < START_ROUNDS; round++) {
            try (Balancer balancer = balancer("cold" + round)) {
                Path config = config(balancer);
                ms.add(startMs(balancer, config, ATTACHED));
                tearDown(balancer);
            }
        }
        spread("start, cold, to forwarding", ms, 1_000);
    }

    private void adopting(Balancer balancer, Path config) {
        List<Double> ms = new ArrayList<>();
        for (int round = 0; round < START_ROUNDS; round++) {
            balancer.stop(Signal.KILL);
            ms.add(startMs(balancer, config, RESTORED));
        }
        spread("start, adopting, to reconciled", ms, 1_000);
    }

    /**
     * To the line that the daemon logs when the program is attached, or what the kernel holds has been adopted: the API, which nobody's
     * packets wait for, comes after it.
     */
    private static double startMs(Balancer balancer, Path config, String line) {
        long beganNs = System.nanoTime();
        balancer.launch(config);
        while (!balancer.log().contains(line)) {
            balancer.requireAlive();
            LockSupport.parkNanos(POLL_NS);
        }
        double ms = (System.nanoTime() - beganNs) / 1e6;
        awaitDone(balancer);
        return ms;
    }

    /** Done means: the kernel holds the configuration and the program is attached. */
    private static void awaitDone(Balancer balancer) {
        long deadlineNs = System.nanoTime() + START_LIMIT_NS;
        while (!balancer.status().map(StartRun::isDone).orElse(false)) {
            balancer.requireAlive();
            if (System.nanoTime() > deadlineNs) {
                throw new IllegalStateException("not in force within a minute; the daemon says: " + balancer.log());
            }
            LockSupport.parkNanos(POLL_NS);
        }
    }

    private static boolean isDone(StatusReply reply) {
        return reply.getServicesCount() == SERVICES
                && reply.getServicesList().stream().allMatch(service -> service.getProgress() == Progress.DONE);
    }

    /** The whole command, as a shell starts it, to its end. */
    private void command(Balancer balancer) {
        List<Double> ms = new ArrayList<>();
        for (int round = 0; round < COMMAND_ROUNDS; round++) {
            long beganNs = System.nanoTime();
            balancer.ballast("status").checked();
            ms.add((System.nanoTime() - beganNs) / 1e6);
        }
        spread("ballast status, ten services", ms, 200);
        out.accept(Figure.of("ballast status, ten services, p95", "ms", Figure.percentile(ms, 0.95)));
    }

    private void spread(String what, List<Double> ms, double aimMs) {
        out.accept(Figure.of(what + ", least", "ms", Figure.percentile(ms, 0)));
        out.accept(Figure.of(what + ", p50", "ms", Figure.percentile(ms, 0.5), aimMs));
    }

    private static void tearDown(Balancer balancer) {
        balancer.ballast("teardown", "--force").checked();
        balancer.awaitEnd();
    }

    private Balancer balancer(String instance) {
        return new Balancer(lab.balancer(1), distribution, instance);
    }

    private Path config(Balancer balancer) {
        Host host = lab.balancer(1);
        StringBuilder yaml = new StringBuilder("""
                version: 1
                node: {name: lb1, interfaces: [{name: %s}]}
                services:
                """.formatted(host.interfaceName()));
        for (int service = 0; service < SERVICES; service++) {
            yaml.append("  web%d:%n    vips: [{address: %s, port: %d, protocol: tcp}]%n    backends:%n"
                    .formatted(service, Subnet.text(lab.topology().vip4()), 8000 + service));
            for (int member = 1; member <= MEMBERS; member++) {
                InetAddress address = lab.backend(member).address4();
                yaml.append("      - {address: %s}%n".formatted(Subnet.text(address)));
            }
        }
        return balancer.write("ten.yaml", yaml.toString());
    }

    @Override
    public void close() {
        lab.close();
    }
}
