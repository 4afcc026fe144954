package dev.ballast.control.doctor;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.control.doctor.Finding.Outcome;
import dev.ballast.control.grpc.Snapshots;
import dev.ballast.control.loop.Snapshot;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.ConfigReader;
import dev.ballast.netlink.Address;
import dev.ballast.netlink.Link;
import dev.ballast.netlink.OperState;
import dev.ballast.netlink.XdpState;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a test cannot do to the machine that it runs on: each check with a machine that somebody describes. */
class DoctorTest {
    private static final long MIB = 1 << 20;
    private static final Machine.Disk ROOM = new Machine.Disk("/var/lib/ballast/default", 900 * MIB, 1_000 * MIB, true);
    private static final List<Link> LINKS = List.of(link("eth0"), link("eth1"));

    private static Link link(String name) {
        return new Link(
                name.charAt(3),
                name,
                null,
                1_600,
                true,
                true,
                OperState.UP,
                "",
                0,
                0,
                false,
                null,
                new XdpState(XdpState.Mode.NATIVE, 7));
    }

    private String kernel = "6.12.9-amd64";
    private boolean btf = true;
    private Map<String, Long> switches = Map.of(MachineChecks.JIT, 1L, MachineChecks.UNPRIVILEGED_BPF, 2L);
    private List<String> missingCapabilities = List.of();
    private long descriptors = 65_536;
    private Machine.Disk disk = ROOM;
    private long nowUnixMs = Snapshots.NOW_UNIX_MS;
    private Map<String, Set<String>> offloads = Map.of();
    private Map<String, Integer> queues = Map.of("eth0", 8);
    private Snapshot state = Snapshots.sample();

    private List<Finding> findings() throws Exception {
        Machine machine = new Machine(
                kernel,
                btf,
                switches,
                missingCapabilities,
                true,
                descriptors,
                disk,
                8,
                nowUnixMs,
                LINKS,
                List.of(new Address(2, InetAddress.getByName("10.0.1.2"), 24, false)),
                offloads,
                queues);
        Config config = ConfigReader.read("test.yaml", """
                        version: 1
                        node: {name: lb1, interfaces: [{name: eth0}, {name: eth1}]}
                        services:
                          web:
                            vips: [{address: 203.0.113.10, port: 443, protocol: tcp}]
                            backends: [{address: 10.0.1.11}]
                        """.getBytes(UTF_8));
        return Doctor.examine(new Case(machine, state, Optional.of(config)));
    }

    private Finding finding(String check) throws Exception {
        return findings().stream()
                .filter(finding -> finding.check().equals(check))
                .findFirst()
                .orElseThrow();
    }

    private void assertFound(String check, Outcome outcome, String detail, String cure) throws Exception {
        assertThat(findings())
                .anySatisfy(finding -> assertThat(finding).isEqualTo(new Finding(check, outcome, detail, cure)));
    }

    @Test
    void whatever_is_not_well_has_a_cure_and_what_is_well_has_none() throws Exception {
        switches = Map.of(MachineChecks.JIT, 0L, MachineChecks.UNPRIVILEGED_BPF, 0L, MachineChecks.BPF_STATISTICS, 1L);
        missingCapabilities = List.of("CAP_BPF");
        descriptors = 1_024;
        nowUnixMs -= 3_600_000;

        assertThat(findings())
                .hasSizeGreaterThan(15)
                .allSatisfy(finding -> assertThat(finding.cure().isEmpty())
                        .as(finding.toString())
                        .isEqualTo(finding.outcome() == Outcome.OK));
        for (String check : List.of("bpf compiler", "capabilities")) {
            assertThat(finding(check).outcome()).as(check).isEqualTo(Outcome.PROBLEM);
        }
        for (String check : List.of("bpf statistics", "unprivileged bpf", "open files", "clock")) {
            assertThat(finding(check).outcome()).as(check).isEqualTo(Outcome.WARNING);
        }
    }

    @Test
    void a_kernel_is_too_old_below_6_1_or_lacks_its_types() throws Exception {
        assertThat(finding("kernel").outcome()).isEqualTo(Outcome.OK);
        kernel = "6.1.0-37-amd64";
        assertThat(finding("kernel").outcome()).isEqualTo(Outcome.OK);
        btf = false;
        assertThat(finding("kernel").cure()).contains("CONFIG_DEBUG_INFO_BTF");
        kernel = "5.15.0";
        assertThat(finding("kernel").detail()).startsWith("Linux 5.15.0 is older than 6.1");
    }

    @Test
    void a_disk_that_fills_is_a_warning_and_one_that_is_full_or_read_only_a_problem() throws Exception {
        disk = new Machine.Disk("/state", 100 * MIB, 1_000 * MIB, true);
        assertThat(finding("state directory").outcome()).isEqualTo(Outcome.WARNING);
        disk = new Machine.Disk("/state", MIB, 1_000 * MIB, true);
        assertThat(finding("state directory").outcome()).isEqualTo(Outcome.PROBLEM);
        disk = new Machine.Disk("/state", 900 * MIB, 1_000 * MIB, false);
        assertThat(finding("state directory"))
                .isEqualTo(
                        new Finding(
                                "state directory",
                                Outcome.PROBLEM,
                                "/state cannot be written: every change is refused, and forwarding goes on as it is",
                                "`findmnt -T /state` and `ls -ld /state` show why; remount it read-write, or give it to the daemon's user"));
    }

    @Test
    void a_nic_that_merges_packets_or_has_one_queue_is_found() throws Exception {
        assertThat(finding("interface eth0").outcome()).isEqualTo(Outcome.OK);
        queues = Map.of("eth0", 1);
        assertFound(
                "interface eth0",
                Outcome.WARNING,
                "it has 1 receive queue: one of 8 CPUs does all the work",
                "`ethtool -L eth0 combined 8`, and let irqbalance spread the interrupts");
        offloads = Map.of("eth0", Set.of(InterfaceChecks.LRO, InterfaceChecks.GRO_HW));
        assertFound(
                "interface eth0",
                Outcome.PROBLEM,
                "it merges received packets (LRO): merged ones are too long to be sent on, and are lost",
                "`ethtool -K eth0 lro off`");
    }

    @Test
    void generic_mode_and_frames_lost_behind_the_verdict_are_found() throws Exception {
        assertThat(finding("interface eth1").detail()).startsWith("the program runs in generic mode");
        assertThat(findings())
                .extracting(Finding::detail)
                .contains("7 frames were lost after they were forwarded: the transmit queue was full");
    }

    @Test
    void a_service_without_members_is_a_problem_and_a_warning_of_status_keeps_its_words() throws Exception {
        assertThat(finding("service dns").detail())
                .isEqualTo("none of its 0 members takes new flows: their packets are dropped");
        assertThat(finding("status").detail()).startsWith("eth1 runs in generic mode");
    }

    @Test
    void where_nothing_is_configured_that_is_what_is_found() {
        Machine machine = new Machine(
                kernel,
                btf,
                switches,
                List.of(),
                true,
                descriptors,
                disk,
                8,
                nowUnixMs,
                LINKS,
                List.of(),
                offloads,
                queues);

        assertThat(Doctor.examine(new Case(machine, state, Optional.empty())))
                .last()
                .isEqualTo(new Finding(
                        "configuration",
                        Outcome.WARNING,
                        "nothing is configured: no packet is balanced",
                        "`ballast apply -f FILE`"));
    }
}
