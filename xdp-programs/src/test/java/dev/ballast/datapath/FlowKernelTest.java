package dev.ballast.datapath;

import static dev.ballast.datapath.Frame.ACK;
import static dev.ballast.datapath.Frame.FIN;
import static dev.ballast.datapath.Frame.RST;
import static dev.ballast.datapath.Frame.SYN;
import static dev.ballast.datapath.Rig.PORT;
import static dev.ballast.datapath.Rig.VIP4;
import static dev.ballast.datapath.Rig.VIP6;
import static dev.ballast.datapath.VerdictReason.DROPPED_NO_MEMBER;
import static dev.ballast.datapath.VerdictReason.FORWARDED_FLOW;
import static dev.ballast.datapath.VerdictReason.FORWARDED_NEW_FLOW;
import static dev.ballast.datapath.VerdictReason.FORWARDED_PREVIOUS_RING;
import static dev.ballast.datapath.VerdictReason.FORWARDED_REPICKED;
import static dev.ballast.datapath.VerdictReason.FORWARDED_STATELESS;
import static dev.ballast.datapath.VerdictReason.FORWARDED_UNTRACKED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.bpf.TestRun;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which member a packet gets, and what the flow tables remember of it. */
final class FlowKernelTest {
    private static final Frame TCP = Frame.tcp("198.51.100.7", 40000, VIP4, PORT);
    private static final Frame TCP6 = Frame.tcp("2001:db8:9::7", 40000, VIP6, PORT);
    private static final Frame UDP = Frame.udp("198.51.100.7", 40000, VIP4, PORT);

    private Rig rig;

    @BeforeEach
    void start() {
        rig = new Rig().usual();
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    /** SYN and ACK of a new connection; returns its member. */
    private int connect(Frame frame) {
        int member = rig.send(frame.flags(SYN)).memberId();
        assertThat(rig.send(frame.flags(ACK)).memberId()).isEqualTo(member);
        return member;
    }

    /** The other one of the two usual members. */
    private static int other(int member) {
        return 1 - member;
    }

    // --- opening and closing -------------------------------------------------------------------------------------

    @Test
    void a_syn_is_remembered_as_half_open_and_nowhere_else() {
        Rig.Outcome outcome = rig.send(TCP.flags(SYN));

        assertThat(outcome.reason()).isEqualTo(FORWARDED_NEW_FLOW);
        assertThat(rig.trackedFlow(TCP).state()).isEqualTo(FlowState.HALF_OPEN);
        assertThat(rig.census().halfOpen()).isOne();
        assertThat(rig.census().live()).isZero();
    }

    @Test
    void the_first_packet_after_a_syn_moves_the_flow_to_the_main_table() {
        for (Frame frame : List.of(TCP, TCP6)) {
            int member = connect(frame);

            TrackedFlow flow = rig.trackedFlow(frame);
            assertThat(flow.member()).isEqualTo(member);
            assertThat(flow.state()).isEqualTo(FlowState.ESTABLISHED);
        }
        assertThat(rig.census().halfOpen()).isZero();
        assertThat(rig.census().live()).isEqualTo(2);
        assertThat(rig.datapath().counters().service(0).flowsCreated()).isEqualTo(2);
    }

    @Test
    void a_syn_that_is_sent_again_goes_to_the_same_member_after_the_ring_changed() {
        int member = rig.send(TCP.flags(SYN)).memberId();
        rig.ring(0, other(member));

        Rig.Outcome again = rig.send(TCP.flags(SYN));
        assertThat(again.reason()).isEqualTo(FORWARDED_FLOW);
        assertThat(again.memberId()).isEqualTo(member);
        assertThat(rig.send(TCP).memberId()).isEqualTo(member);
    }

    /** Half-open entries do not live long then: the connection may be one that has just begun. */
    @Test
    void in_a_flood_of_syns_an_unknown_connection_goes_by_the_present_ring() {
        rig.close();
        rig = new Rig(Rig.options(Feature.REPLAY)).usual();
        rig.ring(0, 0).ring(0, Optional.of(Duration.ofMinutes(5)), 1);
        assertThat(rig.send(TCP.flags(ACK)).reason()).isEqualTo(FORWARDED_PREVIOUS_RING);

        rig.floodWithSyns();
        Rig.Outcome flooded = rig.send(TCP.sourcePort(40001).flags(ACK));
        assertThat(flooded.reason()).isEqualTo(FORWARDED_NEW_FLOW);
        assertThat(flooded.memberId()).isOne();

        rig.advance(1L << rig.datapath().clock().windowShift());
        assertThat(rig.send(TCP.sourcePort(40002).flags(ACK)).reason()).isEqualTo(FORWARDED_PREVIOUS_RING);
    }

    @Test
    void a_flow_keeps_its_member_when_the_ring_changes() {
        int member = connect(TCP);
        rig.ring(0, other(member));

        Rig.Outcome outcome = rig.send(TCP.data(10));
        assertThat(outcome.reason()).isEqualTo(FORWARDED_FLOW);
        assertThat(outcome.memberId()).isEqualTo(member);
    }

    @Test
    void fin_and_rst_shorten_the_expiry_and_data_restores_it() {
        connect(TCP);
        int idle = rig.trackedFlow(TCP).remainingTicks();
        int closing = rig.datapath().clock().ticks(Duration.ofMinutes(1));

        for (int end : new int[] {FIN | ACK, RST, RST | ACK}) {
            rig.send(TCP.flags(end));
            assertThat(rig.trackedFlow(TCP).state()).isEqualTo(FlowState.CLOSING);
            assertThat(rig.trackedFlow(TCP).remainingTicks()).isBetween(closing - 1, closing);
            assertThat(openFlows()).isZero();

            rig.send(TCP.data(1));
            assertThat(rig.trackedFlow(TCP).state()).isEqualTo(FlowState.ESTABLISHED);
            assertThat(rig.trackedFlow(TCP).remainingTicks()).isBetween(idle - 1, idle);
            assertThat(openFlows()).isOne();
        }
    }

    private int openFlows() {
        return Arrays.stream(rig.census().openByMember()).sum();
    }

    @Test
    void the_one_bare_ack_of_a_regular_close_leaves_the_flow_closing_and_a_second_one_restores_it() {
        connect(TCP);
        rig.send(TCP.flags(FIN | ACK));

        rig.send(TCP);
        assertThat(rig.trackedFlow(TCP).state()).isEqualTo(FlowState.CLOSING_ACKED);
        assertThat(rig.trackedFlow(TCP).remainingTicks())
                .isLessThanOrEqualTo(rig.datapath().clock().ticks(Duration.ofMinutes(1)));
        rig.send(TCP);
        assertThat(rig.trackedFlow(TCP).state()).isEqualTo(FlowState.ESTABLISHED);
    }

    @Test
    void fin_never_makes_an_entry_live_longer() {
        connect(TCP);
        rig.age(Duration.ofMinutes(14).plusSeconds(40));
        int before = rig.trackedFlow(TCP).remainingTicks();

        rig.send(TCP.flags(FIN | ACK));

        assertThat(rig.trackedFlow(TCP).remainingTicks()).isLessThanOrEqualTo(before);
    }

    @Test
    void a_closed_flow_expires_and_the_sweeper_frees_its_way() {
        connect(TCP);
        rig.send(TCP.flags(FIN | ACK));
        rig.age(Duration.ofSeconds(70));

        assertThat(rig.flow(TCP)).isEmpty();
        assertThat(rig.census().expired()).isOne();
        Datapath datapath = rig.datapath();
        assertThat(datapath.flows().sweep(datapath.nowTicks(), Long.MAX_VALUE)).isOne();
        assertThat(rig.census().expired()).isZero();
    }

    @Test
    void an_idle_flow_is_a_new_one_after_its_idle_time() {
        int member = connect(TCP);
        rig.ring(0, other(member));
        rig.age(Duration.ofMinutes(16));

        Rig.Outcome outcome = rig.send(TCP);
        assertThat(outcome.reason()).isEqualTo(FORWARDED_NEW_FLOW);
        assertThat(outcome.memberId()).isEqualTo(other(member));
        assertThat(rig.trackedFlow(TCP).state()).isEqualTo(FlowState.UNCONFIRMED);
    }

    @Test
    void every_packet_renews_the_idle_time() {
        connect(TCP);
        rig.age(Duration.ofMinutes(10));
        rig.send(TCP);
        rig.age(Duration.ofMinutes(10));

        assertThat(rig.send(TCP).reason()).isEqualTo(FORWARDED_FLOW);
    }

    // --- a second connection of the same ports ---------------------------------------------------------------------

    @Test
    void a_syn_on_an_established_flow_keeps_its_member_and_writes_nothing() {
        int member = connect(TCP);
        rig.ring(0, other(member));

        for (MemberState state : List.of(MemberState.IN, MemberState.DRAIN)) {
            rig.state(member, state);
            assertThat(rig.send(TCP.flags(SYN)).memberId()).isEqualTo(member);
        }
        assertThat(rig.census().halfOpen()).isZero();
    }

    @Test
    void a_syn_after_a_close_on_a_draining_member_opens_a_new_flow_by_the_ring() {
        int member = connect(TCP);
        rig.send(TCP.flags(FIN | ACK));
        rig.state(member, MemberState.DRAIN).ring(0, other(member));

        assertThat(rig.send(TCP.flags(SYN)).memberId()).isEqualTo(other(member));
        assertThat(rig.send(TCP).memberId()).isEqualTo(other(member));
        assertThat(rig.trackedFlow(TCP))
                .extracting(TrackedFlow::member, TrackedFlow::state)
                .containsExactly(other(member), FlowState.ESTABLISHED);
        assertThat(rig.census().live()).isOne();
    }

    @Test
    void a_forged_rst_and_a_forged_syn_do_not_move_a_flow_that_goes_on() {
        int member = connect(TCP);
        rig.send(TCP.flags(RST));
        rig.send(TCP.data(5));

        rig.ring(0, other(member));
        rig.send(TCP.flags(SYN));

        assertThat(rig.send(TCP.data(5)).memberId()).isEqualTo(member);
    }

    /** Main knows a member; half-open, since that one was down for a moment, another. */
    private int connectedBeforeAndAskedAgain(Duration silenceBefore, Duration silenceAfter) {
        int member = connect(TCP);
        rig.age(silenceBefore);
        rig.state(member, MemberState.DOWN).ring(0, other(member));
        assertThat(rig.send(TCP.flags(SYN)).memberId()).isEqualTo(other(member));
        rig.state(member, MemberState.IN);
        rig.age(silenceAfter);
        return member;
    }

    @Test
    void an_established_flow_is_believed_whatever_half_open_says() {
        int member = connectedBeforeAndAskedAgain(Duration.ofSeconds(4), Duration.ofSeconds(4));

        assertThat(rig.send(TCP).memberId()).isEqualTo(member);
    }

    @Test
    void however_long_a_flow_is_silent_within_its_idle_time_no_syn_moves_it() {
        int member = connectedBeforeAndAskedAgain(Duration.ofMinutes(13), Duration.ofSeconds(30));

        assertThat(rig.send(TCP).memberId()).isEqualTo(member);
        assertThat(rig.trackedFlow(TCP).member()).isEqualTo(member);
    }

    @Test
    void a_forged_rst_and_a_forged_syn_together_move_no_flow_of_a_member_in_service() {
        int member = connect(TCP);
        rig.ring(0, other(member));
        rig.send(TCP.flags(RST));
        rig.send(TCP.flags(SYN));

        assertThat(rig.send(TCP.data(1)).memberId()).isEqualTo(member);
    }

    /** A flood: more SYNs than may read the main table in a window. L2 leaves a frame as long as it was, so it can be repeated. */
    @Test
    void syns_under_a_flood_move_no_established_flow() {
        try (Rig flooded = new Rig(Rig.options(Feature.L2)).service(0).vip(VIP4, PORT, Protocol.TCP, 0)) {
            for (int id = 0; id < 2; id++) {
                flooded.member(id, "192.0.2.2", "192.0.2." + (11 + id));
                flooded.datapath()
                        .members()
                        .write(
                                id,
                                new MemberRow(
                                        0,
                                        MemberState.IN,
                                        Encap.L2,
                                        Frame.address("192.0.2.2"),
                                        Frame.address("192.0.2." + (11 + id)),
                                        Optional.of(Rig.hop(Rig.SAME_INTERFACE, 0, Rig.MTU))));
            }
            flooded.ring(0, 0);
            flooded.send(TCP.flags(SYN));
            flooded.send(TCP);
            flooded.ring(0, 1);

            flooded.datapath()
                    .program()
                    .testRun(TestRun.packet(TCP.flags(SYN).bytes()).repeated(1_000_000));

            assertThat(flooded.datapath().counters().synsBlind()).isPositive();
            assertThat(flooded.send(TCP).memberId()).isZero();
        }
    }

    // --- mid-stream and datagrams -----------------------------------------------------------------------------------

    @Test
    void a_flow_seen_mid_stream_is_unconfirmed_until_its_second_packet() {
        for (Frame frame : List.of(TCP, TCP6, UDP)) {
            Rig.Outcome first = rig.send(frame);
            assertThat(first.reason()).isEqualTo(FORWARDED_NEW_FLOW);
            assertThat(rig.trackedFlow(frame).state()).isEqualTo(FlowState.UNCONFIRMED);

            Rig.Outcome second = rig.send(frame);
            assertThat(second.reason()).isEqualTo(FORWARDED_FLOW);
            assertThat(second.memberId()).isEqualTo(first.memberId());
            assertThat(rig.trackedFlow(frame).state()).isEqualTo(FlowState.ESTABLISHED);
        }
    }

    @Test
    void a_tcp_flow_seen_once_is_forgotten_after_a_minute() {
        rig.send(TCP);
        rig.age(Duration.ofSeconds(70));

        assertThat(rig.flow(TCP)).isEmpty();
    }

    @Test
    void a_single_datagram_is_remembered_for_the_idle_time_of_its_service() {
        rig.send(UDP);
        rig.age(Duration.ofSeconds(290));
        assertThat(rig.flow(UDP)).isPresent();

        rig.age(Duration.ofSeconds(20));
        assertThat(rig.flow(UDP)).isEmpty();
    }

    @Test
    void tcp_and_udp_of_the_same_ports_are_two_flows() {
        rig.send(TCP);
        rig.send(UDP);

        assertThat(rig.census().live()).isEqualTo(2);
    }

    @Test
    void a_service_without_tracking_follows_the_ring_alone() {
        rig.service(0, false);

        assertThat(rig.send(TCP.flags(SYN)).reason()).isEqualTo(FORWARDED_STATELESS);
        assertThat(rig.send(UDP).reason()).isEqualTo(FORWARDED_STATELESS);
        assertThat(rig.census().live() + rig.census().halfOpen()).isZero();
    }

    // --- members
    // ------------------------------------------------------------------------------------------------------

    @Test
    void a_draining_member_keeps_its_flows_and_gets_no_new_ones() {
        int member = connect(TCP);
        rig.state(member, MemberState.DRAIN).ring(0, other(member));

        assertThat(rig.send(TCP.data(9)).memberId()).isEqualTo(member);
        for (int port = 41000; port < 41050; port++) {
            assertThat(connect(TCP.sourcePort(port))).isEqualTo(other(member));
        }
    }

    @Test
    void a_handshake_that_a_drain_interrupts_ends_at_its_member() {
        int member = rig.send(TCP.flags(SYN)).memberId();
        rig.state(member, MemberState.DRAIN).ring(0, other(member));

        assertThat(rig.send(TCP.flags(SYN)).memberId()).isEqualTo(member);
        assertThat(rig.send(TCP).memberId()).isEqualTo(member);
    }

    @Test
    void the_flows_of_a_member_that_is_down_are_picked_again_and_stay_there() {
        int member = connect(TCP);
        rig.state(member, MemberState.DOWN).ring(0, other(member));

        Rig.Outcome moved = rig.send(TCP.data(9));
        assertThat(moved.reason()).isEqualTo(FORWARDED_REPICKED);
        assertThat(moved.memberId()).isEqualTo(other(member));
        assertThat(rig.datapath().counters().service(0).flowsRepicked()).isOne();

        rig.state(member, MemberState.IN).ring(0, member);
        Rig.Outcome after = rig.send(TCP.data(9));
        assertThat(after.reason()).isEqualTo(FORWARDED_FLOW);
        assertThat(after.memberId()).isEqualTo(other(member));
    }

    @Test
    void a_syn_whose_member_went_down_is_picked_again() {
        int member = rig.send(TCP.flags(SYN)).memberId();
        rig.state(member, MemberState.DOWN).ring(0, other(member));

        assertThat(rig.send(TCP.flags(SYN)).memberId()).isEqualTo(other(member));
        assertThat(rig.send(TCP).memberId()).isEqualTo(other(member));
    }

    @Test
    void an_empty_ring_drops_new_flows_and_those_of_members_that_are_down() {
        int member = connect(TCP);
        rig.ring(0);

        assertThat(rig.send(UDP).reason()).isEqualTo(DROPPED_NO_MEMBER);
        assertThat(rig.send(TCP.flags(SYN).sourcePort(41000)).reason()).isEqualTo(DROPPED_NO_MEMBER);
        assertThat(rig.send(TCP).reason()).isEqualTo(FORWARDED_FLOW);
        rig.state(member, MemberState.DOWN);
        assertThat(rig.send(TCP).reason()).isEqualTo(DROPPED_NO_MEMBER);
    }

    @Test
    void a_ring_slot_that_names_nobody_drops_the_packet() {
        rig.ring(0, 7);

        assertThat(rig.send(UDP).reason()).isEqualTo(DROPPED_NO_MEMBER);
    }

    @Test
    void a_ring_slot_past_the_services_block_drops_the_packet_even_if_somebody_is_there() {
        ServiceRow row = rig.datapath().services().read(0).orElseThrow();
        rig.datapath()
                .services()
                .write(0, new ServiceRow(row.nameHash(), 0, 1, true, row.tcpIdleTicks(), row.udpIdleTicks()));

        assertThat(rig.ring(0, 1).send(UDP).reason()).isEqualTo(DROPPED_NO_MEMBER);
        assertThat(rig.ring(0, 0).send(UDP).reason()).isEqualTo(FORWARDED_NEW_FLOW);
    }

    @Test
    void an_entry_of_another_services_member_is_left_alone_and_counted_as_alias() {
        rig.service(1).member(16, "192.0.2.2", "10.0.1.99");
        connect(TCP);
        rig.editEntries(entry -> FlowEntry.withMember(entry, 16));

        Rig.Outcome outcome = rig.send(TCP);
        assertThat(outcome.reason()).isEqualTo(FORWARDED_UNTRACKED);
        assertThat(outcome.memberId()).isIn(0, 1);
        assertThat(rig.trackedFlow(TCP).member()).isEqualTo(16);
        assertThat(rig.datapath().counters().service(0).flowsAliased()).isOne();
    }

    @Test
    void an_entry_of_a_member_that_is_gone_is_taken_over() {
        connect(TCP);
        rig.editEntries(entry -> FlowEntry.withMember(entry, 9));

        assertThat(rig.send(TCP).reason()).isEqualTo(FORWARDED_NEW_FLOW);
        assertThat(rig.trackedFlow(TCP).member()).isIn(0, 1);
        assertThat(rig.census().live()).isOne();
    }

    @Test
    void flows_can_be_given_to_another_member_or_flushed() {
        int member = connect(TCP);
        FlowTable flows = rig.datapath().flows();

        assertThat(flows.remap(member, other(member))).isOne();
        assertThat(rig.send(TCP).memberId()).isEqualTo(other(member));
        assertThat(rig.census().flows(other(member))).isOne();
        assertThat(flows.flushMember(other(member))).isOne();
        assertThat(rig.flow(TCP)).isEmpty();
    }

    // --- full sets ---------------------------------------------------------------------------------------------------

    @Test
    void a_flow_whose_home_set_is_full_spills_into_its_second_set() {
        List<Frame> crowd = flowsOfSet(homeSet(UDP), 8, 1);
        crowd.forEach(this::confirm);

        confirm(UDP);

        assertThat(rig.census().spilled()).isOne();
        assertThat(rig.trackedFlow(UDP).state()).isEqualTo(FlowState.ESTABLISHED);
        assertThat(crowd)
                .allSatisfy(frame -> assertThat(rig.send(frame).reason()).isEqualTo(FORWARDED_FLOW));
    }

    @Test
    void where_both_sets_are_full_of_confirmed_flows_one_of_them_moves_and_none_is_lost() {
        List<Frame> crowd = new ArrayList<>(flowsOfSet(homeSet(UDP), 8, 1));
        crowd.addAll(flowsOfSet(secondSet(UDP), 8, 2));
        crowd.forEach(this::confirm);

        confirm(UDP);

        assertThat(rig.trackedFlow(UDP).state()).isEqualTo(FlowState.ESTABLISHED);
        assertThat(rig.census().live()).isEqualTo(17);
        assertThat(rig.census().spilled()).isOne();
        assertThat(crowd)
                .allSatisfy(frame -> assertThat(rig.send(frame).reason()).isEqualTo(FORWARDED_FLOW));
    }

    @Test
    void a_flow_is_untracked_while_no_flow_of_its_sets_can_move() {
        rig.crowd(UDP.tuple(), true, FlowState.ESTABLISHED, 0);
        long before = rig.census().live();

        Rig.Outcome outcome = rig.send(UDP);
        assertThat(outcome.reason()).isEqualTo(FORWARDED_UNTRACKED);
        assertThat(rig.send(UDP).memberId()).as("the ring's").isEqualTo(outcome.memberId());
        assertThat(rig.datapath().counters().service(0).flowsUntracked()).isEqualTo(2);
        assertThat(rig.census().live()).isEqualTo(before);
    }

    @Test
    void a_spilled_flow_is_not_moved_home_lest_a_packet_of_it_looks_in_between() {
        rig.crowd(UDP.tuple(), true, FlowState.ESTABLISHED, 0);
        rig.editEntries(entry -> FlowEntry.spilled(entry) ? entry : 0);
        Frame flow = flowsOfSet(secondSet(UDP), 1, 1).getFirst();
        flowsOfSet(secondSet(flow), 8, 2).forEach(this::confirm);

        assertThat(rig.send(flow).reason()).isEqualTo(FORWARDED_UNTRACKED);
        assertThat(rig.census().spilled()).isEqualTo(8);
    }

    @Test
    void a_new_flow_replaces_an_unconfirmed_one_rather_than_being_untracked() {
        flowsOfSet(homeSet(UDP), 8, 1).forEach(rig::send);
        flowsOfSet(secondSet(UDP), 8, 2).forEach(this::confirm);

        assertThat(rig.send(UDP).reason()).isEqualTo(FORWARDED_NEW_FLOW);
        assertThat(rig.trackedFlow(UDP).state()).isEqualTo(FlowState.UNCONFIRMED);
        assertThat(rig.census().live()).isEqualTo(16);
        assertThat(rig.census().spilled()).isZero();
    }

    @Test
    void expired_ways_are_taken_before_live_ones() {
        flowsOfSet(homeSet(UDP), 8, 1).forEach(this::confirm);
        rig.age(Duration.ofMinutes(6));

        assertThat(rig.send(UDP).reason()).isEqualTo(FORWARDED_NEW_FLOW);
        assertThat(rig.census().spilled()).isZero();
        assertThat(rig.census().live()).isOne();
    }

    @Test
    void a_flood_of_syns_leaves_the_main_table_alone() {
        for (int port = 1024; port < 1324; port++) {
            rig.send(TCP.flags(SYN).sourcePort(port));
        }

        assertThat(rig.census().live()).isZero();
        assertThat(rig.census().halfOpen()).isEqualTo(300);
    }

    // --- the hash, and where entries are
    // --------------------------------------------------------------------------------

    @Test
    void java_finds_each_flow_where_the_program_put_it() {
        Random random = new Random(7);
        byte[] address4 = new byte[4];
        byte[] address6 = new byte[16];
        for (int i = 0; i < 2000; i++) {
            random.nextBytes(address4);
            random.nextBytes(address6);
            for (Frame frame : List.of(
                    UDP.from(Addresses.of(address4), random.nextInt(0x10000)),
                    TCP6.from(global(address6), random.nextInt(0x10000)))) {
                rig.datapath().program().testRun(frame.bytes());
                assertThat(rig.flow(frame)).as(frame.tuple().toString()).isPresent();
            }
        }
        assertThat(rig.census().live()).isEqualTo(4000);
    }

    private static InetAddress global(byte[] address) {
        address[0] = 0x20;
        return Addresses.of(address);
    }

    private void confirm(Frame frame) {
        rig.send(frame);
        rig.send(frame);
        assertThat(rig.trackedFlow(frame).state()).isEqualTo(FlowState.ESTABLISHED);
    }

    private long hash(Frame frame) {
        Datapath datapath = rig.datapath();
        int seed = datapath.vips().flowSeed(frame.tuple());
        return datapath.hash().of(frame.source(), frame.tuple().ports(), seed);
    }

    private int setBits() {
        return Long.numberOfTrailingZeros(rig.datapath().flows().capacity() / FlowEntry.WAYS);
    }

    private int homeSet(Frame frame) {
        return FlowEntry.homeSet(hash(frame), setBits());
    }

    private int secondSet(Frame frame) {
        return FlowEntry.spillSet(homeSet(frame), FlowEntry.tagOfHash(hash(frame)), setBits());
    }

    /** So many UDP flows with that home set; {@code network} keeps those of two calls apart. */
    private List<Frame> flowsOfSet(int set, int count, int network) {
        List<Frame> found = new ArrayList<>();
        for (int host = 0; found.size() < count; host++) {
            InetAddress source = Addresses.of4(10 << 24 | network << 20 | host >>> 15);
            Frame frame = UDP.from(source, 1024 + (host & 0x7fff));
            if (homeSet(frame) == set) {
                found.add(frame);
            }
        }
        return found;
    }
}
