package dev.ballast.control.inspect;

import dev.ballast.control.inspect.Inspector.Explained;
import dev.ballast.control.inspect.Inspector.NamedMember;
import dev.ballast.control.model.Address;
import dev.ballast.control.model.Endpoint;
import dev.ballast.datapath.Encap;
import dev.ballast.datapath.Explanation;
import dev.ballast.datapath.FlowTuple;
import dev.ballast.datapath.MemberRow;
import dev.ballast.datapath.MemberState;
import dev.ballast.datapath.NextHop;
import dev.ballast.datapath.Probe;
import dev.ballast.datapath.VerdictClass;
import dev.ballast.datapath.VerdictReason;
import dev.ballast.datapath.VipKey;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The way of a packet through the program in lines for people, {@code what: words}: VIP, flow, ring, member, outer header, next hop,
 * verdict, as far as it came.
 */
public final class Steps {
    private final Explained explained;
    private final Explanation explanation;
    private final List<String> lines = new ArrayList<>();

    private Steps(Explained explained) {
        this.explained = explained;
        this.explanation = explained.explanation();
    }

    /** The lines of one answer. */
    public static List<String> of(Probe probe, Explained explained) {
        Steps steps = new Steps(explained);
        steps.packet(probe);
        steps.vip();
        if (explained.explanation().service().isPresent()
                && explained.explanation().outcome().reason() != VerdictReason.DROPPED_SOURCE_DENIED) {
            steps.flow(probe);
            steps.ring();
            steps.member();
        }
        steps.verdict();
        return steps.lines;
    }

    /** What the verdict means. */
    public static String words(VerdictReason reason) {
        return Reasons.words(reason);
    }

    /** Who chose the member: flow, ring, previous ring, server id; empty if none was chosen. */
    public static String chosenBy(Explanation explanation) {
        if (explanation.outcome().member().isEmpty()) {
            return "";
        }
        return switch (explanation.outcome().reason()) {
            case FORWARDED_PREVIOUS_RING -> "previous ring";
            case FORWARDED_SERVER_ID -> "server id";
            default -> explanation.followsFlow() ? "flow" : "ring";
        };
    }

    /** The source of the outer header that the packet would leave with; empty if it leaves with none. */
    public static Optional<Address> outerSource(Explanation explanation) {
        return explanation
                .member()
                .filter(member -> member.encap() != Encap.L2)
                .filter(_ -> explanation.outcome().reason().verdictClass() == VerdictClass.FORWARDED)
                .flatMap(_ -> OuterSource.of(explanation.outcome().sent()));
    }

    /** Destination MAC and interface, such as {@code 02:00:00:00:00:01 by eth1}. */
    public static String nextHop(MemberRow member) {
        return member.nextHop().map(Steps::nextHop).orElse("not resolved");
    }

    private static String nextHop(NextHop hop) {
        StringBuilder mac = new StringBuilder();
        for (int shift = 40; shift >= 0; shift -= Byte.SIZE) {
            mac.append("%02x".formatted(hop.destinationMac() >>> shift & 0xff)).append(shift == 0 ? "" : ":");
        }
        String vlan = hop.vlan() == 0 ? "" : ", VLAN " + (hop.vlan() & 0xfff);
        return mac + " by " + InterfaceNames.of(hop.ifindex()) + vlan;
    }

    private void packet(Probe probe) {
        FlowTuple flow = probe.flow();
        line(
                "packet",
                "%s, %d bytes, from %s to %s"
                        .formatted(
                                protocol(probe),
                                probe.frame().length,
                                endpoint(flow.source(), flow.sourcePort()),
                                endpoint(flow.vip(), flow.vipPort())));
    }

    private static String protocol(Probe probe) {
        List<String> flags = new ArrayList<>();
        for (TcpFlag flag : TcpFlag.values()) {
            if ((probe.tcpFlags() & flag.bit()) != 0) {
                flags.add(flag.name());
            }
        }
        return (probe.flow().protocol().name() + " " + String.join(" ", flags)).strip();
    }

    private static String endpoint(InetAddress address, int port) {
        return new Endpoint(Address.of(address), port).toString();
    }

    /** {@code 203.0.113.10:443/tcp}, {@code [2001:db8::/64]:any/udp}. */
    public static String vip(VipKey vip) {
        Address address = Address.of(vip.address());
        String prefix = address + (vip.isPrefix() ? "/" + vip.prefixLength() : "");
        String host = address.isIpv4() ? prefix : "[" + prefix + "]";
        String port = vip.port() == VipKey.ANY_PORT ? "any" : Integer.toString(vip.port());
        return host + ":" + port + "/" + vip.protocol().name().toLowerCase(Locale.ROOT);
    }

    private void vip() {
        if (explanation.vip().isPresent()) {
            line("VIP", vip(explanation.vip().get()) + " of service " + explained.service());
        } else {
            line("VIP", "none");
        }
    }

    private void flow(Probe probe) {
        explanation.flow().ifPresentOrElse(this::flow, () -> line("flow", "not known"));
        if (explanation.flooded() > 0) {
            line(
                    "SYN flood",
                    "%d CPUs are over their number of SYNs: %s"
                            .formatted(
                                    explanation.flooded(),
                                    (probe.tcpFlags() & Probe.SYN) != 0
                                            ? "on them SYNs go by the ring without a look at the flows"
                                            : "on them no flow goes by the ring before"));
        }
    }

    private void flow(Explanation.Flow flow) {
        String state = flow.entry().state().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        line(
                "flow",
                "%s, with %s, expires in %d s; %s"
                        .formatted(
                                state,
                                explained.name(flow.entry().member()),
                                flow.remainingS(),
                                explanation.followsFlow() ? "followed" : "not followed"));
    }

    private void ring() {
        explanation.ring().ifPresent(ring -> {
            if (ring.slots() == 0) {
                line("ring", "empty, generation " + ring.generation() + ": no member takes new flows");
                return;
            }
            line(
                    "ring",
                    "slot %d of %d, generation %d: %s"
                            .formatted(ring.slot(), ring.slots(), ring.generation(), explained.name(ring.member())));
            if (ring.previous().isPresent() && !ring.previous().equals(ring.member())) {
                line(
                        "ring before",
                        explained.name(ring.previous()) + "; kept for TCP connections of before the change");
            }
        });
    }

    private void member() {
        explanation.member().ifPresent(member -> {
            NamedMember named =
                    explained.members().get(explanation.outcome().member().orElse(-1));
            line("member", member(named, member) + ", chosen by the " + chosenBy(explanation));
            line("encap", encap(member));
            line("next hop", nextHop(member));
        });
    }

    private static String member(@Nullable NamedMember named, MemberRow row) {
        String name = named == null ? Address.of(row.backend()).toString() : named.name();
        String health = named == null || named.health().isEmpty() ? "has left the configuration" : named.health();
        String reason = named == null || named.healthReason().isEmpty() ? "" : " (" + named.healthReason() + ")";
        return name + ": " + health + reason + ", " + state(row.state());
    }

    private static String state(MemberState state) {
        return switch (state) {
            case IN -> "takes new flows";
            case DRAIN -> "drains: keeps the flows it has";
            case DOWN -> "down: its flows are given to others";
        };
    }

    private String encap(MemberRow member) {
        String how = member.encap().name().toLowerCase(Locale.ROOT);
        if (member.encap() == Encap.L2) {
            return how + ", the packet as it is";
        }
        return how
                + outerSource(explanation).map(source -> " from " + source).orElse("")
                + " to " + Address.of(member.backend())
                + (member.encap() == Encap.GUE ? ", UDP port " + member.guePort() : "");
    }

    private void verdict() {
        VerdictReason reason = explanation.outcome().reason();
        line("verdict", reason.label() + ": " + Reasons.words(reason));
    }

    private void line(String what, String words) {
        lines.add(what + ": " + words);
    }
}
