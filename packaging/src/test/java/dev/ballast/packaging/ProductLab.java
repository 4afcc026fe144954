package dev.ballast.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.datapath.Datapath;
import dev.ballast.lab.Backend;
import dev.ballast.lab.ExecResult;
import dev.ballast.lab.Host;
import dev.ballast.lab.Lab;
import dev.ballast.lab.Signal;
import dev.ballast.lab.Subnet;
import dev.ballast.lab.Topology;
import dev.ballast.perf.demo.Balancer;
import dev.ballast.v1.MemberStatus;
import dev.ballast.v1.ServiceStatus;
import dev.ballast.v1.StatusReply;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A lab with HTTP on every backend, and the product on its first balancer. */
final class ProductLab implements AutoCloseable {
    static final int HTTP = 80;

    private static final String RUNNING = "running.yaml";

    private final Lab lab;
    private final Balancer balancer;
    private boolean runs;

    private ProductLab(Lab lab) {
        this.lab = lab;
        this.balancer = new Balancer(lab.balancer(1), Distribution.home());
    }

    /** One balancer, whose daemon does not run yet. */
    static ProductLab start(int backends) {
        return start(Topology.builder().balancers(1).backends(backends).build());
    }

    static ProductLab start(Topology topology) {
        Distribution.home();
        Lab lab = Lab.start(topology);
        try {
            lab.backends().forEach(backend -> backend.startHttp(HTTP));
            return new ProductLab(lab);
        } catch (RuntimeException | Error e) {
            lab.close();
            throw e;
        }
    }

    Lab lab() {
        return lab;
    }

    Balancer balancer() {
        return balancer;
    }

    Host client() {
        return lab.client(1);
    }

    InetAddress vip4() {
        return lab.topology().vip4();
    }

    InetAddress vip6() {
        return lab.topology().vip6();
    }

    /** Backends by their numbers. */
    List<Backend> backends(int... numbers) {
        return Arrays.stream(numbers).mapToObj(lab::backend).toList();
    }

    /** Service {@code web}, on both VIPs, with these backends by their IPv4 addresses. */
    ConfigText web(int... numbers) {
        return ConfigText.empty().with("web", webVips(), ConfigText.backends(backends(numbers)));
    }

    List<String> webVips() {
        return List.of(ConfigText.tcp(vip4(), HTTP), ConfigText.tcp(vip6(), HTTP));
    }

    /** {@code web/10.2.0.101} for backend 1. */
    String member(int number) {
        return "web/" + Subnet.text(lab.backend(number).address4());
    }

    /** Starts the daemon with this as its file. */
    void startDaemon(ConfigText config) {
        balancer.start(balancer.write(RUNNING, config.toString()));
        runs = true;
    }

    int stopDaemon(Signal signal) {
        runs = false;
        return balancer.stop(signal);
    }

    /**
     * Makes this the running configuration, whatever was before, with every backend that it names in the ring and no drain by
     * command.
     */
    void reset(ConfigText config) {
        if (runs) {
            ballast("apply", "--allow-delete", "-f", write("reset.yaml", config).toString())
                    .checked();
            status().getServicesList().stream()
                    .flatMap(service -> service.getMembersList().stream())
                    .filter(member -> member.getAdmin().equals("drain"))
                    .forEach(member -> ballast("undrain", member.getName()).checked());
        } else {
            startDaemon(config);
        }
        awaitMembers(
                member -> member.getInRing() || member.getAdmin().equals("leaving"), "has every member in the ring");
    }

    Path write(String name, ConfigText config) {
        return balancer.write(name, config.toString());
    }

    /** Runs {@code ballast}; any exit status. */
    ExecResult ballast(String... words) {
        return balancer.ballast(words);
    }

    /** Runs {@code ballast apply} with this as the file. */
    ExecResult apply(ConfigText config, String... flags) {
        return ballast(Stream.concat(
                        Stream.of("apply", "-f", write("applied.yaml", config).toString()), Arrays.stream(flags))
                .toArray(String[]::new));
    }

    StatusReply status() {
        return balancer.await(_ -> true, "answers");
    }

    static ServiceStatus service(StatusReply status, String name) {
        return status.getServicesList().stream()
                .filter(service -> service.getName().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no service " + name + " in " + status));
    }

    static MemberStatus member(StatusReply status, String name) {
        return status.getServicesList().stream()
                .flatMap(service -> service.getMembersList().stream())
                .filter(member -> member.getName().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no member " + name + " in " + status));
    }

    /** Packets that left by this reason. */
    static long packets(StatusReply status, String reason) {
        return status.getVerdictsList().stream()
                .filter(verdict -> verdict.getReason().equals(reason))
                .mapToLong(verdict -> verdict.getTraffic().getPackets())
                .sum();
    }

    void awaitMembers(Predicate<MemberStatus> wanted, String what) {
        balancer.await(
                status -> status.getServicesList().stream()
                        .flatMap(service -> service.getMembersList().stream())
                        .allMatch(wanted),
                what);
    }

    /** Waits until exactly these members of {@code web} are in the ring. */
    void awaitRing(int... numbers) {
        Set<String> wanted = Arrays.stream(numbers).mapToObj(this::member).collect(Collectors.toSet());
        balancer.await(
                status -> service(status, "web").getMembersList().stream()
                        .filter(MemberStatus::getInRing)
                        .map(MemberStatus::getName)
                        .collect(Collectors.toSet())
                        .equals(wanted),
                "has " + wanted + " in the ring");
    }

    /** New connections over IPv4, by the backend that answered. */
    Map<String, Integer> spread(int requests) throws Exception {
        return HttpConnection.spread(client(), vip4(), HTTP, requests);
    }

    /** Connections over both families, open and used once. */
    List<HttpConnection> connect(int each) throws Exception {
        return Stream.concat(
                        HttpConnection.open(client(), vip4(), HTTP, each).stream(),
                        HttpConnection.open(client(), vip6(), HTTP, each).stream())
                .toList();
    }

    /** Asks again on every one; the answer must come from the same backend. */
    void assertUnbroken(Map<HttpConnection, String> backends, String when) throws Exception {
        for (Map.Entry<HttpConnection, String> each : backends.entrySet()) {
            try {
                assertThat(each.getKey().backend())
                        .as("the backend of %s, %s", each.getKey().local(), when)
                        .isEqualTo(each.getValue());
            } catch (IOException e) {
                throw new AssertionError(
                        "a connection to %s broke, %s: %s; the daemon says: %s"
                                .formatted(each.getValue(), when, e.getMessage(), balancer.log()),
                        e);
            }
        }
    }

    /** By connection, the backend that it talks to. */
    static Map<HttpConnection, String> backendsOf(List<HttpConnection> connections) {
        return connections.stream().collect(Collectors.toMap(Function.identity(), ProductLab::backendOf));
    }

    private static String backendOf(HttpConnection connection) {
        try {
            return connection.backend();
        } catch (IOException e) {
            throw new AssertionError("a fresh connection broke: " + e.getMessage(), e);
        }
    }

    static void close(List<HttpConnection> connections) throws IOException {
        for (HttpConnection connection : connections) {
            connection.close();
        }
    }

    /** The tables of the running datapath, to be read. */
    Datapath tables() {
        return Datapath.adopt(balancer.pins())
                .orElseThrow(() -> new AssertionError("no datapath is pinned in " + balancer.pins()));
    }

    /** The program on the balancer's interface, from {@code ip}; empty if there is none. */
    static String xdpOf(Host host) {
        String link = host.exec("ip", "-d", "link", "show", "dev", host.interfaceName())
                .checked()
                .stdout();
        return link.lines()
                .filter(line -> line.contains("prog/xdp"))
                .findFirst()
                .orElse("")
                .strip();
    }

    @Override
    public void close() {
        balancer.close();
        lab.close();
    }
}
