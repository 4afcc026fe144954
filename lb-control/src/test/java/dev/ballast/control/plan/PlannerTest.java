package dev.ballast.control.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.control.model.Address;
import dev.ballast.control.model.Encap;
import dev.ballast.control.model.Node.Limits;
import dev.ballast.control.model.Ring.Algorithm;
import dev.ballast.control.model.ServerId;
import dev.ballast.control.model.Service;
import dev.ballast.control.model.Sources;
import dev.ballast.control.model.Vip;
import dev.ballast.control.plan.MemberIntent.Standing;
import dev.ballast.control.plan.Plan.MemberRow;
import dev.ballast.control.plan.Plan.RingSpec;
import dev.ballast.ring.CalibratedRendezvous;
import dev.ballast.ring.HashKey;
import dev.ballast.ring.Maglev;
import dev.ballast.ring.RingKey;
import dev.ballast.ring.RingMember;
import dev.ballast.ring.RingSize;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PlannerTest {
    private static final Limits LIMITS = new Limits(1 << 20, 10, 256, 1 << 20);
    private static final Hop HOP = new Hop(3, 0x02_00_00_00_00_01L, 0x02_00_00_00_00_02L, 0, 1500, address(1), true);

    private static Address address(int last) {
        return Address.parse("10.0." + last / 250 + "." + (1 + last % 250));
    }

    private static MemberIntent member(int last) {
        return new MemberIntent(address(last), 100, Standing.IN, Optional.of(HOP), Optional.empty());
    }

    private static ServiceIntent service(String name, MemberIntent... members) {
        return service(name, List.of(members));
    }

    private static ServiceIntent service(String name, List<MemberIntent> members) {
        Vip vip = Vip.of(Address.parse("203.0.113." + (name.hashCode() & 0xff)), 80, Vip.Protocol.TCP);
        return new ServiceIntent(
                name,
                List.of(vip),
                Encap.IPIP,
                251,
                Algorithm.MAGLEV,
                Duration.ofMinutes(5),
                true,
                Duration.ofMinutes(15),
                Duration.ofMinutes(1),
                Service.Hash.FIVE_TUPLE,
                Sources.ALL,
                members);
    }

    private static Plan plan(Plan before, ServiceIntent... intents) throws PlanException {
        return plan(before, List.of(intents));
    }

    private static Plan plan(Plan before, List<ServiceIntent> intents) throws PlanException {
        List<ServiceIntent> byName = intents.stream()
                .sorted(Comparator.comparing(ServiceIntent::name))
                .toList();
        return Planner.plan(byName, before, (_, row) -> row, LIMITS);
    }

    private static Plan first(ServiceIntent... intents) throws PlanException {
        return plan(Plan.EMPTY, List.of(intents));
    }

    private static int id(Plan plan, String service, Address address) {
        return plan.allocation().currentId(NameHash.of(service), address).orElseThrow();
    }

    @Test
    void ids_do_not_follow_the_order_in_the_file() throws PlanException {
        Plan one = first(service("web", member(1), member(2), member(3)), service("dns", member(9)));
        Plan two = first(service("dns", member(9)), service("web", member(3), member(1), member(2)));
        assertThat(two).isEqualTo(one);
    }

    @Test
    void an_unchanged_intent_changes_no_row() throws PlanException {
        ServiceIntent web = service("web", member(1), member(2));
        Plan one = first(web);
        assertThat(plan(one, web)).isEqualTo(one);
    }

    @Test
    void a_new_member_moves_no_other() throws PlanException {
        Plan one = first(service("web", member(2), member(3)));
        Plan two = plan(one, service("web", member(1), member(2), member(3)));
        assertThat(id(two, "web", address(2))).isEqualTo(id(one, "web", address(2)));
        assertThat(id(two, "web", address(3))).isEqualTo(id(one, "web", address(3)));
    }

    @Test
    void a_removed_member_leaves_the_ring_and_keeps_its_row_and_its_flows() throws PlanException {
        Plan one = first(service("web", member(1), member(2)));
        int left = id(one, "web", address(1));
        Plan two = plan(one, service("web", member(2)));
        MemberRow row = two.members().get(left);
        assertThat(row.standing()).isEqualTo(Standing.DRAIN);
        assertThat(row.hop()).contains(HOP);
        assertThat(row.configured()).isFalse();
        assertThat(two.services().get(0).ring().members())
                .extracting(RingMember::index)
                .doesNotContain(left);
    }

    @Test
    void a_member_that_was_down_when_it_was_removed_stays_down() throws PlanException {
        MemberIntent down = new MemberIntent(address(1), 100, Standing.DOWN, Optional.of(HOP), Optional.empty());
        Plan one = first(service("web", down, member(2)));
        Plan two = plan(one, service("web", member(2)));
        assertThat(two.members().get(id(one, "web", address(1))).standing()).isEqualTo(Standing.DOWN);
    }

    @Test
    void an_id_goes_to_nobody_else_before_it_was_released() throws PlanException {
        Plan one = first(service("web", member(1), member(2)));
        int left = id(one, "web", address(1));
        Plan two = plan(one, service("web", member(2), member(3)));
        assertThat(id(two, "web", address(3))).isNotEqualTo(left);

        Plan three = plan(two.release(Set.of(left)), service("web", member(2), member(3), member(4)));
        assertThat(id(three, "web", address(4))).isEqualTo(left);
    }

    @Test
    void a_member_that_comes_back_before_its_flows_have_ended_gets_its_id_back() throws PlanException {
        Plan one = first(service("web", member(1), member(2)));
        Plan two = plan(one, service("web", member(2)));
        Plan three = plan(two, service("web", member(1), member(2)));
        assertThat(three).isEqualTo(one);
    }

    @Test
    void a_service_that_outgrows_its_block_moves_and_keeps_its_old_rows_serving() throws PlanException {
        Plan one = first(service("web", member(1)), service("dns", member(100)));
        List<MemberIntent> many =
                IntStream.rangeClosed(1, 60).mapToObj(PlannerTest::member).toList();
        Plan two = plan(one, service("web", many), service("dns", member(100)));
        int old = id(one, "web", address(1));
        assertThat(id(two, "web", address(1))).isNotEqualTo(old);
        assertThat(two.members().get(old).standing()).isEqualTo(Standing.IN);
        assertThat(two.members().get(old).current()).isFalse();
        assertThat(id(two, "dns", address(100))).isEqualTo(id(one, "dns", address(100)));
    }

    @Test
    void a_service_that_outgrows_its_block_keeps_local_indexes_so_that_old_ring_and_new_base_fit()
            throws PlanException {
        Plan one = first(service("web", member(1), member(2), member(3)), service("dns", member(100)));
        Plan two = plan(one, service("web", member(2), member(3)), service("dns", member(100)));
        List<MemberIntent> many =
                IntStream.rangeClosed(2, 60).mapToObj(PlannerTest::member).toList();
        Plan three = plan(two, service("web", many), service("dns", member(100)));
        int oldBase = two.allocation().blocks().get(NameHash.of("web")).base();
        int newBase = three.allocation().blocks().get(NameHash.of("web")).base();
        assertThat(newBase).isNotEqualTo(oldBase);
        for (int last : new int[] {2, 3}) {
            assertThat(id(three, "web", address(last)) - newBase).isEqualTo(id(two, "web", address(last)) - oldBase);
        }
    }

    @Test
    void a_health_change_reaches_old_rows_too() throws PlanException {
        Plan one = first(service("web", member(1)), service("dns", member(100)));
        List<MemberIntent> many =
                IntStream.rangeClosed(1, 60).mapToObj(PlannerTest::member).toList();
        Plan two = plan(one, service("web", many), service("dns", member(100)));
        List<MemberIntent> oneDown = new ArrayList<>(many);
        oneDown.set(0, new MemberIntent(address(1), 100, Standing.DOWN, Optional.of(HOP), Optional.empty()));
        Plan three = plan(two, service("web", oneDown), service("dns", member(100)));
        assertThat(three.members().get(id(one, "web", address(1))).standing()).isEqualTo(Standing.DOWN);
    }

    @Test
    void a_removed_service_keeps_its_row_until_its_members_are_released() throws PlanException {
        Plan one = first(service("web", member(1)), service("dns", member(2)));
        Plan two = plan(one, service("dns", member(2)));
        assertThat(two.vips()).hasSize(1);
        int row = one.allocation().blocks().get(NameHash.of("web")).service();
        assertThat(two.services().get(row).ring().size()).isZero();
        Plan three = plan(two.release(Set.of(id(one, "web", address(1)))), service("dns", member(2)));
        assertThat(three.services()).doesNotContainKey(row);
    }

    @Test
    void only_members_that_can_take_flows_are_in_the_ring() throws PlanException {
        ServiceIntent web = service(
                "web",
                member(1),
                new MemberIntent(address(2), 0, Standing.IN, Optional.of(HOP), Optional.empty()),
                new MemberIntent(address(3), 100, Standing.DRAIN, Optional.of(HOP), Optional.empty()),
                new MemberIntent(address(4), 100, Standing.DOWN, Optional.of(HOP), Optional.empty()),
                new MemberIntent(address(5), 100, Standing.IN, Optional.empty(), Optional.empty()));
        Plan plan = first(web);
        assertThat(plan.services().get(0).ring().members()).hasSize(1);
        assertThat(plan.members()).hasSize(5);
    }

    @Test
    void what_does_not_fit_is_refused_with_the_limit_to_raise() {
        List<MemberIntent> many =
                IntStream.rangeClosed(1, 257).mapToObj(PlannerTest::member).toList();
        assertThatThrownBy(() -> first(service("web", many)))
                .isInstanceOf(PlanException.class)
                .hasMessageContaining("node.limits.members");
        ServiceIntent[] services = IntStream.range(0, 11)
                .mapToObj(i -> service("s" + i, member(i)))
                .toArray(ServiceIntent[]::new);
        assertThatThrownBy(() -> first(services))
                .isInstanceOf(PlanException.class)
                .hasMessageContaining("node.limits.services");
    }

    @Test
    void what_fits_the_table_as_a_whole_fits_it_service_by_service() throws PlanException {
        // 8 services of 31 and one of 8 are all 256 ids.
        ServiceIntent[] services = IntStream.range(0, 9)
                .mapToObj(s -> service(
                        "s" + s,
                        IntStream.range(0, s == 8 ? 8 : 31)
                                .mapToObj(i -> member(s * 31 + i))
                                .toList()))
                .toArray(ServiceIntent[]::new);
        assertThat(first(services).members()).hasSize(256);
    }

    @Test
    void a_service_that_comes_back_while_its_flows_live_gets_its_row_and_its_ids_back() throws PlanException {
        ServiceIntent web = service("web", member(1), member(2));
        ServiceIntent dns = service("dns", member(3));
        Plan one = first(web, dns);
        Plan without = plan(one, dns);
        assertThat(without.vips()).hasSize(1);
        assertThat(plan(without, web, dns)).isEqualTo(one);
    }

    @Test
    void no_sequence_of_changes_gives_one_id_to_two_holders_or_a_ring_index_to_a_wrong_address() throws PlanException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Plan plan = first();
        Map<Integer, Allocation.Holder> resting = new HashMap<>();
        for (int round = 0; round < 2_000; round++) {
            List<ServiceIntent> intents = new ArrayList<>();
            for (int s = 0; s < 4; s++) {
                if (random.nextInt(10) == 0) {
                    continue;
                }
                List<Integer> numbers =
                        new ArrayList<>(IntStream.range(0, 20).boxed().toList());
                Collections.shuffle(numbers, random);
                intents.add(service(
                        "s" + s,
                        numbers.subList(0, random.nextInt(20)).stream()
                                .map(PlannerTest::member)
                                .toList()));
            }
            plan = plan(plan, intents);
            String context = "seed " + seed + ", round " + round;
            Map<Integer, Allocation.Holder> holders = plan.allocation().holders();
            resting.forEach(
                    (id, holder) -> assertThat(holders.get(id)).as(context).isEqualTo(holder));
            for (Plan.ServiceRow service : plan.services().values()) {
                for (RingMember member : service.ring().members()) {
                    Allocation.Holder holder = holders.get(service.block().base() + member.index());
                    assertThat(holder.nameHash()).as(context).isEqualTo(service.nameHash());
                    assertThat(holder.address().bytes())
                            .as(context)
                            .isEqualTo(member.key().toBytes());
                }
            }
            // Half of the ids that nobody wants are found free of flows.
            Map<Integer, MemberRow> members = new TreeMap<>(plan.members());
            members.values().removeIf(row -> row.configured() || random.nextBoolean());
            Plan released = plan.release(members.keySet());
            resting.clear();
            resting.putAll(released.allocation().holders());
            plan = plan(released, intents);
        }
    }

    private static MemberIntent quicMember(int last, int serverId) {
        return new MemberIntent(
                address(last), 100, Standing.IN, Optional.of(HOP), Optional.of(new ServerId(serverId, 1)));
    }

    private static ServiceIntent with(ServiceIntent service, Encap encap, Service.Hash hash) {
        return new ServiceIntent(
                service.name(),
                service.vips(),
                encap,
                service.ringSize(),
                service.algorithm(),
                service.keepPrevious(),
                service.track(),
                service.tcpIdle(),
                service.udpIdle(),
                hash,
                service.sources(),
                service.members());
    }

    @Test
    void a_ring_is_built_by_the_algorithm_that_its_service_names() {
        HashKey key = new HashKey(1, 2);
        List<RingMember> members = List.of(
                new RingMember(0, new RingKey(0, 0x0a000001, 4), 100),
                new RingMember(1, new RingKey(0, 0x0a000002, 4), 100));
        RingSize size = new RingSize(251);
        assertThat(new RingSpec(251, Algorithm.MAGLEV, members).build(key)).isEqualTo(Maglev.build(members, size, key));
        assertThat(new RingSpec(251, Algorithm.RENDEZVOUS, members).build(key))
                .isEqualTo(CalibratedRendezvous.build(members, size, key))
                .isNotEqualTo(Maglev.build(members, size, key));
    }

    @Test
    void a_service_plans_the_ring_that_it_asks_for() throws PlanException {
        ServiceIntent maglev = service("web", member(1));
        ServiceIntent rendezvous = new ServiceIntent(
                maglev.name(),
                maglev.vips(),
                maglev.encap(),
                maglev.ringSize(),
                Algorithm.RENDEZVOUS,
                maglev.keepPrevious(),
                maglev.track(),
                maglev.tcpIdle(),
                maglev.udpIdle(),
                maglev.hash(),
                maglev.sources(),
                maglev.members());
        assertThat(first(rendezvous).services().get(0).ring().algorithm()).isEqualTo(Algorithm.RENDEZVOUS);
    }

    private static Optional<ServerId> serverId(Plan plan, int last) {
        return plan.members().get(id(plan, "web", address(last))).serverId();
    }

    @Test
    void quic_finds_a_member_that_left_by_its_server_id_until_another_has_it() throws PlanException {
        Plan one = first(service("web", quicMember(1, 0x2a), quicMember(2, 0x2b)));
        assertThat(serverId(one, 1)).contains(new ServerId(0x2a, 1));
        assertThat(one.services().get(0).serverIdBytes()).isEqualTo(1);

        Plan left = plan(one, service("web", quicMember(2, 0x2b)));
        assertThat(serverId(left, 1)).contains(new ServerId(0x2a, 1));

        Plan taken = plan(left, service("web", quicMember(2, 0x2b), quicMember(3, 0x2a)));
        assertThat(serverId(taken, 1)).isEmpty();
        assertThat(serverId(taken, 3)).contains(new ServerId(0x2a, 1));
    }

    @Test
    void server_ids_end_with_their_service_and_when_no_configured_member_has_one() throws PlanException {
        Plan one = first(service("web", quicMember(1, 0x2a), quicMember(2, 0x2b)), service("dns", member(3)));
        Plan none = plan(one, service("web", member(2)), service("dns", member(3)));
        assertThat(serverId(none, 1)).isEmpty();
        assertThat(none.services().get(0).serverIdBytes()).isZero();
        Plan removed = plan(one, service("dns", member(3)));
        assertThat(removed.members().values())
                .allSatisfy(row -> assertThat(row.serverId()).isEmpty());
    }

    @Test
    void members_that_left_are_reached_as_the_others_of_their_service_are() throws PlanException {
        Plan one = first(service("web", member(1), member(2)));
        Encap gue = new Encap.Gue(6080);
        Plan two = plan(one, with(service("web", member(2)), gue, Service.Hash.SOURCE));
        assertThat(two.members().values()).extracting(Plan.MemberRow::encap).containsExactly(gue, gue);
        assertThat(two.services().get(0).hash()).isEqualTo(Service.Hash.SOURCE);
        Plan removed = plan(two, service("dns", member(3)));
        assertThat(removed.members().get(id(one, "web", address(1))).encap()).isEqualTo(gue);
    }
}
