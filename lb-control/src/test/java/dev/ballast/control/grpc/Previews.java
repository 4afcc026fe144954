package dev.ballast.control.grpc;

import dev.ballast.control.loop.ChangeRefusedException.Problem;
import dev.ballast.control.loop.Control.Preview;
import dev.ballast.control.model.Address;
import dev.ballast.control.model.Vip;
import dev.ballast.control.plan.Certainty;
import dev.ballast.control.plan.DisruptionReport;
import dev.ballast.control.plan.LiveFlows;
import dev.ballast.control.plan.LiveFlows.OfMember;
import dev.ballast.control.plan.Manner;
import dev.ballast.control.plan.ServiceChange;
import dev.ballast.control.plan.ServiceChange.Kind;
import dev.ballast.control.plan.ServiceDisruption;
import dev.ballast.control.plan.SlotMoves;
import dev.ballast.control.plan.Stake;
import dev.ballast.control.plan.Stake.Measure;
import java.util.List;
import java.util.Optional;

/** Answers to {@code plan} for tests of the edges. */
public final class Previews {
    private Previews() {}

    /** A change of a tracked service, a new one, and one that is not tracked and gets another hash. */
    public static Preview sample() {
        return new Preview(
                7,
                List.of("member web/10.0.1.12: removed"),
                List.of("service dns has no backend"),
                disruption(),
                List.of(
                        new Problem(
                                "services.web",
                                0,
                                0,
                                "3.01%",
                                "at most 2%",
                                "repeat it with --max-disruption 3.01%",
                                "service web: 1204 of 40112 live flows (3.01%) are disturbed, and the budget is 2%: repeat it with --max-disruption 3.01%")));
    }

    /** What it disturbs. */
    public static DisruptionReport disruption() {
        return new DisruptionReport(
                List.of(
                        new ServiceDisruption(
                                change(
                                        "web",
                                        Kind.CHANGED,
                                        List.of(),
                                        addresses("10.0.1.12"),
                                        addresses("10.0.1.11", "10.0.1.13"),
                                        List.of()),
                                Manner.HOT,
                                Optional.of(new SlotMoves(65_537, 3_361, 3_211, Certainty.EXACT)),
                                new LiveFlows(
                                        true,
                                        40_112,
                                        List.of(new OfMember(Address.parse("10.0.1.12"), 1_204)),
                                        0,
                                        Certainty.EXACT),
                                new Stake(Measure.FLOWS, 1_204, 40_112, Certainty.EXACT)),
                        new ServiceDisruption(
                                change(
                                        "shop",
                                        Kind.ADDED,
                                        addresses("10.0.2.11", "10.0.2.12", "10.0.2.13", "10.0.2.14"),
                                        List.of(),
                                        List.of(),
                                        List.of()),
                                Manner.SWAP,
                                Optional.empty(),
                                LiveFlows.NONE,
                                Stake.NONE),
                        new ServiceDisruption(
                                change(
                                        "dns",
                                        Kind.CHANGED,
                                        List.of(),
                                        List.of(),
                                        List.of(),
                                        List.of("hash: source, was 5-tuple")),
                                Manner.HOT,
                                Optional.of(new SlotMoves(4_099, 3_075, 0, Certainty.ABOUT)),
                                LiveFlows.UNTRACKED,
                                new Stake(Measure.SLOTS, 3_075, 4_099, Certainty.ABOUT))),
                12,
                List.of("node.log.level: debug, was info"),
                Manner.SWAP,
                80_312);
    }

    private static List<Address> addresses(String... addresses) {
        return List.of(addresses).stream().map(Address::parse).toList();
    }

    private static ServiceChange change(
            String name,
            Kind kind,
            List<Address> added,
            List<Address> removed,
            List<Address> weighted,
            List<String> settings) {
        List<Vip> vips =
                kind == Kind.ADDED ? List.of(Vip.of(Address.parse("203.0.113.11"), 443, Vip.Protocol.TCP)) : List.of();
        return new ServiceChange(
                name, kind, added, removed, List.of(), List.of(), weighted, vips, List.of(), settings, List.of());
    }
}
