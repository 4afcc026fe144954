package dev.ballast.attach;

import dev.ballast.netlink.Link;
import dev.ballast.netlink.XdpState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The checks before an attachment, over values: they change nothing and ask nobody. */
final class Preflight {
    private final HostFacts host;
    private final Path linksDirectory;
    private final List<Link> links;

    Preflight(HostFacts host, Path linksDirectory, List<Link> links) {
        this.host = host;
        this.linksDirectory = linksDirectory;
        this.links = links;
    }

    /**
     * @param ownProgramId the program that we have on this interface; 0 if none
     * @param otherInstance the directory of pins of another instance that has its program there
     */
    List<Finding> check(String name, int ownProgramId, Optional<Path> otherInstance) {
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
        return findings;
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
        return links.stream()
                .filter(peer -> peer.index() == link.lowerIndex() && !peer.xdp().attached())
                .findFirst()
                .map(peer -> new Finding(
                        Finding.Check.VETH_PEER,
                        false,
                        "veth " + peer.name() + ", the peer of " + link.name()
                                + ", carries no XDP program: frames that are sent back out of " + link.name()
                                + " vanish",
                        cure));
    }
}
