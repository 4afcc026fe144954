package dev.ballast.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What works, and what is said, with fewer capabilities: in a JVM of its own, since capabilities are a process's. */
class PrivilegeKernelTest {
    /** The whole way of a program from its bytes to an interface and back from its pins. Prints the first thing that fails. */
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) {
            Path pins = Path.of(arguments[0]);
            int ifindex = Integer.parseInt(arguments[1]);
            try {
                loadAttachAndPin(pins, ifindex);
                updateByPins(pins);
                System.out.println("done");
            } catch (BpfException e) {
                System.out.println(e.getMessage());
            }
        }

        private static void loadAttachAndPin(Path pins, int ifindex) {
            try (BpfObject object = TestObjects.load("xdp");
                    XdpLink link = XdpLink.attach(object.program("pass"), ifindex, XdpMode.NATIVE)) {
                object.program("pass").testRun(new byte[60]);
                object.map(".bss").pin(pins.resolve("bss"));
                object.program("pass").pin(pins.resolve("program"));
                link.pin(pins.resolve("link"));
            }
        }

        private static void updateByPins(Path pins) {
            try (BpfMap bss = BpfMap.openPinned(pins.resolve("bss"));
                    BpfProgram old = BpfProgram.openPinned(pins.resolve("program"));
                    XdpLink link = XdpLink.openPinned(pins.resolve("link"));
                    BpfObject next = TestObjects.open("xdp")) {
                next.reuseMap(".bss", bss);
                next.load();
                link.update(next.program("drop"), old);
                next.program("drop").repin(pins.resolve("program"));
                link.detach();
                Membarrier.awaitGracePeriod();
            }
        }
    }

    /** Runs the child in the network's namespace with a capability bounding set, as root without the rest of its powers. */
    private static String runWith(String boundingSet) {
        try (TestNetwork network = new TestNetwork()) {
            List<String> command = new ArrayList<>(List.of("setpriv", "--bounding-set", boundingSet));
            command.addAll(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--enable-native-access=ALL-UNNAMED",
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Child.class.getName(),
                    network.bpfFs().toString(),
                    Integer.toString(network.ifindex("left"))));
            Process child = network.namespace.call(
                    () -> new ProcessBuilder(command).redirectErrorStream(true).start());
            return new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new AssertionError("cannot run setpriv; install it: apt-get install util-linux", e);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void bpf_net_admin_and_perfmon_are_all_that_the_whole_way_needs() {
        assertThat(runWith("-all,+bpf,+net_admin,+perfmon")).isEqualTo("done");
    }

    @Test
    void without_any_of_them_the_message_names_them_all() {
        assertThat(runWith("-all"))
                .startsWith("load object 'xdp': EPERM")
                .contains("this process lacks CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON; run as root or with CAP_BPF,"
                        + " CAP_NET_ADMIN, CAP_PERFMON");
    }

    @Test
    void the_one_that_is_missing_is_named_alone() {
        assertThat(runWith("-all,+bpf,+perfmon")).contains("EPERM").contains("this process lacks CAP_NET_ADMIN;");
    }
}
