package dev.ballast.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is said of a packet is what becomes of it, and saying it leaves no trace. */
final class ExplainKernelTest {
    private static final int PROBES = 10_000;
    private static final List<String> VIPS4 = List.of("203.0.113.10", "203.0.113.11", "203.0.113.12", "203.0.113.99");
    private static final List<String> VIPS6 =
            List.of("2001:db8:1::10", "2001:db8:1::11", "2001:db8:1::12", "2001:db8:1::99");
    private static final int[] PORTS = {443, 80, 53};
    private static final int[] TCP_FLAGS = {
        Probe.SYN,
        Probe.SYN,
        Probe.ACK,
        Probe.ACK,
        Probe.ACK,
        Probe.FIN | Probe.ACK,
        Probe.RST,
        Probe.SYN | Probe.ACK,
        0
    };

    private Rig rig;
    private Explainer explainer;

    @BeforeEach
    void start() {
        // Four times as many sets as the copy has.
        Variant variant =
                Variant.of(Set.of(Feature.IPV6, Feature.PREFIX, Feature.FILTER, Feature.HASH, Feature.GUE, Feature.L2));
        rig = new Rig(new DatapathOptions(1 << 21, 8, 128, 1 << 14, new byte[32], variant));
        services();
        try (TwinSource source = rig.datapath().twinSource(DatapathObjects.balancer())) {
            explainer = Explainer.load(source);
        }
    }

    @AfterEach
    void stop() {
        explainer.close();
        rig.close();
    }

    /** Tracked, by source, untracked, without members, and on prefixes; members that drain, are down, and have no next hop. */
    private void services() {
        for (int service = 0; service < 5; service++) {
            boolean tracks = service != 2;
            HashMode mode = service == 1 ? HashMode.SOURCE : HashMode.FIVE_TUPLE;
            SourceFilter filter = service == 4 ? SourceFilter.DENY : SourceFilter.OFF;
            rig.service(
                    service,
                    row -> new ServiceRow(
                            row.nameHash(),
                            row.memberBase(),
                            row.memberCapacity(),
                            tracks,
                            row.tcpIdleTicks(),
                            row.udpIdleTicks(),
                            mode,
                            0,
                            filter));
            for (int index = 0; index < 4; index++) {
                boolean six = index % 2 == 1;
                Optional<NextHop> hop = index == 3 && service == 1
                        ? Optional.empty()
                        : Optional.of(Rig.hop(1, index == 2 ? 7 : 0, 1500));
                rig.member(
                        Rig.memberId(service, index),
                        six ? "2001:db8::2" : "192.0.2.2",
                        six ? "2001:db8:2::%d%d".formatted(service, index) : "10.0.%d.%d".formatted(service, index + 1),
                        MemberState.IN,
                        hop);
            }
            rig.ring(service, ids(service, 0, 1, 2, 3));
        }
        rig.ring(3);
        for (Protocol protocol : Protocol.values()) {
            for (int i = 0; i < 3; i++) {
                rig.vip(VIPS4.get(i), i == 2 ? VipKey.ANY_PORT : 443, protocol, i);
                rig.vip(VIPS6.get(i), i == 2 ? VipKey.ANY_PORT : 443, protocol, i);
            }
            rig.vip(VIPS4.get(0), 53, protocol, 3);
            rig.vip(new VipKey(Frame.address("203.0.113.96"), 28, 443, protocol), 4);
            rig.vip(new VipKey(Frame.address("2001:db8:1::"), 64, VipKey.ANY_PORT, protocol), 0);
        }
        rig.datapath().sources().add(4, List.of(new SourcePrefix(Frame.address("198.51.100.128"), 25)));
    }

    private static int[] ids(int service, int... indexes) {
        return Arrays.stream(indexes).map(index -> Rig.memberId(service, index)).toArray();
    }

    @Test
    void what_it_says_of_ten_thousand_packets_is_what_becomes_of_them() {
        Random random = new Random(31);
        Set<VerdictReason> seen = EnumSet.noneOf(VerdictReason.class);
        for (int i = 0; i < PROBES; i++) {
            if (i % 1000 == 500) {
                change(i / 1000);
            }
            Probe probe = probe(random);
            Explanation said = explainer.explain(probe);
            Rig.Outcome came = rig.send(probe.frame());

            assertThat(said.outcome().reason()).as("%s", probe).isEqualTo(came.reason());
            seen.add(came.reason());
            switch (came.reason().verdictClass()) {
                case FORWARDED -> {
                    assertThat(said.outcome().service())
                            .isEqualTo(OptionalInt.of(came.service().orElseThrow()));
                    assertThat(said.outcome().member()).isEqualTo(OptionalInt.of(came.memberId()));
                    assertThat(said.outcome().sent()).isEqualTo(came.frame());
                    requireReasons(said);
                }
                case ANSWERED -> assertThat(said.outcome().sent()).isEqualTo(came.frame());
                case PASSED, DROPPED -> assertThat(said.outcome().sent()).isEmpty();
            }
            assertThat(said.vip().isPresent()).isEqualTo(came.reason() != VerdictReason.PASSED_NOT_VIP);
        }
        assertThat(seen)
                .contains(
                        VerdictReason.FORWARDED_FLOW,
                        VerdictReason.FORWARDED_NEW_FLOW,
                        VerdictReason.FORWARDED_REPICKED,
                        VerdictReason.FORWARDED_STATELESS,
                        VerdictReason.FORWARDED_PREVIOUS_RING,
                        VerdictReason.ANSWERED_TOO_BIG,
                        VerdictReason.PASSED_NOT_VIP,
                        VerdictReason.DROPPED_NO_MEMBER,
                        VerdictReason.DROPPED_NEXT_HOP_UNRESOLVED,
                        VerdictReason.DROPPED_SOURCE_DENIED);
    }

    /** The steps beside the verdict: whoever chose the member is what is shown as having named it. */
    private static void requireReasons(Explanation said) {
        OptionalInt member = said.outcome().member();
        Explanation.Ring ring = said.ring().orElseThrow();
        switch (said.outcome().reason()) {
            case FORWARDED_FLOW -> assertThat(said.followsFlow()).isTrue();
            case FORWARDED_PREVIOUS_RING -> assertThat(ring.previous()).isEqualTo(member);
            case FORWARDED_STATELESS, FORWARDED_REPICKED ->
                assertThat(ring.member()).isEqualTo(member);
            default -> {
                if (!said.followsFlow()) {
                    assertThat(ring.member()).isEqualTo(member);
                }
            }
        }
    }

    /** What an operator does meanwhile. */
    private void change(int round) {
        int drained = Rig.memberId(round % 3, round % 4);
        rig.state(drained, round % 2 == 0 ? MemberState.DRAIN : MemberState.DOWN);
        Optional<Duration> keep = Optional.of(Duration.ofMinutes(5));
        rig.ring(round % 3, keep, ids(round % 3, round % 2 == 0 ? new int[] {1, 2, 3} : new int[] {0, 3}));
    }

    private static Probe probe(Random random) {
        boolean six = random.nextInt(3) == 0;
        boolean denied = random.nextInt(4) == 0;
        InetAddress source = Frame.address(
                six ? "2001:db8:9::" + random.nextInt(8) : "198.51.100." + (random.nextInt(8) + (denied ? 128 : 0)));
        int vip = random.nextInt(40);
        InetAddress to = Frame.address((six ? VIPS6 : VIPS4).get(vip == 0 ? 3 : vip % 4));
        Protocol protocol = random.nextInt(3) == 0 ? Protocol.UDP : Protocol.TCP;
        int port = PORTS[random.nextInt(8) < 6 ? 0 : random.nextInt(PORTS.length)];
        int flags = protocol == Protocol.TCP ? TCP_FLAGS[random.nextInt(TCP_FLAGS.length)] : 0;
        int length = random.nextInt(60) == 0 ? 1514 : random.nextInt(64, 400);
        return new Probe(new FlowTuple(source, 40_000 + random.nextInt(40), to, port, protocol), flags, length);
    }

    @Test
    void ten_thousand_questions_change_no_byte_of_what_is_live_and_count_nothing() {
        Random random = new Random(32);
        for (int i = 0; i < 500; i++) {
            rig.send(probe(random).frame());
        }
        Verdicts counted = rig.datapath().counters().verdicts();
        LiveBytes before = LiveBytes.of(rig.pins());
        for (int i = 0; i < PROBES; i++) {
            explainer.explain(probe(random));
        }
        LiveBytes.of(rig.pins()).requireSameAs(before);
        assertThat(rig.datapath().counters().verdicts()).isEqualTo(counted);
    }

    @Test
    void a_question_leaves_nothing_behind_for_the_next_one() {
        Probe syn = new Probe(flow(40_000), Probe.SYN, 64);
        Probe ack = new Probe(flow(40_000), Probe.ACK, 64);
        assertThat(explainer.explain(syn).flow()).isEmpty();
        assertThat(explainer.explain(ack).outcome().reason()).isEqualTo(VerdictReason.FORWARDED_NEW_FLOW);
        assertThat(explainer.explain(ack).flow()).isEmpty();
    }

    @Test
    void a_full_set_gives_way_as_the_live_one_does() {
        Probe datagram = new Probe(
                new FlowTuple(
                        Frame.address("198.51.100.7"), 40_000, Frame.address(VIPS4.getFirst()), 443, Protocol.UDP),
                0,
                64);
        rig.crowd(datagram.flow(), true, FlowState.ESTABLISHED, 0);
        assertThat(explainer.explain(datagram).outcome().reason()).isEqualTo(VerdictReason.FORWARDED_UNTRACKED);
        assertThat(rig.send(datagram.frame()).reason()).isEqualTo(VerdictReason.FORWARDED_UNTRACKED);

        rig.crowd(datagram.flow(), true, FlowState.UNCONFIRMED, 0);
        assertThat(explainer.explain(datagram).outcome().reason()).isEqualTo(VerdictReason.FORWARDED_NEW_FLOW);
    }

    @Test
    void under_a_flood_of_syns_it_decides_as_a_flooded_cpu_does_and_says_so() {
        rig.send(new Probe(flow(40_000), Probe.ACK, 64).frame());
        rig.send(new Probe(flow(40_000), Probe.ACK, 64).frame());
        assertThat(explainer
                        .explain(new Probe(flow(40_000), Probe.SYN, 64))
                        .outcome()
                        .reason())
                .isEqualTo(VerdictReason.FORWARDED_FLOW);

        rig.floodWithSyns();
        Explanation flooded = explainer.explain(new Probe(flow(40_000), Probe.SYN, 64));
        while (flooded.flooded() == 0) { // the window of time had ended
            rig.floodWithSyns();
            flooded = explainer.explain(new Probe(flow(40_000), Probe.SYN, 64));
        }
        assertThat(flooded.outcome().reason()).isEqualTo(VerdictReason.FORWARDED_NEW_FLOW);
    }

    @Test
    void it_tells_the_vip_the_flow_the_ring_and_the_member() {
        rig.send(new Probe(flow(40_000), Probe.SYN, 64).frame());
        Explanation waiting = explainer.explain(new Probe(flow(40_000), Probe.ACK, 64));
        assertThat(waiting.flow().orElseThrow().halfOpen()).isTrue();
        assertThat(waiting.flow().orElseThrow().remainingS()).isBetween(40L, 70L);

        rig.send(new Probe(flow(40_000), Probe.ACK, 64).frame());
        Explanation known = explainer.explain(new Probe(flow(40_000), Probe.ACK, 64));
        assertThat(known.vip()).contains(new VipKey(Frame.address(VIPS4.getFirst()), 443, Protocol.TCP));
        assertThat(known.flow().orElseThrow().halfOpen()).isFalse();
        assertThat(known.flow().orElseThrow().entry().state()).isEqualTo(FlowState.ESTABLISHED);
        assertThat(known.followsFlow()).isTrue();
        assertThat(known.ring().orElseThrow().slots()).isEqualTo(251);
        assertThat(known.ring().orElseThrow().generation()).isEqualTo(1);
        assertThat(known.member().orElseThrow().service()).isZero();

        InetAddress address = Frame.address("203.0.113.97");
        FlowTuple toPrefix = new FlowTuple(Frame.address("198.51.100.7"), 40_000, address, 443, Protocol.TCP);
        assertThat(explainer.explain(new Probe(toPrefix, Probe.SYN, 64)).vip())
                .contains(new VipKey(Frame.address("203.0.113.96"), 28, 443, Protocol.TCP));
    }

    @Test
    void a_frame_that_no_driver_would_hand_over_is_refused_and_the_next_one_runs() {
        assertThatThrownBy(() -> explainer.explain(new Probe(flow(40_000), Probe.ACK, 9000)))
                .isInstanceOf(DatapathException.class)
                .hasMessageContaining("it takes frames of one buffer");
        assertThat(explainer
                        .explain(new Probe(flow(40_000), Probe.ACK, 64))
                        .outcome()
                        .reason())
                .isEqualTo(VerdictReason.FORWARDED_NEW_FLOW);
    }

    private static FlowTuple flow(int port) {
        return new FlowTuple(Frame.address("198.51.100.7"), port, Frame.address(VIPS4.getFirst()), 443, Protocol.TCP);
    }
}
