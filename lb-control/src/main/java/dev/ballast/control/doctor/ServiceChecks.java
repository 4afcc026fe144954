package dev.ballast.control.doctor;

import static dev.ballast.control.doctor.Finding.ok;
import static dev.ballast.control.doctor.Finding.problem;
import static dev.ballast.control.doctor.Finding.warning;

import dev.ballast.control.loop.Snapshot;
import dev.ballast.control.model.Address;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.ConfigError;
import dev.ballast.control.model.MachineRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** The configuration against this machine, and what became of the traffic. Pure. */
final class ServiceChecks {
    /** From here on new flows begin to find their sets full. */
    private static final double FLOWS_HALF = 0.5;

    private static final double FLOWS_FULL = 0.9;

    private ServiceChecks() {}

    static List<Finding> check(Case of) {
        List<Finding> findings = new ArrayList<>();
        Optional<Config> config = of.config();
        if (config.isEmpty()) {
            findings.add(warning(
                    "configuration", "nothing is configured: no packet is balanced", "`ballast apply -f FILE`"));
            return findings;
        }
        findings.add(inForce(of.state()));
        findings.addAll(addresses(config.get(), of.machine()));
        findings.addAll(members(of.state()));
        findings.add(flows(of.state().flows()));
        findings.addAll(lost(of.state()));
        findings.addAll(warnings(of.state()));
        return findings;
    }

    private static Finding inForce(Snapshot state) {
        return state.progress() == Snapshot.Progress.FAILED
                ? problem(
                        "configuration",
                        "the kernel does not hold revision %d: %s".formatted(state.revision(), state.reason()),
                        "it is tried again each second; put the reason right, or `ballast rollback REVISION`")
                : ok("configuration", "revision %d is in force".formatted(state.revision()));
    }

    /** An address may have been added to the machine since the configuration was accepted. */
    private static List<Finding> addresses(Config config, Machine machine) {
        Set<Address> local = machine.addresses().stream()
                .map(address -> Address.of(address.address()))
                .collect(Collectors.toSet());
        List<Finding> findings = new ArrayList<>();
        for (ConfigError error : MachineRules.check(config, local)) {
            findings.add(problem(
                    "addresses", "%s: %s %s".formatted(error.path(), error.given(), error.problem()), error.cure()));
        }
        for (Address.Family family : Address.Family.values()) {
            boolean needed = config.services().values().stream()
                    .flatMap(service -> service.backends().stream())
                    .anyMatch(backend -> backend.address().family() == family);
            boolean there = machine.addresses().stream()
                    .filter(address -> !address.tentative()
                            && !address.address().isLoopbackAddress()
                            && !address.address().isLinkLocalAddress())
                    .anyMatch(address -> Address.of(address.address()).family() == family);
            if (needed && !there) {
                String name = family == Address.Family.IPV4 ? "IPv4" : "IPv6";
                findings.add(problem(
                        "addresses",
                        "there are %1$s backends, and this machine has no %1$s address to send to them from: they get nothing"
                                .formatted(name),
                        "`ip address add ADDRESS/LENGTH dev %s`"
                                .formatted(
                                        config.node().interfaces().isEmpty()
                                                ? "INTERFACE"
                                                : config.node()
                                                        .interfaces()
                                                        .getFirst()
                                                        .name())));
            }
        }
        return findings.isEmpty()
                ? List.of(ok("addresses", "no VIP is this machine's own, and backends can be sent to"))
                : findings;
    }

    private static List<Finding> members(Snapshot state) {
        List<Finding> findings = new ArrayList<>();
        for (Snapshot.Service service : state.services()) {
            if (service.members().stream().noneMatch(Snapshot.Member::inRing)) {
                findings.add(problem(
                        "service " + service.name(),
                        "none of its %d members takes new flows: their packets are dropped"
                                .formatted(service.members().size()),
                        "`ballast health %1$s` shows why; `ballast undrain %1$s` ends drains"
                                .formatted(service.name())));
                continue;
            }
            List<String> down = service.members().stream()
                    .filter(member -> member.health().equals("down"))
                    .map(Snapshot.Member::address)
                    .toList();
            if (!down.isEmpty()) {
                findings.add(warning(
                        "service " + service.name(),
                        "%d of %d members are down: %s"
                                .formatted(
                                        down.size(),
                                        service.members().size(),
                                        String.join(", ", down.subList(0, Math.min(down.size(), 5)))),
                        "`ballast health " + service.name() + "` shows what their probes see"));
            }
        }
        return findings.isEmpty() ? List.of(ok("services", "all have members that take new flows")) : findings;
    }

    private static Finding flows(Snapshot.Flows flows) {
        double fill = flows.capacity() == 0 ? 0 : (double) flows.live() / flows.capacity();
        String detail = "%d of %d flows (%.0f %%)".formatted(flows.live(), flows.capacity(), fill * 100);
        String cure =
                "raise node.limits.flows (twice the flows that are usual), which makes new tables: first move the traffic away";
        if (fill >= FLOWS_FULL) {
            return problem(
                    "flow table", detail + ": new flows find no room and lose their backend when a ring changes", cure);
        }
        return fill >= FLOWS_HALF
                ? warning(
                        "flow table",
                        detail + ": new flows begin to find no room, and lose their backend when a ring changes",
                        cure)
                : ok("flow table", detail);
    }

    private static List<Finding> lost(Snapshot state) {
        List<Finding> findings = new ArrayList<>();
        for (Snapshot.TransmitLoss loss : state.txFailed()) {
            if (loss.frames() > 0) {
                Advice advice = Advice.in(loss.words());
                findings.add(warning(
                        "interface " + loss.interfaceName(),
                        "%d frames were lost after they were forwarded: %s".formatted(loss.frames(), advice.detail()),
                        advice.cure()));
            }
        }
        return findings;
    }

    /** What {@code ballast status} warns of, each with the cure that it ends with. */
    private static List<Finding> warnings(Snapshot state) {
        return state.warnings().stream()
                .map(Advice::in)
                .map(advice -> warning("status", advice.detail(), advice.cure()))
                .toList();
    }

    /** Messages of ours say what is so, and behind the last semicolon what to do about it. */
    private record Advice(String detail, String cure) {
        static Advice in(String words) {
            int at = words.lastIndexOf("; ");
            return at < 0
                    ? new Advice(words, "`ballast status` has it in its place, `ballast events` what happened before")
                    : new Advice(words.substring(0, at), words.substring(at + 2));
        }
    }
}
