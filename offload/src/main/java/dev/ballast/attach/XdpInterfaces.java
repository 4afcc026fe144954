package dev.ballast.attach;

import dev.ballast.bpf.BpfException;
import dev.ballast.bpf.BpfProgram;
import dev.ballast.bpf.XdpLink;
import dev.ballast.bpf.XdpMode;
import dev.ballast.netlink.Link;
import dev.ballast.netlink.Netlink;
import dev.ballast.netlink.XdpState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The interfaces that carry our XDP program, each by a pinned {@code bpf_link}.
 *
 * <pre>
 *   PINS/links/eth0        the link of eth0
 *   PINS/links/eth0:100    the link of eth0.100: a BPF file system allows no dot, an interface name no colon
 *   PINS/rxvlan            on which interfaces rxvlan was switched off, while there are any
 * </pre>
 *
 * <p>One process at a time owns a directory of links. Methods may be called from any thread that is in the network namespace of the
 * interfaces; one runs at a time. Errors are {@link AttachException}.
 */
public final class XdpInterfaces implements AutoCloseable {
    private final LinkPins pins;
    private final Netlink netlink;

    private final TagStripping tagStripping;

    /** By interface name. */
    private final SortedMap<String, Held> held = new TreeMap<>();

    /** Name to the program that a roll-back which failed has left there. */
    private final SortedMap<String, Integer> leftBehind = new TreeMap<>();

    private record Held(XdpLink link, Path pin) {}

    private XdpInterfaces(Path linksDirectory, Netlink netlink) {
        this.pins = new LinkPins(linksDirectory);
        this.netlink = netlink;
        this.tagStripping = new TagStripping(pins.directory().resolveSibling("rxvlan"), netlink);
    }

    /**
     * Looks at nothing yet; {@link #adopt} finds what is there.
     *
     * @param linksDirectory where links are pinned; created on the first attachment
     * @param netlink opened in the network namespace of the interfaces; stays the caller's
     */
    public static XdpInterfaces open(Path linksDirectory, Netlink netlink) {
        return new XdpInterfaces(linksDirectory, netlink);
    }

    /**
     * Takes over what an earlier process attached and pinned. A link whose interface is gone is unpinned and reported as lost: an interface
     * of the same name that came since is another one. A link whose interface was renamed is pinned under the present name.
     */
    public synchronized Adoption adopt() {
        List<AttachedInterface> attached = new ArrayList<>();
        List<LostInterface> lost = new ArrayList<>();
        for (Path pin : pins.list()) {
            String name = LinkPins.interfaceName(pin);
            if (held.containsKey(name)) {
                continue;
            }
            adopt(name, pin, attached, lost);
        }
        return new Adoption(attached, lost);
    }

    private void adopt(String name, Path pin, List<AttachedInterface> attached, List<LostInterface> lost) {
        @Nullable XdpLink link = null;
        try {
            link = XdpLink.openPinned(pin);
            int index = link.ifindex();
            if (index == 0) {
                lost.add(drop(name, new Held(link, pin)));
                return;
            }
            Link found = netlink.link(index).orElse(null);
            if (found == null || !LinkPins.carries(found, link.programId())) {
                throw new AttachException(
                        "adopt",
                        name,
                        "the link pinned at " + pin + " is of an interface in another network namespace; start in that"
                                + " namespace, or give this instance pins of its own",
                        null);
            }
            Held adopted = new Held(link, pins.follow(link, pin, found.name()));
            held.put(found.name(), adopted);
            link = null; // held from here on
            attached.add(describe(found.name(), adopted));
        } catch (BpfException e) {
            throw new AttachException("adopt", name, String.valueOf(e.getMessage()), e);
        } finally {
            if (link != null) {
                link.close();
            }
        }
    }

    /**
     * What speaks against attaching to this interface, and what should be known before; changes nothing.
     *
     * @return empty if nothing does
     */
    public synchronized List<Finding> preflight(InterfaceSpec spec) {
        List<Link> links = netlink.links();
        return preflight(links).check(spec, ownProgramId(spec.name()), pins.otherInstance(links, spec.name()));
    }

    /**
     * Whether frames of any of these interfaces may span several buffers: a program for them then has to be loaded with
     * {@link dev.ballast.bpf.BpfObject#multiBuffer}, or drivers refuse it.
     */
    public synchronized boolean needsMultiBuffer(Collection<InterfaceSpec> specs) {
        return preflight(netlink.links()).needsMultiBuffer(specs);
    }

    /** Whether frames with a VLAN tag may reach a program on any of these interfaces: a VLAN device is on one of them. */
    public synchronized boolean carriesVlans(Collection<InterfaceSpec> specs) {
        List<Link> links = netlink.links();
        Preflight preflight = preflight(links);
        return links.stream()
                .filter(link -> specs.stream().anyMatch(spec -> spec.name().equals(link.name())))
                .anyMatch(preflight::carriesVlans);
    }

    /**
     * What speaks against sending frames by these interfaces that came in by others, by name of the interface; those that carry our
     * program have findings of their own.
     *
     * @param multiBuffer whether frames may span several buffers
     */
    public synchronized SortedMap<String, Finding> egressFindings(Set<Integer> interfaceIndexes, boolean multiBuffer) {
        List<Link> links = netlink.links();
        Preflight preflight = preflight(links);
        SortedMap<String, Finding> findings = new TreeMap<>();
        for (Link link : links) {
            if (interfaceIndexes.contains(link.index())) {
                preflight.checkEgress(link, multiBuffer).ifPresent(finding -> findings.put(link.name(), finding));
            }
        }
        return findings;
    }

    /** The indexes of the interfaces by which frames reach the program: those attached to, and the ports of bonds among them. */
    public synchronized Set<Integer> receivingIndexes() {
        Set<Integer> indexes = new TreeSet<>();
        held.values().forEach(each -> indexes.add(each.link().ifindex()));
        indexes.remove(0); // of one that is gone
        for (Link link : netlink.links()) {
            if (indexes.contains(link.masterIndex())) {
                indexes.add(link.index());
            }
        }
        return indexes;
    }

    private Preflight preflight(List<Link> links) {
        return new Preflight(HostFacts.read(pins.directory()), pins.directory(), links, netlink::xdpFeatures);
    }

    private int ownProgramId(String name) {
        Held own = held.get(name);
        return own == null ? 0 : own.link().programId();
    }

    /**
     * Attaches the program in native mode, or in generic mode where the driver has no native one and the policy allows it, and pins the
     * link. An interface that carries this program by us already is left as it is.
     *
     * @throws AttachException if a check refuses it, the interface carries another program, or the kernel refuses; nothing has changed then
     */
    public synchronized AttachedInterface attach(InterfaceSpec spec, BpfProgram program) {
        String name = spec.name();
        dropDefunct();
        Held present = held.get(name);
        if (present != null) {
            if (present.link().programId() == program.id()) {
                return describe(name, present);
            }
            throw new AttachException(
                    "attach", name, "it carries our program " + present.link().programId() + " already; swap it", null);
        }
        List<Finding> refusals =
                preflight(spec).stream().filter(Finding::blocks).toList();
        if (!refusals.isEmpty()) {
            throw new AttachException("attach", name, refusals);
        }
        Link link = netlink.link(name)
                .orElseThrow(() -> new AttachException("attach", name, "the interface has just gone; try again", null));
        List<String> warnings = new ArrayList<>();
        Held attached = pinned(name, link(spec, program, link.index(), warnings));
        held.put(name, attached);
        AttachedInterface result = describe(name, attached);
        warnings.addAll(result.warnings());
        return new AttachedInterface(name, result.index(), result.mode(), result.programId(), warnings);
    }

    /** The ladder. A refusal for lack of rights or because of another program is none that generic mode would cure. */
    private XdpLink link(InterfaceSpec spec, BpfProgram program, int index, List<String> warnings) {
        try {
            return XdpLink.attach(program, index, XdpMode.NATIVE);
        } catch (BpfException e) {
            if (!refusedByDriver(e)) {
                throw new AttachException("attach", spec.name(), String.valueOf(e.getMessage()), e);
            }
            if (spec.generic() == GenericPolicy.REFUSE) {
                throw new AttachException(
                        "attach",
                        spec.name(),
                        "native mode: " + e.errnoName() + ", " + e.cure()
                                + "; generic mode is several times slower and off for this interface: allow it with"
                                + " `generic: allow`",
                        e);
            }
            warnings.add(
                    "interface " + spec.name() + " runs the program in generic mode, several times slower, because the"
                            + " driver refused native mode (" + e.errnoName() + "): " + e.cure());
        }
        try {
            return XdpLink.attach(program, index, XdpMode.GENERIC);
        } catch (BpfException e) {
            throw new AttachException("attach", spec.name(), String.valueOf(e.getMessage()), e);
        }
    }

    private static boolean refusedByDriver(BpfException e) {
        return switch (e.errnoName()) {
            case "EOPNOTSUPP", "EINVAL", "ERANGE", "E2BIG", "ENOMEM", "ENOSPC" -> true;
            default -> false;
        };
    }

    /** Pins a new link, and checks that it is where we meant: without that, it is closed and with it the attachment gone. */
    private Held pinned(String name, XdpLink link) {
        try {
            Link now = netlink.link(name).orElse(null);
            if (now == null || now.index() != link.ifindex() || !LinkPins.carries(now, link.programId())) {
                throw new AttachException(
                        "attach",
                        name,
                        "the program went onto an interface of another network namespace, or " + name
                                + " was replaced meanwhile; attach from a thread in the namespace of the netlink socket",
                        null);
            }
            Files.createDirectories(pins.directory());
            Path pin = pins.of(name);
            if (Files.exists(pin)) {
                LinkPins.removeStale(name, pin);
            }
            link.pin(pin);
            return new Held(link, pin);
        } catch (IOException e) {
            link.close();
            throw new AttachException(
                    "attach", name, "cannot create " + pins.directory() + " (" + e + "); see its owner and mode", e);
        } catch (BpfException e) {
            link.close();
            throw new AttachException("attach", name, String.valueOf(e.getMessage()), e);
        } catch (AttachException e) {
            link.close();
            throw e;
        }
    }

    /**
     * Exchanges the program on every interface, or on none: where one refuses, those already exchanged get the old one back. Each frame
     * meets the old program or the new one. An interface that runs the new one already, from an exchange that a crash cut short, is left.
     *
     * @param expectedOld what the interfaces must be running; anything else is somebody's doing and nothing changes
     * @throws AttachException naming the interface that refused, and, should a roll-back fail too, each that runs the new program now
     */
    public synchronized void swap(BpfProgram next, BpfProgram expectedOld) {
        for (var each : held.entrySet()) {
            if (each.getValue().link().ifindex() == 0) {
                throw new AttachException(
                        "swap",
                        each.getKey(),
                        "the interface is gone and nothing was exchanged; bring it back or take it out of the configuration, and swap again",
                        null);
            }
        }
        List<String> exchanged = new ArrayList<>();
        for (var each : held.entrySet()) {
            XdpLink link = each.getValue().link();
            if (link.programId() == next.id()) {
                continue;
            }
            try {
                link.update(next, expectedOld);
                exchanged.add(each.getKey());
            } catch (BpfException e) {
                List<String> stuck = rollBack(exchanged, next, expectedOld);
                throw new AttachException(
                        "swap",
                        each.getKey(),
                        e.getMessage()
                                + (stuck.isEmpty()
                                        ? "; every interface runs what it ran before"
                                        : "; and " + String.join(", ", stuck)
                                                + " could not be given the old program back and runs the new one until the next round repairs it"),
                        e);
            }
        }
    }

    /**
     * Gives this program to the interfaces that an exchange which failed half way left with another one, because their roll-back failed
     * too. One that runs a program by somebody else's doing is left alone.
     *
     * @return the names of the interfaces that it was given to
     * @throws AttachException naming the first that refuses
     */
    public synchronized List<String> repair(BpfProgram wanted) {
        List<String> repaired = new ArrayList<>();
        for (var each : List.copyOf(leftBehind.entrySet())) {
            Held present = held.get(each.getKey());
            if (present != null && present.link().programId() == each.getValue() && each.getValue() != wanted.id()) {
                try {
                    present.link().replace(wanted);
                    repaired.add(each.getKey());
                } catch (BpfException e) {
                    throw new AttachException("repair", each.getKey(), String.valueOf(e.getMessage()), e);
                }
            }
            leftBehind.remove(each.getKey());
        }
        return repaired;
    }

    /** Whether {@link #repair} has something to do. */
    public synchronized boolean needsRepair() {
        return !leftBehind.isEmpty();
    }

    /** Notes what {@link #repair} is to exchange. */
    void leaveBehind(String name, int programId) {
        leftBehind.put(name, programId);
    }

    /** Latest first. Returns the interfaces on which it failed. */
    private List<String> rollBack(List<String> exchanged, BpfProgram from, BpfProgram to) {
        List<String> stuck = new ArrayList<>();
        for (String name : exchanged.reversed()) {
            try {
                get(name).link().update(to, from);
            } catch (BpfException e) {
                stuck.add(name);
                leaveBehind(name, from.id());
            }
        }
        return stuck;
    }

    /** The pins of links that somebody removed: such an attachment ends with this process. */
    public synchronized List<Path> missingPins() {
        return held.values().stream()
                .map(Held::pin)
                .filter(pin -> !Files.exists(pin))
                .toList();
    }

    /** Pins again the links that somebody unpinned. */
    public synchronized void restorePins() {
        for (var each : held.entrySet()) {
            Path pin = each.getValue().pin();
            if (Files.exists(pin)) {
                continue;
            }
            try {
                Files.createDirectories(pins.directory());
                each.getValue().link().pin(pin);
            } catch (IOException | BpfException e) {
                throw new AttachException("pin again", each.getKey(), String.valueOf(e.getMessage()), e);
            }
        }
    }

    /** Detaches at once and removes the pin. */
    public synchronized void detach(String name) {
        Held removed = get(name);
        try (XdpLink link = removed.link()) {
            // In this order a crash in between leaves a pin of an empty link, which the next start removes.
            if (link.ifindex() != 0) {
                link.detach();
            }
            link.unpin(removed.pin());
        } catch (BpfException e) {
            throw new AttachException("detach", name, String.valueOf(e.getMessage()), e);
        }
        held.remove(name);
    }

    /** Detaches all; the directory of links goes too if it is empty then. */
    public synchronized void teardown() {
        for (String name : List.copyOf(held.keySet())) {
            detach(name);
        }
        tendVlanTags();
        try {
            Files.deleteIfExists(pins.directory());
        } catch (IOException e) {
            // What else is in it is not ours to remove, and pins there go on working.
        }
    }

    /**
     * Lets go of attachments whose interface was deleted, with their pins; a caller that hears of a removed link attaches again when the
     * interface is back.
     */
    public synchronized List<LostInterface> dropDefunct() {
        List<LostInterface> lost = new ArrayList<>();
        for (String name : List.copyOf(held.keySet())) {
            if (get(name).link().ifindex() == 0) {
                lost.add(drop(name, get(name)));
                held.remove(name);
            }
        }
        return lost;
    }

    private static LostInterface drop(String name, Held gone) {
        try (XdpLink link = gone.link()) {
            link.unpin(gone.pin());
        }
        return new LostInterface(
                name, "interface " + name + " was deleted, and its attachment with it; removed the pin " + gone.pin());
    }

    /** What is attached now, by interface name, read anew from the kernel. Without those whose interface is gone. */
    public synchronized List<AttachedInterface> attached() {
        return held.entrySet().stream()
                .filter(each -> each.getValue().link().ifindex() != 0)
                .map(each -> describe(each.getKey(), each.getValue()))
                .toList();
    }

    /** Closes the handles; the pins keep program and interfaces together. */
    @Override
    public synchronized void close() {
        held.values().forEach(each -> each.link().close());
        held.clear();
        tagStripping.close();
    }

    private Held get(String name) {
        Held present = held.get(name);
        if (present == null) {
            throw new AttachException(
                    "find", name, "it is not attached by this instance; attached are: " + held.keySet(), null);
        }
        return present;
    }

    private AttachedInterface describe(String name, Held attached) {
        List<Link> links = netlink.links();
        int index = attached.link().ifindex();
        @Nullable
        Link link =
                links.stream().filter(each -> each.index() == index).findFirst().orElse(null);
        List<String> warnings = new ArrayList<>();
        XdpMode mode = XdpMode.NATIVE;
        if (link != null) {
            mode = mode(link.xdp());
            if (!link.up()) {
                warnings.add("interface " + name + " is set down, no frame arrives; `ip link set dev " + name + " up`");
            }
            if (mode == XdpMode.NATIVE) {
                preflight(links).checkVethPeer(link).map(Finding::toString).ifPresent(warnings::add);
            }
            strippedTags(links, link).stream().map(Finding::toString).forEach(warnings::add);
        }
        return new AttachedInterface(name, index, mode, attached.link().programId(), warnings);
    }

    /** Of the interface, or of the ports that a bond receives by. */
    private List<Finding> strippedTags(List<Link> links, Link attached) {
        Preflight preflight = preflight(links);
        return links.stream()
                .filter(link -> attached.bond() == null
                        ? link.index() == attached.index()
                        : link.masterIndex() == attached.index())
                .filter(preflight::carriesVlans)
                .flatMap(link -> preflight.checkStrippedTags(link, tagStripping.of(link)).stream())
                .toList();
    }

    /**
     * Has drivers leave VLAN tags in the frames of interfaces that carry VLANs, and restores that where they carry none, or no program,
     * any more. To be called after attachments and detachments, and from time to time: VLAN devices come and go.
     *
     * @return what was changed, in words for the log; empty if nothing was
     * @throws AttachException if a driver refuses
     */
    public synchronized List<String> tendVlanTags() {
        List<Link> links = netlink.links();
        Preflight preflight = preflight(links);
        Set<Integer> receiving = receivingIndexes();
        return tagStripping.tend(
                links, link -> receiving.contains(link.index()) && link.bond() == null && preflight.carriesVlans(link));
    }

    private static XdpMode mode(XdpState xdp) {
        return switch (xdp.mode()) {
            case GENERIC -> XdpMode.GENERIC;
            case HARDWARE -> XdpMode.OFFLOAD;
            case NATIVE, MULTIPLE, NONE -> XdpMode.NATIVE;
        };
    }
}
