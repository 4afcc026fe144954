package dev.ballast.control.inspect;

import dev.ballast.control.inspect.Inspector.Explained;
import dev.ballast.control.inspect.Inspector.NamedMember;
import dev.ballast.control.model.Address;
import dev.ballast.datapath.Encap;
import dev.ballast.datapath.Explanation;
import dev.ballast.datapath.FlowState;
import dev.ballast.datapath.HashMode;
import dev.ballast.datapath.MemberRow;
import dev.ballast.datapath.MemberState;
import dev.ballast.datapath.NextHop;
import dev.ballast.datapath.Probe;
import dev.ballast.datapath.ServiceRow;
import dev.ballast.datapath.SourceFilter;
import dev.ballast.datapath.TrackedFlow;
import dev.ballast.datapath.Twin;
import dev.ballast.datapath.VerdictReason;
import dev.ballast.datapath.VipKey;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Explanations as a datapath with a service web would give them. */
public final class Explanations {
    private static final int INTERFACE = 1;
    private static final ServiceRow SERVICE =
            new ServiceRow(7, 0, 16, true, 220, 70, HashMode.FIVE_TUPLE, 0, SourceFilter.OFF);
    private static final MemberRow MEMBER = new MemberRow(
            0,
            MemberState.DRAIN,
            Encap.IPIP,
            Address.parse("192.0.2.2").toInetAddress(),
            Address.parse("10.0.1.11").toInetAddress(),
            Optional.of(new NextHop(INTERFACE, 0x02aabbccdd01L, 0x02aabbccdd02L, 0, 1500)));
    private static final Map<Integer, NamedMember> MEMBERS = Map.of(
            0, new NamedMember("web/10.0.1.11", "up", "", "drain"),
            1, new NamedMember("web/10.0.1.12", "up", "", "in"));

    private Explanations() {}

    /** A packet of a flow that a draining member keeps. */
    public static Explained known(Probe probe) {
        Twin.Outcome outcome =
                new Twin.Outcome(VerdictReason.FORWARDED_FLOW, OptionalInt.of(0), OptionalInt.of(0), outer(probe));
        Explanation.Flow flow = new Explanation.Flow(false, new TrackedFlow(0, FlowState.ESTABLISHED, 200), 800);
        return explained(probe, outcome, Optional.of(flow), Optional.of(MEMBER), 0);
    }

    /** A packet that the service's filter drops. */
    static Explained denied(Probe probe) {
        Twin.Outcome outcome = new Twin.Outcome(
                VerdictReason.DROPPED_SOURCE_DENIED, OptionalInt.of(0), OptionalInt.empty(), new byte[0]);
        return explained(probe, outcome, Optional.empty(), Optional.empty(), 0);
    }

    /** A SYN under a flood. */
    static Explained flooded(Probe probe) {
        Twin.Outcome outcome =
                new Twin.Outcome(VerdictReason.FORWARDED_NEW_FLOW, OptionalInt.of(0), OptionalInt.of(1), outer(probe));
        return explained(probe, outcome, Optional.empty(), Optional.of(MEMBER), 2);
    }

    /** A packet that no VIP takes. */
    static Explained passed() {
        Twin.Outcome outcome =
                new Twin.Outcome(VerdictReason.PASSED_NOT_VIP, OptionalInt.empty(), OptionalInt.empty(), new byte[0]);
        Explanation explanation = new Explanation(
                outcome, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), 0);
        return new Explained("3b185187f1855c4c", 7, explanation, "", Map.of());
    }

    private static Explained explained(
            Probe probe,
            Twin.Outcome outcome,
            Optional<Explanation.Flow> flow,
            Optional<MemberRow> member,
            int flooded) {
        Explanation explanation = new Explanation(
                outcome,
                Optional.of(new VipKey(
                        probe.flow().vip(), probe.flow().vipPort(), probe.flow().protocol())),
                Optional.of(SERVICE),
                flow,
                Optional.of(new Explanation.Ring(251, 4, 17, OptionalInt.of(1), OptionalInt.of(0))),
                member,
                flooded);
        return new Explained("3b185187f1855c4c", 7, explanation, "web", MEMBERS);
    }

    /** In a tunnel from 192.0.2.2. */
    private static byte[] outer(Probe probe) {
        byte[] frame = probe.frame();
        byte[] source = Address.parse("192.0.2.2").bytes();
        System.arraycopy(source, 0, frame, 14 + 12, source.length);
        return frame;
    }
}
