package dev.ballast.control.doctor;

import static dev.ballast.control.doctor.Finding.ok;
import static dev.ballast.control.doctor.Finding.problem;
import static dev.ballast.control.doctor.Finding.warning;

import dev.ballast.control.loop.Snapshot;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.Encap;
import dev.ballast.control.model.Node;
import dev.ballast.control.model.Service;
import dev.ballast.netlink.Link;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The interfaces that are configured: whether frames come in, by which way, and fit on their way out. Pure. */
final class InterfaceChecks {
    static final String LRO = "rx-lro";
    static final String GRO_HW = "rx-gro-hw";

    /** What clients send unless something tells them otherwise: the payload of an Ethernet frame. */
    private static final int CLIENT_MTU = 1_500;

    private static final int IPV4_HEADER_BYTES = 20;
    private static final int IPV6_HEADER_BYTES = 40;
    private static final int UDP_HEADER_BYTES = 8;

    private InterfaceChecks() {}

    static List<Finding> check(Case of) {
        Config config = of.config().orElse(null);
        if (config == null) {
            return List.of();
        }
        List<Finding> findings = new ArrayList<>();
        int headerBytes = headerBytes(config);
        for (Node.Interface each : config.node().interfaces()) {
            String check = "interface " + each.name();
            Optional<Link> link = of.machine().link(each.name());
            if (link.isEmpty()) {
                findings.add(missing(check, each.name(), of.machine()));
                continue;
            }
            List<Finding> wrong = new ArrayList<>();
            carried(check, link.get()).ifPresent(wrong::add);
            attached(check, each.name(), of.state()).ifPresent(wrong::add);
            merging(check, each.name(), of.machine()).ifPresent(wrong::add);
            queues(check, each.name(), of.machine()).ifPresent(wrong::add);
            fits(check, link.get(), headerBytes).ifPresent(wrong::add);
            if (wrong.isEmpty()) {
                wrong.add(ok(
                        check,
                        "up, carries the program in native mode, MTU "
                                + link.get().mtu()));
            }
            findings.addAll(wrong);
        }
        return findings;
    }

    private static Finding missing(String check, String name, Machine machine) {
        Set<String> names = machine.links().stream().map(Link::name).collect(Collectors.toCollection(TreeSet::new));
        return problem(
                check,
                "there is none of this name in the daemon's network namespace: its packets are not balanced",
                "`ip link` shows them (%s); bring %s back, or correct node.interfaces and `ballast apply`"
                        .formatted(String.join(", ", names), name));
    }

    private static Optional<Finding> carried(String check, Link link) {
        if (!link.up()) {
            return Optional.of(
                    problem(check, "it is set down: no packet arrives", "`ip link set dev " + link.name() + " up`"));
        }
        return link.carrier()
                ? Optional.empty()
                : Optional.of(problem(
                        check,
                        "it has no carrier: no packet arrives",
                        "check cable, switch port and, of a bond or veth, the other side; `ip link show dev "
                                + link.name() + "` shows when it is back"));
    }

    private static Optional<Finding> attached(String check, String name, Snapshot state) {
        Optional<String> mode = state.interfaces().stream()
                .filter(each -> each.name().equals(name))
                .map(Snapshot.Interface::mode)
                .findFirst();
        if (mode.isEmpty()) {
            return Optional.of(problem(
                    check,
                    "it does not carry the program: its packets are not balanced",
                    state.reason().isEmpty()
                            ? "`ballast events -n 0` shows what happened to it"
                            : "the reason: " + state.reason()));
        }
        return mode.get().equals("native")
                ? Optional.empty()
                : Optional.of(warning(
                        check,
                        "the program runs in %s mode, behind the network stack: expect a tenth of the packets a second"
                                .formatted(mode.get()),
                        "use a NIC whose driver has native XDP; `ethtool -i " + name + "` names the driver"));
    }

    /** What the NIC has merged is longer than what can be sent on. */
    private static Optional<Finding> merging(String check, String name, Machine machine) {
        Set<String> on = machine.offloads().getOrDefault(name, Set.of());
        if (on.contains(LRO)) {
            return Optional.of(problem(
                    check,
                    "it merges received packets (LRO): merged ones are too long to be sent on, and are lost",
                    "`ethtool -K " + name + " lro off`"));
        }
        return on.contains(GRO_HW)
                ? Optional.of(warning(
                        check,
                        "it merges received packets (rx-gro-hw), which most drivers cannot do beside an XDP program",
                        "`ethtool -K " + name + " rx-gro-hw off`"))
                : Optional.empty();
    }

    private static Optional<Finding> queues(String check, String name, Machine machine) {
        Integer queues = machine.receiveQueues().get(name);
        return queues == null || queues != 1 || machine.processors() == 1
                ? Optional.empty()
                : Optional.of(warning(
                        check,
                        "it has 1 receive queue: one of %d CPUs does all the work".formatted(machine.processors()),
                        "`ethtool -L %s combined %d`, and let irqbalance spread the interrupts"
                                .formatted(name, machine.processors())));
    }

    private static Optional<Finding> fits(String check, Link link, int headerBytes) {
        int needed = CLIENT_MTU + headerBytes;
        return link.mtu() >= needed
                ? Optional.empty()
                : Optional.of(warning(
                        check,
                        "its MTU is %d, and a packet of %d bytes has %d after encapsulation: where backends are reached by it, each client has to be told to send shorter ones, and uploads stall where ICMP is filtered"
                                .formatted(link.mtu(), CLIENT_MTU, needed),
                        "`ip link set dev %s mtu %d`, on the switches and backends as well"
                                .formatted(link.name(), needed)));
    }

    /** The longest that a service of this configuration puts before a packet. */
    private static int headerBytes(Config config) {
        return config.services().values().stream()
                .mapToInt(InterfaceChecks::headerBytes)
                .max()
                .orElse(0);
    }

    private static int headerBytes(Service service) {
        boolean ipv6 = service.backends().stream()
                .anyMatch(backend -> !backend.address().isIpv4());
        int ip = ipv6 ? IPV6_HEADER_BYTES : IPV4_HEADER_BYTES;
        return switch (service.encap()) {
            case Encap.Ipip _ -> ip;
            case Encap.Gue _ -> ip + UDP_HEADER_BYTES;
            case Encap.L2 _ -> 0;
        };
    }
}
