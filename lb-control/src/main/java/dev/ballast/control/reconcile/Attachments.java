package dev.ballast.control.reconcile;

import static dev.ballast.control.reconcile.ReconcileException.attempt;

import dev.ballast.attach.AttachedInterface;
import dev.ballast.attach.Finding;
import dev.ballast.attach.GenericPolicy;
import dev.ballast.attach.InterfaceSpec;
import dev.ballast.attach.LostInterface;
import dev.ballast.attach.XdpInterfaces;
import dev.ballast.bpf.BpfProgram;
import dev.ballast.control.model.Node;
import dev.ballast.datapath.Feature;
import dev.ballast.netlink.Netlink;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which interfaces carry the program, and makes them those of the configuration; what speaks against them and the ways out. */
final class Attachments implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Attachments.class);

    private final Path links;
    private final XdpInterfaces interfaces;
    private List<AttachedInterface> attached = List.of();
    private Set<Integer> egress = Set.of();
    private boolean multiBuffer;
    private List<String> egressWarnings = List.of();

    /** Those whose links are pinned in {@code links}. */
    Attachments(Path links, Netlink netlink) {
        this.links = links;
        this.interfaces = XdpInterfaces.open(links, netlink);
    }

    /** Takes over what is pinned. */
    void adopt() {
        logLost(interfaces.adopt().lost());
    }

    private static void logLost(List<LostInterface> losses) {
        losses.forEach(lost -> LOG.atWarn()
                .addKeyValue("interface", lost.name())
                .addKeyValue("reason", lost.reason())
                .log("an attachment was lost"));
    }

    /**
     * Whether every interface could carry the program; changes nothing.
     *
     * @throws ReconcileException naming each cause with its cure
     */
    void preflight(Node node) {
        Set<String> carrying = names(attempt(interfaces::attached));
        List<String> blocking = new ArrayList<>();
        for (Node.Interface wanted : node.interfaces()) {
            if (!carrying.contains(wanted.name())) {
                attempt(() -> interfaces.preflight(spec(wanted))).stream()
                        .filter(Finding::blocks)
                        .map(finding -> "interface %s: %s".formatted(wanted.name(), finding))
                        .forEach(blocking::add);
            }
        }
        if (!blocking.isEmpty()) {
            throw new ReconcileException(String.join("\n", blocking));
        }
    }

    private static InterfaceSpec spec(Node.Interface wanted) {
        return new InterfaceSpec(
                wanted.name(),
                switch (wanted.generic()) {
                    case REFUSE -> GenericPolicy.REFUSE;
                    case ALLOW -> GenericPolicy.ALLOW;
                });
    }

    /** What the program has to have for the frames of these interfaces: that is for their MTU and the VLANs on them to say. */
    Set<Feature> features(Node node) {
        List<InterfaceSpec> specs =
                node.interfaces().stream().map(Attachments::spec).toList();
        return attempt(() -> {
            Set<Feature> features = EnumSet.noneOf(Feature.class);
            if (interfaces.needsMultiBuffer(specs)) {
                features.add(Feature.JUMBO);
            }
            if (interfaces.carriesVlans(specs)) {
                features.add(Feature.VLAN);
            }
            return features;
        });
    }

    /**
     * Attaches, detaches and repairs until the interfaces are those of the configuration and run this program, each on its own.
     *
     * @param egressIndexes the interfaces by which members are reached
     * @return what refused
     */
    List<String> carry(BpfProgram program, Node node, Set<Integer> egressIndexes) {
        List<String> refusals = new ArrayList<>();
        Set<String> unwanted = new HashSet<>();
        tryOn(refusals, () -> {
            logLost(interfaces.dropDefunct());
            unwanted.addAll(names(interfaces.attached()));
        });
        tryOn(
                refusals,
                () -> interfaces
                        .repair(program)
                        .forEach(
                                name -> LOG.atWarn()
                                        .addKeyValue("interface", name)
                                        .log(
                                                "was left with another program by a swap that failed; it was given the datapath's again")));
        for (Node.Interface wanted : node.interfaces()) {
            if (!unwanted.remove(wanted.name())) {
                tryOn(refusals, () -> attach(program, wanted));
            }
        }
        for (String name : unwanted) {
            tryOn(refusals, () -> {
                interfaces.detach(name);
                LOG.atInfo().addKeyValue("interface", name).log("detached");
            });
        }
        tryOn(refusals, () -> interfaces.tendVlanTags().forEach(LOG::warn));
        tryOn(refusals, () -> multiBuffer = features(node).contains(Feature.JUMBO));
        egress = Set.copyOf(egressIndexes);
        return refusals;
    }

    private static void tryOn(List<String> refusals, Runnable work) {
        try {
            attempt(() -> {
                work.run();
                return refusals;
            });
        } catch (ReconcileException e) {
            refusals.add(String.valueOf(e.getMessage()));
        }
    }

    private void attach(BpfProgram program, Node.Interface wanted) {
        AttachedInterface done = interfaces.attach(spec(wanted), program);
        LOG.atInfo()
                .addKeyValue("interface", done.name())
                .addKeyValue("mode", mode(done))
                .log("attached");
        done.warnings()
                .forEach(warning ->
                        LOG.atWarn().addKeyValue("interface", done.name()).log(warning));
    }

    /** See {@link XdpInterfaces#missingPins}. */
    List<Path> missingPins() {
        return interfaces.missingPins();
    }

    /** See {@link XdpInterfaces#restorePins}. */
    void restorePins() {
        interfaces.restorePins();
    }

    /** Replaces {@code old} by {@code next} on every interface, or on none. */
    void swap(BpfProgram next, BpfProgram old) {
        interfaces.swap(next, old);
    }

    /** The interfaces that carry a program now. */
    List<String> namesNow() {
        return interfaces.attached().stream().map(AttachedInterface::name).toList();
    }

    /** Detaches everywhere; says from where. */
    List<String> teardown() {
        List<String> removed = namesNow();
        interfaces.teardown();
        attached = List.of();
        egressWarnings = List.of();
        return removed;
    }

    /** Asks the kernel what carries the program now, and for the ways out; the methods below answer by it. */
    void look() {
        attached = attempt(interfaces::attached).stream()
                .sorted(Comparator.comparing(AttachedInterface::name))
                .toList();
        Set<Integer> others = new HashSet<>(egress);
        attached.forEach(each -> others.remove(each.index()));
        egressWarnings = others.isEmpty()
                ? List.of()
                : attempt(() -> interfaces.egressFindings(others, multiBuffer)).entrySet().stream()
                        .map(each -> "interface %s: %s".formatted(each.getKey(), each.getValue()))
                        .toList();
    }

    /** Whether an interface has lost its program, as of the last {@link #look}, or was left with another one by a failed swap. */
    boolean drifted(Node node) {
        Set<String> carrying = names(attached);
        return interfaces.needsRepair()
                || !node.interfaces().stream().allMatch(wanted -> carrying.contains(wanted.name()));
    }

    /** What speaks, as of the last {@link #look}, against interfaces by which members are reached; for people. */
    List<String> egressWarnings() {
        return egressWarnings;
    }

    /** The interfaces by which frames reach the program now, ports of bonds among them. */
    Set<Integer> receivingIndexes() {
        return attempt(interfaces::receivingIndexes);
    }

    /**
     * What carried a program at the last {@link #look}, by name.
     *
     * @param programId the datapath's: another one is warned of
     */
    List<Attachment> list(int programId) {
        return attached.stream()
                .map(each -> new Attachment(
                        each.name(), each.index(), mode(each), pin(each.name()).toString(), warnings(each, programId)))
                .toList();
    }

    private List<String> warnings(AttachedInterface each, int programId) {
        List<String> warnings = new ArrayList<>(each.warnings());
        if (each.programId() != programId) {
            warnings.add(
                    "it runs program %d, which somebody put in the place of the datapath's %d by our own link; `bpftool link detach pinned %s` has ours come back within a second"
                            .formatted(each.programId(), programId, pin(each.name())));
        }
        return warnings;
    }

    private static Set<String> names(List<AttachedInterface> some) {
        return some.stream().map(AttachedInterface::name).collect(Collectors.toSet());
    }

    private static String mode(AttachedInterface some) {
        return some.mode().name().toLowerCase(Locale.ROOT);
    }

    private Path pin(String interfaceName) {
        return links.resolve(interfaceName.replace('.', ':'));
    }

    /** Closes the handles; pins and links stay. */
    @Override
    public void close() {
        interfaces.close();
    }
}
