package dev.ballast.perf.demo;

import dev.ballast.lab.Backend;
import dev.ballast.lab.ExecResult;
import dev.ballast.lab.Host;
import dev.ballast.lab.Lab;
import dev.ballast.lab.Signal;
import dev.ballast.lab.Topology;
import dev.ballast.v1.MemberStatus;
import dev.ballast.v1.StatusReply;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The scenario. While short and long connections run over IPv4 and IPv6: the program is swapped ten times, a backend is
 * drained and returns, another is killed and returns, the daemon is killed and starts again. Then the control run: drain and
 * return once more with flow tracking off, which has to break connections.
 */
public final class Demo implements AutoCloseable {
    private static final int PORT = 80;
    private static final int SWAPS = 10;
    private static final int LONG_CONNECTIONS_A_VIP = 40;
    private static final int WORKERS_A_VIP = 8;
    private static final int SHORT_PER_SECOND_A_VIP = 160;

    private static final Duration CHECK_INTERVAL = Duration.ofMillis(500);
    private static final Duration CHECK_TIMEOUT = Duration.ofMillis(500);
    private static final int CHECK_FALL = 3;
    /** Until then a dead backend may still get connections. */
    private static final Duration EXCUSED =
            CHECK_INTERVAL.multipliedBy(CHECK_FALL).plus(CHECK_TIMEOUT).plusSeconds(1);

    private static final Duration SETTLE = Duration.ofMillis(500);

    private final Lab lab;
    private final Host client;
    private final Balancer balancer;
    private final PrintStream out;
    private final LiveTable table;
    private final boolean terminal;
    private final List<InetSocketAddress> vips;
    private final Path config;
    private @Nullable Backend killed;
    private long killedAtNs;

    /**
     * A lab with one balancer and four backends, two of them reached over IPv4 and two over IPv6.
     *
     * @param distribution the folder with {@code bin/ballastd}
     * @param terminal whether {@code out} is one, for a table that is redrawn in place
     */
    public Demo(Path distribution, PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
        out.println("Lab: 1 client, 1 router, 1 balancer, 4 backends, in network namespaces");
        this.lab = Lab.start(Topology.builder().balancers(1).backends(4).build());
        this.client = lab.client(1);
        this.balancer = new Balancer(lab.balancer(1), distribution);
        this.table = new LiveTable(balancer, out, terminal);
        this.vips = lab.topology().vips().stream()
                .map(vip -> new InetSocketAddress(vip, PORT))
                .toList();
        this.config = balancer.write("ballast.yaml", yaml(true));
    }

    /** Runs everything; how it went is in the report, an exception says that it could not be run. */
    public Report run() {
        lab.backends().forEach(backend -> backend.startHttp(PORT));
        say("$ " + String.join(" ", balancer.daemonCommand(config)));
        balancer.start(config);
        awaitMembers(member -> member.getHealth().equals("up") && member.getInRing(), "has all backends up");
        table.start();
        List<PhaseResult> phases;
        try (LongConnections connections = LongConnections.open(client, vips, LONG_CONNECTIONS_A_VIP)) {
            awaitOpen(connections);
            phases = phases(connections);
        }
        List<PhaseResult> control;
        say("Control: the same without flow tracking");
        balancer.write("ballast.yaml", yaml(false));
        ballast("apply", "--allow-delete", "-f", config.toString());
        try (LongConnections connections = LongConnections.open(client, vips, LONG_CONNECTIONS_A_VIP)) {
            awaitOpen(connections);
            control = List.of(
                    phase("drain, untracked", connections, Duration.ofSeconds(4), this::drain),
                    phase("return, untracked", connections, Duration.ofSeconds(4), this::undrain));
        }
        balancer.write("ballast.yaml", yaml(true));
        ballast("apply", "-f", config.toString());
        table.close();
        return new Report(phases, control, vips.size() * LONG_CONNECTIONS_A_VIP);
    }

    private List<PhaseResult> phases(LongConnections connections) {
        List<PhaseResult> phases = new ArrayList<>();
        phases.add(phase("steady", connections, Duration.ofSeconds(5), () -> {}));
        phases.add(phase("swap the program " + SWAPS + " times", connections, Duration.ofSeconds(5), this::swaps));
        phases.add(phase("drain a backend", connections, Duration.ofSeconds(6), this::drain));
        phases.add(phase("return it", connections, Duration.ofSeconds(5), this::undrain));
        phases.add(phase("kill a backend", connections, EXCUSED.plus(SETTLE), this::kill));
        phases.add(phase("after its death", connections, Duration.ofSeconds(5), this::requireKilledIsOut));
        phases.add(phase("bring it back", connections, Duration.ofSeconds(6), this::revive));
        phases.add(phase("kill -9 ballastd, start it again", connections, Duration.ofSeconds(6), this::crash));
        phases.add(phase("steady again", connections, Duration.ofSeconds(4), () -> {}));
        return phases;
    }

    /** Load from before the action until after it, and for {@code duration} at least. */
    private PhaseResult phase(String name, LongConnections connections, Duration duration, Runnable action) {
        say("");
        say("== " + name);
        LongConnections.Tally before = connections.tally();
        Map<Backend, Long> resetsBefore = resets();
        long endNs = System.nanoTime() + duration.toNanos();
        List<Hey> load = vips.stream()
                .map(vip -> Hey.start(client, vip, WORKERS_A_VIP, SHORT_PER_SECOND_A_VIP))
                .toList();
        LockSupport.parkNanos(SETTLE.toNanos());
        action.run();
        while (System.nanoTime() < endNs) {
            LockSupport.parkNanos(endNs - System.nanoTime());
        }
        Hey.Result shortRequests = load.stream().map(Hey::end).reduce(Hey.Result.NONE, Hey.Result::plus);
        LongConnections.Tally after = connections.tally();
        if (!terminal) {
            table.draw();
        }
        return judge(name, shortRequests, before, after, resetsBefore);
    }

    // --- actions
    // ------------------------------------------------------------------------------------------------------

    private void swaps() {
        for (int i = 0; i < SWAPS; i++) {
            ballast("swap");
        }
    }

    private String drained() {
        return "web/" + lab.backend(1).address4().getHostAddress();
    }

    private void drain() {
        ballast("drain", drained());
    }

    private void undrain() {
        ballast("undrain", drained());
    }

    private void kill() {
        Backend victim = lab.backend(2);
        say("SIGKILL to all of nginx on " + victim.name() + " ("
                + victim.address4().getHostAddress() + ")");
        killed = victim;
        killedAtNs = System.nanoTime();
        victim.stopHttp(Signal.KILL);
    }

    /** The excuse has run out: from here on it must get nothing. */
    private void requireKilledIsOut() {
        String address = lab.backend(2).address4().getHostAddress();
        balancer.await(
                status ->
                        member(status, address).filter(MemberStatus::getInRing).isEmpty(),
                "took the dead backend out");
    }

    private void revive() {
        Backend victim = lab.backend(2);
        say("nginx on " + victim.name() + " starts again");
        victim.startHttp(PORT);
        awaitMembers(MemberStatus::getInRing, "has all backends back in the ring");
    }

    private void crash() {
        long packets = forwarded(balancer.status().orElseThrow());
        say("SIGKILL to ballastd");
        balancer.stop(Signal.KILL);
        LockSupport.parkNanos(Duration.ofSeconds(2).toNanos());
        say("$ " + String.join(" ", balancer.daemonCommand(config)));
        balancer.start(config);
        StatusReply adopted = balancer.await(status -> status.getServicesCount() > 0, "has adopted its service");
        if (forwarded(adopted) < packets) {
            throw new IllegalStateException("counters went back over the restart: %d packets, before it %d"
                    .formatted(forwarded(adopted), packets));
        }
    }

    private static long forwarded(StatusReply status) {
        return status.getServicesList().stream()
                .mapToLong(service -> service.getForwarded().getPackets())
                .sum();
    }

    // --- judgement
    // ----------------------------------------------------------------------------------------------------

    /**
     * Excused is a failure on the killed backend, in the phase that ends with the time that its checks need. A long
     * connection knows its backend. A short request does not, but a refused connection is a backend without a listener, which
     * only the killed one is, and a reset one is the killed one's if the kernels of all others have sent no reset.
     */
    private PhaseResult judge(
            String name,
            Hey.Result shortRequests,
            LongConnections.Tally before,
            LongConnections.Tally after,
            Map<Backend, Long> resetsBefore) {
        boolean inTime = killed != null && name.equals("kill a backend");
        List<String> problems = new ArrayList<>();
        long excused = 0;
        boolean othersReset = resets().entrySet().stream()
                .anyMatch(entry ->
                        !entry.getKey().equals(killed) && !entry.getValue().equals(resetsBefore.get(entry.getKey())));
        for (Map.Entry<String, Long> error : shortRequests.errors().entrySet()) {
            boolean ofListener = error.getKey().endsWith("connection refused");
            boolean ofConnection = error.getKey().endsWith("connection reset by peer")
                    || error.getKey().endsWith("EOF");
            if (inTime && (ofListener || (ofConnection && !othersReset))) {
                excused += error.getValue();
            } else {
                problems.add(error.getValue() + " short requests: " + error.getKey());
            }
        }
        List<LongConnections.Failure> broken = after.failures()
                .subList(before.failures().size(), after.failures().size());
        for (LongConnections.Failure failure : broken) {
            boolean onKilled = killed != null
                    && (failure.backend().equals(killed.name())
                            || (failure.backend().isEmpty() && failure.reason().equals("Connection refused")));
            if (onKilled && failure.atNs() - killedAtNs <= EXCUSED.toNanos()) {
                excused++;
            } else {
                problems.add("long connection to %s on %s: %s"
                        .formatted(
                                failure.vip().getAddress().getHostAddress(),
                                failure.backend().isEmpty() ? "no backend yet" : failure.backend(),
                                failure.reason()));
            }
        }
        return new PhaseResult(
                name,
                shortRequests,
                after.sent() - before.sent(),
                after.answered() - before.answered(),
                broken,
                excused,
                problems);
    }

    /** Resets that the kernel of each backend has sent, from its own /proc/net/snmp. */
    private Map<Backend, Long> resets() {
        return lab.backends().stream().collect(Collectors.toMap(backend -> backend, Demo::resets));
    }

    private static long resets(Backend backend) {
        List<String[]> tcp = backend.exec("cat", "/proc/net/snmp")
                .checked()
                .stdout()
                .lines()
                .filter(line -> line.startsWith("Tcp:"))
                .map(line -> line.split(" ", -1))
                .toList();
        int column = List.of(tcp.getFirst()).indexOf("OutRsts");
        return Long.parseLong(tcp.getLast()[column]);
    }

    // --- the balancer
    // -------------------------------------------------------------------------------------------------

    private void ballast(String... words) {
        say("$ ballast " + String.join(" ", words));
        ExecResult result = balancer.ballast(words).checked();
        result.stdout().lines().forEach(line -> say("  " + line));
    }

    private void awaitMembers(Predicate<MemberStatus> wanted, String what) {
        balancer.await(
                status -> status.getServicesCount() > 0
                        && status.getServicesList().stream()
                                .flatMap(service -> service.getMembersList().stream())
                                .allMatch(wanted),
                what);
    }

    private static java.util.Optional<MemberStatus> member(StatusReply status, String address) {
        return status.getServicesList().stream()
                .flatMap(service -> service.getMembersList().stream())
                .filter(member -> member.getAddress().equals(address))
                .findFirst();
    }

    private void awaitOpen(LongConnections connections) {
        int wanted = vips.size() * LONG_CONNECTIONS_A_VIP;
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (connections.tally().open() < wanted) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException(
                        "of %d long connections only %s are open; failures: %s; the daemon says: %s"
                                .formatted(
                                        wanted,
                                        connections.tally().openByBackend(),
                                        connections.tally().failures(),
                                        balancer.log()));
            }
            LockSupport.parkNanos(SETTLE.toNanos() / 10);
        }
        say(wanted + " long connections are open: " + connections.tally().openByBackend());
    }

    private String yaml(boolean track) {
        StringBuilder yaml = new StringBuilder("""
                version: 1
                node:
                  name: lb1
                  interfaces: [{name: %s}]
                  limits: {flows: 1Mi}
                defaults:
                  flows: {track: %s}
                  check: {type: tcp, interval: %dms, timeout: %dms, rise: 2, fall: %d}
                services:
                  web:
                    vips:
                """.formatted(
                        lab.balancer(1).interfaceName(),
                        track,
                        CHECK_INTERVAL.toMillis(),
                        CHECK_TIMEOUT.toMillis(),
                        CHECK_FALL));
        vips.forEach(vip -> yaml.append("      - {address: \"%s\", port: %d, protocol: tcp}\n"
                .formatted(vip.getAddress().getHostAddress(), vip.getPort())));
        yaml.append("    backends:\n");
        for (int number = 1; number <= lab.backends().size(); number++) {
            Backend backend = lab.backend(number);
            InetAddress address = number <= 2 ? backend.address4() : backend.address6();
            yaml.append("      - {address: \"%s\"}\n".formatted(address.getHostAddress()));
        }
        return yaml.toString();
    }

    private void say(String line) {
        if (terminal) {
            table.say(line);
        } else {
            out.println(line);
        }
    }

    /** Leaves lab and daemon up, and says what can be tried in them. */
    public List<String> keep() {
        List<String> lines = new ArrayList<>(lab.commandsToTry());
        lines.add("  " + String.join(" ", balancer.ballastCommand("status")));
        lines.add("  " + String.join(" ", balancer.ballastCommand("drain", drained())));
        lines.add("  " + String.join(" ", balancer.ballastCommand("swap")));
        lab.keep();
        return lines;
    }

    @Override
    public void close() {
        table.close();
        balancer.close();
        lab.close();
    }
}
