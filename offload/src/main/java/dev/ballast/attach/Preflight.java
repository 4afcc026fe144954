package dev.ballast.attach;

import dev.ballast.netlink.Bond;
import dev.ballast.netlink.Ethtool;
import dev.ballast.netlink.Link;
import dev.ballast.netlink.XdpFeatures;
import dev.ballast.netlink.XdpState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/** The checks before an attachment, and those of what is attached: they change nothing. */
final class Preflight {
    /**
     * The largest MTU whose frames fit one page, where most drivers put a frame for XDP: beside XDP_PACKET_HEADROOM (256), struct
     * skb_shared_info (320), and an Ethernet header with two tags (22). A veth says the same of its peer's MTU, but for the tags.
     */
    static final int SINGLE_BUFFER_MTU = 4096 - 256 - 320 - 22;

    private final HostFacts host;
    private final Path linksDirectory;
    private final List<Link> links;
    private final IntFunction<Optional<XdpFeatures>> features;

    /**
     * @param links all of the network namespace
     * @param features of a link, by index; empty where the kernel does not say
     */
    Preflight(HostFacts host, Path linksDirectory, List<Link> links, IntFunction<Optional<XdpFeatures>> features) {
        this.host = host;
        this.linksDirectory = linksDirectory;
        this.links = links;
        this.features = features;
    }

    /**
     * @param ownProgramId the program that we have on this interface; 0 if none
     * @param otherInstance the directory of pins of another instance that has its program there
     */
    List<Finding> check(InterfaceSpec spec, int ownProgramId, Optional<Path> otherInstance) {
        String name = spec.name();
        List<Finding> findings = new ArrayList<>(checkHost());
        Optional<Link> found =
                links.stream().filter(link -> link.name().equals(name)).findFirst();
        if (found.isEmpty()) {
            findings.add(new Finding(
                    Finding.Check.INTERFACE_EXISTS,
                    true,
                    "there is no interface " + name + " in this network namespace",
                    "choose one of: " + links.stream().map(Link::name).collect(Collectors.joining(", "))));
            return findings;
        }
        Link link = found.get();
        if (!link.up()) {
            findings.add(new Finding(
                    Finding.Check.INTERFACE_UP,
                    false,
                    "interface " + name + " is set down, no frame arrives",
                    "`ip link set dev " + name + " up`"));
        }
        if (link.xdp().attached() && link.xdp().programId() != ownProgramId) {
            findings.add(foreignProgram(link, otherInstance));
        }
        boolean nativeOnly = spec.generic() == GenericPolicy.REFUSE;
        checkVlan(link, nativeOnly).ifPresent(findings::add);
        checkBond(link, nativeOnly).ifPresent(findings::add);
        checkMultiBuffer(link, nativeOnly).ifPresent(findings::add);
        return findings;
    }

    private static Optional<Finding> checkVlan(Link link, boolean nativeOnly) {
        if (link.vlan() == null) {
            return Optional.empty();
        }
        return Optional.of(new Finding(
                Finding.Check.VLAN_DEVICE,
                nativeOnly,
                link.name() + " is a VLAN device, and those have no native XDP",
                "name its parent instead: the program sees the frames there, with their tags"));
    }

    private Optional<Finding> checkBond(Link link, boolean nativeOnly) {
        Bond bond = link.bond();
        if (bond != null && !bond.hasXdp()) {
            String ports = links.stream()
                    .filter(port -> port.masterIndex() == link.index())
                    .map(Link::name)
                    .collect(Collectors.joining(", "));
            return Optional.of(new Finding(
                    Finding.Check.BOND,
                    nativeOnly,
                    link.name() + " " + bond.whyNoXdp(),
                    "use balance-rr, active-backup, or balance-xor or 802.3ad with another hash, or name its ports as"
                            + " interfaces instead: " + (ports.isEmpty() ? "it has none yet" : ports)));
        }
        return links.stream()
                .filter(master -> master.index() == link.masterIndex())
                .flatMap(master -> checkPort(link, master).stream())
                .findFirst();
    }

    private static Optional<Finding> checkPort(Link port, Link master) {
        Bond bond = master.bond();
        if (bond == null || !bond.hasXdp()) {
            return Optional.empty();
        }
        boolean taken = master.xdp().attached();
        return Optional.of(new Finding(
                Finding.Check.BOND,
                taken,
                port.name() + " is a port of " + master.name()
                        + (taken
                                ? ", which carries a program for all of them"
                                : ": frames of its other ports are not seen"),
                "name " + master.name() + " as the interface instead"));
    }

    /** Whether frames of this interface may span several buffers: a program then has to be loaded as {@code xdp.frags}. */
    boolean needsMultiBuffer(Link link) {
        return link.mtu() > SINGLE_BUFFER_MTU
                || vethPeer(link).filter(peer -> peer.mtu() > SINGLE_BUFFER_MTU).isPresent();
    }

    /** Whether any of these has frames that may span several buffers. */
    boolean needsMultiBuffer(Collection<InterfaceSpec> specs) {
        return links.stream()
                .anyMatch(link ->
                        specs.stream().anyMatch(spec -> spec.name().equals(link.name())) && needsMultiBuffer(link));
    }

    private Optional<Finding> checkMultiBuffer(Link link, boolean nativeOnly) {
        if (!needsMultiBuffer(link)
                || says(link.index()).filter(driver -> !driver.multiBuffer()).isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Finding(
                Finding.Check.MULTI_BUFFER,
                nativeOnly,
                "frames of " + link.name() + " (MTU " + link.mtu()
                        + ") may span several buffers, and its driver has no XDP for those",
                "`ip link set dev " + link.name() + " mtu " + SINGLE_BUFFER_MTU
                        + "`, or use a NIC whose driver has it"));
    }

    /** What a driver says of itself; one that says nothing at all may have XDP nevertheless, and not tell. */
    private Optional<XdpFeatures> says(int index) {
        return features.apply(index).filter(driver -> driver.bits() != 0);
    }

    /** What speaks against sending by this interface what came in by another. */
    Optional<Finding> checkEgress(Link link, boolean multiBuffer) {
        if (features.apply(link.index()).filter(driver -> !driver.transmits()).isPresent()) {
            return Optional.of(new Finding(
                    Finding.Check.EGRESS,
                    false,
                    link.name()
                            + " sends no frames for XDP programs on other interfaces at present: what is forwarded by it"
                            + " is lost",
                    link.kind().equals("veth")
                            ? "attach a program that returns XDP_PASS to its peer, in native mode"
                            : "name it in node.interfaces too, which makes many drivers do it; or route the backends by another"
                                    + " interface"));
        }
        if (multiBuffer
                && features.apply(link.index())
                        .filter(driver -> !driver.transmitsMultiBuffer())
                        .isPresent()) {
            return Optional.of(new Finding(
                    Finding.Check.EGRESS,
                    false,
                    link.name() + " sends no frames of several buffers for XDP programs: larger ones are lost",
                    "set the MTU of the balancer's interfaces to " + SINGLE_BUFFER_MTU
                            + ", or route the backends by another" + " interface"));
        }
        return Optional.empty();
    }

    /** Whether frames with a VLAN tag come in by it: a VLAN device is on it, or on the bond that it is a port of. */
    boolean carriesVlans(Link link) {
        return links.stream()
                .anyMatch(vlan -> vlan.vlan() != null
                        && !vlan.lowerElsewhere()
                        && (vlan.lowerIndex() == link.index() || vlan.lowerIndex() == link.masterIndex()));
    }

    /** Tags that the NIC takes out before the program runs, and that it cannot be stopped from taking out. */
    Optional<Finding> checkStrippedTags(Link link, Optional<Ethtool.Feature> stripping) {
        if (!carriesVlans(link) || stripping.filter(Ethtool.Feature::active).isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Finding(
                Finding.Check.STRIPPED_TAGS,
                false,
                link.name()
                        + " takes VLAN tags out of frames before the program sees them, so that frames of a VLAN look as if"
                        + " they had none",
                "its driver does not let that be switched off (`ethtool -K " + link.name()
                        + " rxvlan off`): use another NIC, or no VLANs on this one"));
    }

    private List<Finding> checkHost() {
        List<Finding> findings = new ArrayList<>();
        if (!host.missingCapabilities().isEmpty()) {
            findings.add(new Finding(
                    Finding.Check.PRIVILEGES,
                    true,
                    "this process lacks " + String.join(", ", host.missingCapabilities()),
                    "run it as root or by its systemd unit, which grants them"));
        }
        if (!host.btf()) {
            findings.add(new Finding(
                    Finding.Check.BTF,
                    true,
                    "the kernel does not describe its types: there is no /sys/kernel/btf/vmlinux",
                    "boot a kernel with CONFIG_DEBUG_INFO_BTF=y, as those of Debian 12 have it"));
        }
        if (!host.linksOnBpfFs()) {
            findings.add(new Finding(
                    Finding.Check.BPF_FILE_SYSTEM,
                    true,
                    linksDirectory + " is not on a BPF file system, so no attachment could outlive this process",
                    "`mount -t bpf bpf /sys/fs/bpf`, or pass --pins with a directory on one"));
        }
        return findings;
    }

    private static Finding foreignProgram(Link link, Optional<Path> otherInstance) {
        XdpState xdp = link.xdp();
        String cause = "interface " + link.name() + " already carries " + describe(xdp);
        String cure = otherInstance
                .map(directory -> "it belongs to the instance pinned in " + directory
                        + "; one instance per interface: run teardown there first, or choose another interface")
                .orElseGet(() -> removal(link.name(), xdp));
        return new Finding(Finding.Check.FOREIGN_PROGRAM, true, cause, cure);
    }

    private static String describe(XdpState xdp) {
        String program = xdp.programId() == 0 ? "XDP programs" : "the XDP program with id " + xdp.programId();
        return switch (xdp.mode()) {
            case NATIVE -> program + " in native mode";
            case GENERIC -> program + " in generic mode";
            case HARDWARE -> program + " on the NIC";
            case MULTIPLE -> program + " in more than one mode";
            case NONE -> "no program";
        };
    }

    /** Netlink does not tell a program that a bpf_link holds from one that it does not; `ip` then answers the first way out. */
    private static String removal(String name, XdpState xdp) {
        String keyword = switch (xdp.mode()) {
            case NATIVE -> "xdpdrv";
            case GENERIC -> "xdpgeneric";
            case HARDWARE -> "xdpoffload";
            case MULTIPLE, NONE -> "xdp";
        };
        String whose = xdp.programId() == 0
                ? "`bpftool net` shows whose they are; "
                : "`bpftool prog show id " + xdp.programId() + "` shows whose it is; ";
        return whose + "remove it with `ip link set dev " + name + " " + keyword
                + " off`, or, where that answers \"active BPF XDP link\", stop the process that `bpftool link` names or"
                + " remove the link's pin";
    }

    /**
     * What a veth needs for XDP_TX: its peer takes frames from a program only if it runs one itself; else they count as sent and vanish
     * (veth_xdp_xmit in drivers/net/veth.c).
     */
    Optional<Finding> checkVethPeer(Link link) {
        if (!link.kind().equals("veth")) {
            return Optional.empty();
        }
        String cure = "attach a program that returns XDP_PASS to the peer, in native mode";
        if (link.lowerElsewhere()) {
            return Optional.of(new Finding(
                    Finding.Check.VETH_PEER,
                    false,
                    "the peer of veth " + link.name()
                            + " is in another network namespace: unless it carries an XDP program, frames that are sent"
                            + " back out of " + link.name() + " vanish",
                    cure));
        }
        return vethPeer(link)
                .filter(peer -> !peer.xdp().attached())
                .map(peer -> new Finding(
                        Finding.Check.VETH_PEER,
                        false,
                        "veth " + peer.name() + ", the peer of " + link.name()
                                + ", carries no XDP program: frames that are sent back out of " + link.name()
                                + " vanish",
                        cure));
    }

    private Optional<Link> vethPeer(Link link) {
        return link.kind().equals("veth") && !link.lowerElsewhere()
                ? links.stream()
                        .filter(peer -> peer.index() == link.lowerIndex())
                        .findFirst()
                : Optional.empty();
    }
}
