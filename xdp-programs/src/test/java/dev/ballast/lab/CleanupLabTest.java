package dev.ballast.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Nothing of a lab outlives it, however it ends, and no lab disturbs another. */
class CleanupLabTest {
    private static final Topology SMALL =
            Topology.builder().balancers(1).backends(1).build();

    /** Starts a lab with a server, says its id, and waits to be killed. */
    static final class Victim {
        public static void main(String[] arguments) throws InterruptedException {
            Lab lab = Lab.start(SMALL);
            lab.backend(1).startHttp(80);
            if (arguments.length > 0) {
                lab.keep();
            }
            System.out.println(lab.id());
            Thread.sleep(Long.MAX_VALUE);
        }
    }

    @Test
    void closingLeavesNothing() {
        String id;
        LabProcess server;
        LabProcess sleeper;
        try (Lab lab = Lab.start(SMALL)) {
            id = lab.id();
            server = lab.backend(1).startHttp(80);
            sleeper = lab.client(1).spawn("sleep", "3333");
            assertThat(Remains.namespaces(id)).hasSize(4);
            assertThat(traces(id)).isNotEmpty();
        }
        assertThat(traces(id)).isEmpty();
        assertThat(server.isAlive()).isFalse();
        assertThat(sleeper.isAlive()).isFalse();
    }

    @Test
    void theLockOfADaemonThatWasKilledGoesWithItsLab() throws IOException {
        Path locks = Files.createDirectories(Path.of("/run/ballast"));
        Path lock;
        try (Lab lab = Lab.start(SMALL)) {
            lock = Files.createFile(
                    locks.resolve("pins_run_ballast-lab_%s_bpf_balancer1_default.lock".formatted(lab.id())));
        }
        assertThat(lock).doesNotExist();
    }

    @Test
    void closingTwiceIsFine() {
        Lab lab = Lab.start(SMALL);
        lab.close();
        lab.close();
        assertThatThrownBy(lab::keep).hasMessageContaining("is closed; start another");
    }

    @Test
    void nothingOfItIsInTheHostsOwnNetwork() {
        try (Lab lab = Lab.start(SMALL)) {
            String host = Stream.of("link", "address", "route")
                    .map(table -> Command.run("ip", table).checked().stdout())
                    .reduce("", String::concat);
            assertThat(host).doesNotContain("wan", "lan:");
            for (Node node : lab.nodes()) {
                assertThat(host).doesNotContain(node.name());
                node.addresses().forEach(address -> assertThat(host).doesNotContain(Subnet.text(address) + "/"));
            }
        }
    }

    @Test
    void twoLabsWithTheSameAddressesRunSideBySide() throws Exception {
        try (Lab one = Lab.start(SMALL)) {
            one.backend(1).startHttp(80);
            try (Lab other = Lab.start(SMALL)) {
                assertThat(one.id()).isNotEqualTo(other.id());
                other.backend(1).startHttp(80);
                assertThat(serves(other)).isTrue();
                other.backend(1).stopHttp(Signal.KILL);
                assertThat(serves(other)).isFalse();
                assertThat(serves(one)).isTrue();
            }
            assertThat(serves(one)).isTrue();
        }
    }

    /** The kernel has no veth of that MTU: it refuses after the namespaces were made. */
    @Test
    void aStartThatFailsEarlyLeavesNothing() {
        assertStartFailsClean(Topology.builder().mtu(1500, 70_000).build(), "link add name balancer1 mtu 70000");
    }

    /** Native XDP on veth needs a frame to fit a page: the decapsulation is refused, when links and addresses are up. */
    @Test
    void aStartThatFailsLateLeavesNothing() {
        assertStartFailsClean(Topology.builder().mtu(1500, 9000).build(), "lower it, or use xdp.frags");
    }

    @Test
    void whatAKilledJvmLeftIsSweptAndALivingLabIsNot() throws Exception {
        try (Lab living = Lab.start(SMALL)) {
            living.backend(1).startHttp(80);
            Process jvm = victim();
            String id = idOf(jvm);
            assertThat(Lab.sweep()).doesNotContain(id);
            assertThat(traces(id)).isNotEmpty();

            jvm.destroyForcibly().waitFor();
            assertThat(traces(id)).as("what a SIGKILL leaves").isNotEmpty();
            assertThat(Lab.sweep()).contains(id).doesNotContain(living.id());
            assertThat(traces(id)).isEmpty();
            assertThat(serves(living)).isTrue();
        }
    }

    @Test
    void theNextStartSweepsToo() throws Exception {
        Process jvm = victim();
        String id = idOf(jvm);
        jvm.destroyForcibly().waitFor();
        try (Lab next = Lab.start(SMALL)) {
            assertThat(next.id()).isNotEqualTo(id);
            assertThat(traces(id)).isEmpty();
        }
    }

    @Test
    void aJvmThatIsToldToEndTakesItsLabWithIt() throws Exception {
        Process jvm = victim();
        String id = idOf(jvm);
        jvm.destroy();
        jvm.waitFor();
        assertThat(traces(id)).isEmpty();
    }

    @Test
    void aKeptLabOutlivesItsJvmUntilItIsRemovedByName() throws Exception {
        Process jvm = victim("keep");
        String id = idOf(jvm);
        jvm.destroyForcibly().waitFor();
        try {
            assertThat(Lab.sweep()).doesNotContain(id);
            assertThat(traces(id)).isNotEmpty();
        } finally {
            Lab.remove(id);
        }
        assertThat(traces(id)).isEmpty();
        assertThatThrownBy(() -> Lab.remove(id)).hasMessageStartingWith("there is no lab " + id);
    }

    @Test
    void namespacesWhoseFolderIsGoneAreSweptToo() {
        NodeNamespace orphan = Remains.namespace("orphan", "client1");
        Command.run("ip", "netns", "add", orphan.name()).checked();
        assertThat(Lab.sweep()).contains("orphan");
        assertThat(orphan.exists()).isFalse();
    }

    private static void assertStartFailsClean(Topology topology, String reason) {
        List<String> before = Remains.ids();
        assertThatThrownBy(() -> Lab.start(topology))
                .hasMessageContaining(reason)
                .hasNoSuppressedExceptions();
        assertThat(ownedByThisJvm()).isSubsetOf(before);
    }

    /** Other suites may run labs of their own meanwhile. */
    private static List<String> ownedByThisJvm() {
        return Remains.ids().stream()
                .filter(id -> new StateDirectory(id).owner().equals(Optional.of(Owner.thisProcess())))
                .toList();
    }

    private static Process victim(String... arguments) throws IOException {
        List<String> command = Stream.concat(
                        Stream.of(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Victim.class.getName()),
                        Stream.of(arguments))
                .toList();
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static String idOf(Process jvm) throws IOException {
        BufferedReader lines = jvm.inputReader();
        String id = lines.readLine();
        assertThat(id).as("the lab's id, said once it is up").isNotNull();
        return id;
    }

    private static boolean serves(Lab lab) throws Exception {
        return lab.client(1).call(() -> {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(lab.backend(1).address4(), 80), 10_000);
                return true;
            } catch (IOException refused) {
                return false;
            }
        });
    }

    /** Namespaces, mounts, folders and processes that bear a lab's id. */
    private static List<String> traces(String id) {
        return Stream.of(
                        Command.run("ip", "netns", "list").checked().stdout().lines(),
                        lines(Path.of("/proc/self/mountinfo")),
                        Command.run("ls", "/run/ballast-lab").checked().stdout().lines(),
                        ProcessHandle.allProcesses()
                                .map(process -> process.info().commandLine().orElse("")))
                .flatMap(part -> part)
                .filter(line -> line.contains("ballast-lab-" + id + "-")
                        || line.contains("/run/ballast-lab/" + id)
                        || line.equals(id))
                .toList();
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
