package dev.ballast.control.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.control.model.Address;
import dev.ballast.control.model.Percent;
import dev.ballast.control.plan.Disruptions.Detail;
import dev.ballast.control.plan.LiveFlows.OfMember;
import dev.ballast.control.plan.ServiceChange.Kind;
import dev.ballast.control.plan.Stake.Measure;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** What each kind of change disturbs; the numbers are worked out beside it, slot by slot and flow by flow. */
class DisruptionsTest {
    private static final String VIP = "{address: 203.0.113.10, port: 443, protocol: tcp}";
    private static final String OTHER_VIP = "{address: 203.0.113.11, port: 443, protocol: tcp}";
    private static final String THREE = web("", "11", "12", "13");

    private static String config(String... services) {
        return "version: 1\nnode: {name: lb1, interfaces: [{name: eth0}]}\ndefaults: {ring: {size: 251}}\nservices:"
                + (services.length == 0 ? " {}\n" : "\n" + String.join("", services));
    }

    private static String service(String name, String vips, String keys, String... backends) {
        String list = Arrays.stream(backends)
                .map(backend -> "{address: 10.0.1." + backend + "}")
                .collect(Collectors.joining(", "));
        return """
                  %s:
                    vips: [%s]
                    %s
                    checks: []
                    backends: [%s]
                """.formatted(name, vips, keys, list).indent(0);
    }

    /** Service web; a backend is {@code 11} or {@code 11, weight: 50}. */
    private static String web(String keys, String... backends) {
        return config(service("web", VIP, keys, backends));
    }

    private static Address backend(int last) {
        return Address.parse("10.0.1." + last);
    }

    private static ServiceDisruption only(DisruptionReport report) {
        assertThat(report.services()).hasSize(1);
        return report.services().getFirst();
    }

    private static int moved(List<String> before, List<String> after) {
        assertThat(after).hasSameSizeAs(before);
        return (int) IntStream.range(0, before.size())
                .filter(slot -> !before.get(slot).equals(after.get(slot)))
                .count();
    }

    /** What the losers lose, at least. */
    private static int minimum(List<String> before, List<String> after) {
        Map<String, Integer> balance = new HashMap<>();
        before.forEach(member -> balance.merge(member, 1, Integer::sum));
        after.forEach(member -> balance.merge(member, -1, Integer::sum));
        return balance.values().stream().mapToInt(lost -> Math.max(0, lost)).sum();
    }

    private static SlotMoves exact(List<String> before, List<String> after) {
        return new SlotMoves(before.size(), moved(before, after), minimum(before, after), Certainty.EXACT);
    }

    private static LiveFlows undisturbed(long live) {
        return new LiveFlows(true, live, List.of(), 0, Certainty.EXACT);
    }

    @Test
    void the_same_configuration_disturbs_nothing() {
        assertThat(ProposalFixture.running(THREE).flows("web/10.0.1.11", 7).to(THREE))
                .isEqualTo(new DisruptionReport(List.of(), 1, List.of(), Manner.HOT, 7));
    }

    @Test
    void a_removed_member_puts_the_flows_that_it_has_at_stake_and_no_other() {
        ProposalFixture fixture =
                ProposalFixture.running(THREE).flows("web/10.0.1.11", 40).flows("web/10.0.1.12", 60);
        String after = web("", "12", "13");

        ServiceDisruption web = only(fixture.to(after));

        assertThat(web.change().kind()).isEqualTo(Kind.CHANGED);
        assertThat(web.change().membersRemoved()).containsExactly(backend(11));
        assertThat(web.slots()).contains(exact(fixture.ring("web"), fixture.ringAfter(after, "web")));
        assertThat(web.slots().orElseThrow().moved()).isGreaterThan(80);
        assertThat(web.flows())
                .isEqualTo(new LiveFlows(true, 100, List.of(new OfMember(backend(11), 40)), 0, Certainty.EXACT));
        assertThat(web.stake()).isEqualTo(new Stake(Measure.FLOWS, 40, 100, Certainty.EXACT));
        assertThat(web.manner()).isEqualTo(Manner.HOT);
    }

    @Test
    void a_removed_member_whose_flows_have_ended_disturbs_nothing() {
        ServiceDisruption web = only(ProposalFixture.runningDrained("web/10.0.1.11", THREE)
                .flows("web/10.0.1.12", 60)
                .to(web("", "12", "13")));

        assertThat(web.stake()).isEqualTo(new Stake(Measure.FLOWS, 0, 60, Certainty.EXACT));
        assertThat(web.slots()).as("it had no slot any more").contains(new SlotMoves(251, 0, 0, Certainty.EXACT));
    }

    @Test
    void the_flows_of_a_removed_member_that_is_down_are_healths_to_move() {
        ServiceDisruption web = only(ProposalFixture.runningWithoutHealthOf("web/10.0.1.11", THREE)
                .flows("web/10.0.1.11", 40)
                .flows("web/10.0.1.12", 60)
                .to(web("", "12", "13")));

        assertThat(web.stake()).isEqualTo(new Stake(Measure.FLOWS, 0, 100, Certainty.EXACT));
        assertThat(web.slots()).contains(new SlotMoves(251, 0, 0, Certainty.EXACT));
    }

    @Test
    void a_drain_moves_slots_and_no_flow() {
        ProposalFixture fixture = ProposalFixture.running(THREE).flows("web/10.0.1.11", 40);
        String drained = web("", "11, drain: true", "12", "13");

        ServiceDisruption byFile = only(fixture.to(drained));
        ServiceDisruption byCommand = only(fixture.drained("web/10.0.1.11", true));

        assertThat(byFile.change().drained()).containsExactly(backend(11));
        assertThat(byCommand.change().drained()).containsExactly(backend(11));
        assertThat(byFile.slots())
                .contains(exact(fixture.ring("web"), fixture.ringAfter(drained, "web")))
                .isEqualTo(byCommand.slots());
        assertThat(byFile.flows()).isEqualTo(undisturbed(40)).isEqualTo(byCommand.flows());
    }

    @Test
    void the_end_of_a_drain_gives_the_member_its_slots_back() {
        ProposalFixture fixture = ProposalFixture.runningDrained("web/10.0.1.11", THREE);

        ServiceDisruption web = only(fixture.drained("web/10.0.1.11", false));

        assertThat(web.change().undrained()).containsExactly(backend(11));
        assertThat(web.slots())
                .contains(exact(
                        fixture.ring("web"), ProposalFixture.running(THREE).ring("web")));
    }

    @Test
    void another_weight_and_another_member_move_slots_and_no_flow() {
        ProposalFixture fixture = ProposalFixture.running(THREE).flows("web/10.0.1.12", 5);
        String after = web("", "11, weight: 10", "12", "13", "14");

        ServiceDisruption web = only(fixture.to(after));

        assertThat(web.change().weighted()).containsExactly(backend(11));
        assertThat(web.change().membersAdded()).containsExactly(backend(14));
        assertThat(web.slots()).contains(exact(fixture.ring("web"), fixture.ringAfter(after, "web")));
        assertThat(web.flows()).isEqualTo(undisturbed(5));
    }

    @Test
    void a_member_that_is_down_moves_nothing_whatever_is_changed_of_it() {
        ServiceDisruption web = only(
                ProposalFixture.runningWithoutHealthOf("web/10.0.1.11", web("flows: {track: false}", "11", "12", "13"))
                        .to(web("flows: {track: false}", "11, weight: 1", "12", "13")));

        assertThat(web.change().weighted()).containsExactly(backend(11));
        assertThat(web.stake()).isEqualTo(new Stake(Measure.SLOTS, 0, 251, Certainty.EXACT));
    }

    @Test
    void without_tracking_each_slot_that_moves_is_at_stake() {
        ProposalFixture fixture = ProposalFixture.running(web("flows: {track: false}", "11", "12", "13"));
        String after = web("flows: {track: false}", "12", "13");

        ServiceDisruption web = only(fixture.to(after, Detail.BUDGET));

        int moved = moved(fixture.ring("web"), fixture.ringAfter(after, "web"));
        assertThat(web.flows()).isEqualTo(LiveFlows.UNTRACKED);
        assertThat(web.stake()).isEqualTo(new Stake(Measure.SLOTS, moved, 251, Certainty.EXACT));
        assertThat(only(fixture.drained("web/10.0.1.11", true)).stake()).isEqualTo(web.stake());
    }

    @Test
    void for_the_budget_of_a_tracked_service_no_ring_is_needed() {
        assertThat(only(ProposalFixture.running(THREE).to(web("", "12", "13"), Detail.BUDGET))
                        .slots())
                .isEmpty();
    }

    @Test
    void settings_that_no_flow_feels_disturb_nothing() {
        ProposalFixture fixture = ProposalFixture.running(THREE).flows("web/10.0.1.11", 9);

        ServiceDisruption idle = only(fixture.to(web("flows: {tcpIdle: 30s}", "11", "12", "13")));
        ServiceDisruption gue = only(fixture.to(web("encap: {type: gue}", "11", "12", "13")));

        assertThat(idle.change().settings()).containsExactly("flows.tcpIdle: 30s, was 15m");
        assertThat(idle.manner()).isEqualTo(Manner.HOT);
        assertThat(gue.change().settings()).containsExactly("encap: gue port 6080, was ipip");
        assertThat(gue.manner()).as("the program has to learn GUE").isEqualTo(Manner.SWAP);
        assertThat(only(ProposalFixture.running(web("encap: {type: gue}", "11")).to(web("", "11")))
                        .manner())
                .as("and may forget it")
                .isEqualTo(Manner.SWAP);
        assertThat(List.of(idle, gue)).allSatisfy(web -> {
            assertThat(web.slots()).contains(new SlotMoves(251, 0, 0, Certainty.EXACT));
            assertThat(web.flows()).isEqualTo(undisturbed(9));
        });
    }

    @Test
    void another_hash_moves_all_but_who_meets_his_member_by_chance_and_of_a_tracked_service_nobody() {
        ProposalFixture tracked = ProposalFixture.running(THREE).flows("web/10.0.1.11", 9);
        ServiceDisruption web = only(tracked.to(web("hash: source", "11", "12", "13")));
        ServiceDisruption untracked = only(ProposalFixture.running(web("flows: {track: false}", "11", "12", "13"))
                .to(web("flows: {track: false}\n    hash: source", "11", "12", "13")));

        // 251 slots: 84 + 84 + 83; two flows meet with the sum of the squares of the shares.
        int strangers = (int) Math.ceil(251 * (1 - (84.0 * 84 + 84 * 84 + 83 * 83) / (251 * 251)));
        assertThat(web.slots()).contains(new SlotMoves(251, strangers, 0, Certainty.ABOUT));
        assertThat(web.flows()).isEqualTo(undisturbed(9));
        assertThat(web.manner()).isEqualTo(Manner.SWAP);
        assertThat(untracked.stake()).isEqualTo(new Stake(Measure.SLOTS, strangers, 251, Certainty.ABOUT));
    }

    @Test
    void a_hash_of_quic_chooses_slots_as_the_five_tuple_does() {
        String udp = VIP.replace("tcp", "udp");
        ServiceDisruption web =
                only(ProposalFixture.running(config(service("web", udp, "flows: {track: false}", "11", "12")))
                        .to(config(service("web", udp, "flows: {track: false}\n    hash: quic", "11", "12"))));

        assertThat(web.stake()).isEqualTo(new Stake(Measure.SLOTS, 0, 251, Certainty.EXACT));
    }

    @Test
    void a_ring_of_another_size_moves_what_the_stretches_of_tags_say() {
        ProposalFixture fixture = ProposalFixture.running(web("flows: {track: false}", "11", "12", "13"));
        String after = web("flows: {track: false}\n    ring: {size: 257}", "11", "12", "13");
        List<String> small = fixture.ring("web");
        List<String> large = fixture.ringAfter(after, "web");

        ServiceDisruption web = only(fixture.to(after));

        // In 251 * 257 equal parts of the tags each part is in one slot of either ring.
        long moved = IntStream.range(0, 251 * 257)
                .filter(part -> !small.get(part / 257).equals(large.get(part / 251)))
                .count();
        assertThat(web.slots().orElseThrow().moved()).isEqualTo((int) Math.ceilDiv(moved, 257L));
        assertThat(web.slots().orElseThrow().minimum()).isLessThan(3);
        assertThat(web.stake().disturbed()).isEqualTo(web.slots().orElseThrow().moved());
        assertThat(only(ProposalFixture.running(THREE)
                                .flows("web/10.0.1.11", 5)
                                .to(web("ring: {size: 257}", "11", "12", "13")))
                        .flows())
                .isEqualTo(undisturbed(5));
    }

    @Test
    void where_tracking_ends_the_flows_that_are_not_on_the_rings_member_are_counted_by_their_tags() {
        ProposalFixture fixture = ProposalFixture.running(THREE);
        SplittableRandom random = new SplittableRandom(7);
        int[] tags = random.ints(3_000, 0, 1 << 30).toArray();
        // Half of them as the ring has them, half of them all over the place, as an older ring left them.
        List<String> ring = fixture.ring("web");
        String[] owners = new String[tags.length];
        for (int i = 0; i < tags.length; i++) {
            owners[i] = i % 2 == 0 ? ring.get((int) ((long) tags[i] * 251 >> 30)) : "10.0.1." + random.nextInt(11, 14);
        }
        for (int last = 11; last <= 13; last++) {
            String address = "10.0.1." + last;
            fixture.flows("web/" + address, (int)
                    Arrays.stream(owners).filter(address::equals).count());
        }
        FlowTags known = new FlowTags();
        for (int i = 0; i < tags.length; i++) {
            known.visit(tags[i], fixture.id("web/" + owners[i]));
        }
        fixture.tags("web", known);
        String after = web("flows: {track: false}\n    ring: {size: 509}", "11", "12, drain: true", "14");

        ServiceDisruption web = only(fixture.to(after));

        List<String> next = fixture.ringAfter(after, "web");
        long leaving = Arrays.stream(owners).filter("10.0.1.13"::equals).count();
        long moving = IntStream.range(0, tags.length)
                .filter(i -> !owners[i].equals("10.0.1.13"))
                .filter(i -> !owners[i].equals(next.get((int) ((long) tags[i] * 509 >> 30))))
                .count();
        assertThat(moving).isBetween(100L, 2_900L);
        assertThat(web.flows())
                .isEqualTo(new LiveFlows(
                        true, 3_000, List.of(new OfMember(backend(13), leaving)), moving, Certainty.EXACT));
        assertThat(web.stake()).isEqualTo(new Stake(Measure.FLOWS, leaving + moving, 3_000, Certainty.EXACT));
    }

    @Test
    void where_tracking_ends_by_source_the_shares_say_what_to_expect() {
        ServiceDisruption web = only(ProposalFixture.running(web("hash: source", "11", "12"))
                .flows("web/10.0.1.11", 1_000)
                .to(web("hash: source\n    flows: {track: false}", "11", "12")));

        // 11 holds 125 or 126 of 251 slots.
        assertThat(web.flows().moving()).isBetween(498L, 502L);
        assertThat(web.flows().certainty()).isEqualTo(Certainty.ABOUT);
    }

    @Test
    void a_service_that_begins_to_be_tracked_is_judged_by_its_slots() {
        ServiceDisruption web = only(ProposalFixture.running(web("flows: {track: false}", "11", "12"))
                .to(web("", "11")));

        assertThat(web.stake().measure()).isEqualTo(Measure.SLOTS);
        assertThat(web.stake().disturbed()).isBetween(120L, 130L);
    }

    @Test
    void a_removed_service_loses_everything() {
        DisruptionReport report = ProposalFixture.running(THREE)
                .flows("web/10.0.1.11", 30)
                .flows("web/10.0.1.13", 12)
                .to(config());

        ServiceDisruption web = only(report);
        assertThat(web.change().kind()).isEqualTo(Kind.REMOVED);
        assertThat(web.slots()).contains(new SlotMoves(251, 251, 251, Certainty.EXACT));
        assertThat(web.stake()).isEqualTo(new Stake(Measure.FLOWS, 42, 42, Certainty.EXACT));
        assertThat(report.disturbedFlows()).isEqualTo(42).isEqualTo(report.liveFlows());
    }

    @Test
    void a_new_service_disturbs_nobody_and_the_others_are_counted() {
        DisruptionReport report = ProposalFixture.running(THREE)
                .to(THREE + service("shop", OTHER_VIP, "", "21").indent(0));

        ServiceDisruption shop = only(report);
        assertThat(shop.change().kind()).isEqualTo(Kind.ADDED);
        assertThat(shop.slots()).isEmpty();
        assertThat(shop.stake()).isEqualTo(Stake.NONE);
        assertThat(report.unchanged()).isEqualTo(1);
    }

    @Test
    void a_vip_that_goes_may_take_all_flows_along_and_the_last_one_does() {
        ProposalFixture fixture = ProposalFixture.running(
                        config(service("web", VIP + ", " + OTHER_VIP, "", "11", "12")))
                .flows("web/10.0.1.11", 30);

        ServiceDisruption one = only(fixture.to(config(service("web", VIP, "", "11", "12"))));
        ServiceDisruption both = only(fixture.to(config(service("web", VIP.replace("443", "80"), "", "11", "12"))));

        assertThat(one.change().vipsRemoved()).hasSize(1);
        assertThat(one.stake()).isEqualTo(new Stake(Measure.FLOWS, 30, 30, Certainty.AT_MOST));
        assertThat(both.stake()).isEqualTo(new Stake(Measure.FLOWS, 30, 30, Certainty.EXACT));
    }

    @Test
    void a_vip_that_is_added_disturbs_nobody() {
        ServiceDisruption web = only(ProposalFixture.running(THREE)
                .flows("web/10.0.1.11", 30)
                .to(config(service("web", VIP + ", " + OTHER_VIP, "", "11", "12", "13"))));

        assertThat(web.change().vipsAdded()).hasSize(1);
        assertThat(web.flows()).isEqualTo(undisturbed(30));
    }

    @Test
    void a_port_that_becomes_any_keeps_its_flows_and_an_address_that_leaves_its_prefix_does_not() {
        String port = "{address: 203.0.113.10, port: 53, protocol: udp}";
        String any = "{address: 203.0.113.10, port: any, protocol: udp}";
        String prefix = "{address: 203.0.113.0/28, port: any, protocol: udp}";

        assertThat(only(ProposalFixture.running(config(service("web", port, "", "11")))
                                .flows("web/10.0.1.11", 30)
                                .to(config(service("web", any, "", "11"))))
                        .flows())
                .isEqualTo(undisturbed(30));
        assertThat(only(ProposalFixture.running(config(service("web", prefix, "", "11")))
                                .flows("web/10.0.1.11", 30)
                                .to(config(service("web", prefix + ", " + any, "", "11"))))
                        .stake())
                .isEqualTo(new Stake(Measure.FLOWS, 30, 30, Certainty.AT_MOST));
    }

    @Test
    void a_service_is_disturbed_by_a_vip_of_another_that_says_more_of_its_packets() {
        String prefix = "{address: 203.0.113.0/28, port: any, protocol: udp}";
        String inside = "{address: 203.0.113.5, port: 53, protocol: udp}";
        String otherProtocol = "{address: 203.0.113.5, port: 53, protocol: tcp}";
        ProposalFixture fixture = ProposalFixture.running(config(service("all", prefix, "", "11")))
                .flows("all/10.0.1.11", 30);

        DisruptionReport report =
                fixture.to(config(service("all", prefix, "", "11"), service("dns", inside, "", "12")));

        assertThat(report.services()).extracting(ServiceDisruption::service).containsExactly("all", "dns");
        assertThat(report.services().getFirst().change().kind()).isEqualTo(Kind.UNCHANGED);
        assertThat(report.services().getFirst().stake()).isEqualTo(new Stake(Measure.FLOWS, 30, 30, Certainty.AT_MOST));
        assertThat(report.unchanged()).isZero();
        assertThat(fixture.to(config(service("all", prefix, "", "11"), service("dns", otherProtocol, "", "12")))
                        .services())
                .extracting(ServiceDisruption::service)
                .containsExactly("dns");
    }

    @Test
    void a_service_without_tracking_that_serves_nobody_is_disturbed_by_nothing() {
        String untracked = web("flows: {track: false}", "11");
        ProposalFixture fixture = ProposalFixture.runningWithoutHealthOf("web/10.0.1.11", untracked);
        assertThat(only(fixture.to(config())).stake()).isEqualTo(Stake.NONE);
        assertThat(only(ProposalFixture.running(untracked).to(config())).stake())
                .isEqualTo(new Stake(Measure.SLOTS, 251, 251, Certainty.EXACT));
    }

    /** Prefixes with a port match before those with any, however long. */
    @Test
    void a_shorter_prefix_with_a_port_takes_packets_of_a_longer_one_with_any() {
        String longer = "{address: 203.0.113.64/28, port: any, protocol: udp}";
        String shorter = "{address: 203.0.113.0/24, port: 443, protocol: udp}";
        String shorterAny = "{address: 203.0.113.0/24, port: any, protocol: udp}";
        String longerPort = "{address: 203.0.113.64/28, port: 443, protocol: udp}";
        ProposalFixture fixture = ProposalFixture.running(config(service("all", longer, "", "11")))
                .flows("all/10.0.1.11", 30);
        assertThat(fixture.to(config(service("all", longer, "", "11"), service("quic", shorter, "", "12")))
                        .services()
                        .getFirst()
                        .stake())
                .isEqualTo(new Stake(Measure.FLOWS, 30, 30, Certainty.AT_MOST));
        assertThat(fixture.to(config(service("all", longer, "", "11"), service("quic", shorterAny, "", "12")))
                        .services())
                .extracting(ServiceDisruption::service)
                .containsExactly("quic");

        ProposalFixture withPort = ProposalFixture.running(config(service("all", longerPort, "", "11")))
                .flows("all/10.0.1.11", 30);
        assertThat(withPort.to(config(service("all", longerPort, "", "11"), service("quic", shorter, "", "12")))
                        .services())
                .extracting(ServiceDisruption::service)
                .containsExactly("quic");
    }

    @Test
    void a_server_id_that_leads_elsewhere_puts_the_slots_of_its_member_at_stake() {
        String udp = VIP.replace("tcp", "udp");
        String before = config(service("web", udp, "hash: quic", "11, serverId: \"0x01\"", "12, serverId: \"0x02\""));
        ProposalFixture fixture = ProposalFixture.running(before);
        long slotsOf11 =
                fixture.ring("web").stream().filter("10.0.1.11"::equals).count();

        assertThat(only(fixture.to(before.replace("0x01", "0x03"))).stake())
                .isEqualTo(new Stake(Measure.SLOTS, slotsOf11, 251, Certainty.ABOUT));
        assertThat(only(fixture.to(before.replace("hash: quic", "hash: 5-tuple")
                                .replace(", serverId: \"0x01\"", "")
                                .replace(", serverId: \"0x02\"", "")))
                        .stake())
                .isEqualTo(new Stake(Measure.SLOTS, 251, 251, Certainty.ABOUT));
        assertThat(only(fixture.to(config(service("web", udp, "hash: quic", "12, serverId: \"0x02\""))))
                        .stake()
                        .disturbed())
                .as("a member that leaves keeps its id")
                .isZero();
        assertThat(only(fixture.to(config(service("web", udp, "hash: quic", "12, serverId: \"0x01\""))))
                        .stake())
                .isEqualTo(new Stake(Measure.SLOTS, 251, 251, Certainty.ABOUT));
    }

    @Test
    void other_limits_are_a_restart() {
        DisruptionReport report =
                ProposalFixture.running(THREE).to(THREE.replace("interfaces:", "limits: {flows: 1Mi}, interfaces:"));

        assertThat(report.manner()).isEqualTo(Manner.RESTART);
        assertThat(report.general()).containsExactly("node.limits.flows: 1Mi, was 4Mi");
        assertThat(report.services()).isEmpty();
    }

    @Test
    void a_budget_is_kept_to_the_last_flow() {
        Stake stake = new Stake(Measure.FLOWS, 201, 10_000, Certainty.EXACT);
        assertThat(stake.exceeds(new Percent(200))).isTrue();
        assertThat(stake.exceeds(new Percent(201))).isFalse();
        assertThat(stake.budgetNeeded()).isEqualTo(new Percent(201));
        assertThat(new Stake(Measure.FLOWS, 1, 1_000_000, Certainty.EXACT).exceeds(Percent.NONE))
                .isTrue();
        assertThat(new Stake(Measure.FLOWS, 1, 1_000_000, Certainty.EXACT).budgetNeeded())
                .isEqualTo(new Percent(1));
        assertThat(new Stake(Measure.FLOWS, 5, 5, Certainty.EXACT).exceeds(Percent.ALL))
                .isFalse();
        assertThat(Stake.NONE.exceeds(Percent.NONE)).isFalse();
    }

    /** Any two sets of weights, zero among them, which drains. */
    @Property(tries = 60)
    void moved_slots_are_those_that_a_comparison_slot_by_slot_finds(
            @ForAll @Size(8) List<@IntRange(min = -1, max = 5) Integer> before,
            @ForAll @Size(8) List<@IntRange(min = -1, max = 5) Integer> after) {
        ProposalFixture fixture = ProposalFixture.running(weighted(before));

        DisruptionReport report = fixture.to(weighted(after));

        if (before.equals(after)) {
            assertThat(report.services()).isEmpty();
            return;
        }
        List<String> ring = fixture.ring("web");
        Optional<SlotMoves> slots = only(report).slots();
        if (ring.getFirst().equals("none")) {
            assertThat(slots).contains(new SlotMoves(251, 0, 0, Certainty.EXACT));
        } else {
            assertThat(slots).contains(exact(ring, fixture.ringAfter(weighted(after), "web")));
        }
    }

    /** Member i has the weight of that number times 20; below 0 it is not there. */
    private static String weighted(List<Integer> weights) {
        return web(
                "flows: {track: false}",
                IntStream.range(0, weights.size())
                        .filter(i -> weights.get(i) >= 0)
                        .mapToObj(i -> (11 + i) + ", weight: " + 20 * weights.get(i))
                        .toArray(String[]::new));
    }
}
