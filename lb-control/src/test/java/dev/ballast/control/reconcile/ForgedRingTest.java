package dev.ballast.control.reconcile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.control.model.Address;
import dev.ballast.control.model.Config;
import dev.ballast.control.model.ConfigReader;
import dev.ballast.control.model.Encap;
import dev.ballast.control.model.Node;
import dev.ballast.control.model.Prefix;
import dev.ballast.control.model.Ring.Algorithm;
import dev.ballast.control.model.Service;
import dev.ballast.control.model.Sources;
import dev.ballast.control.model.Vip;
import dev.ballast.control.plan.Hop;
import dev.ballast.control.plan.MemberIntent;
import dev.ballast.control.plan.MemberIntent.Standing;
import dev.ballast.control.plan.Plan;
import dev.ballast.control.plan.Planner;
import dev.ballast.control.plan.ServiceIntent;
import dev.ballast.datapath.PublishedRing;
import dev.ballast.datapath.RingRange;
import dev.ballast.datapath.TableMemory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Somebody writes another place into a service's ring word: any place, also the one that the ring will be given next. */
class ForgedRingTest {
    private static final int AREA_SLOTS = 4 * 256;
    private static final int RING_SLOTS = 251;

    @TempDir
    Path state;

    @ParameterizedTest
    @ValueSource(ints = {8, 16, 24})
    void is_repaired_and_said_wherever_the_word_points(int baseChunk) throws Exception {
        Secret secret = Secret.of(state);
        Config config = ConfigReader.read("forged.yaml", """
                version: 1
                node: {name: lb1, interfaces: [{name: one}]}
                """.getBytes(UTF_8));
        TableWatch watch = new TableWatch();
        TableMemory memory = new TableMemory(2, 16, AREA_SLOTS, secret.bytes(), watch);
        watch.over(memory);
        Reconciler daemon = new FakeKernel(memory, watch).reconciler(secret, _ -> {}, () -> 1_000);
        daemon.open(config);
        Plan plan = Planner.plan(
                List.of(service()), Plan.EMPTY, (_, row) -> row, new Node.Limits(1 << 19, 2, 16, AREA_SLOTS));
        daemon.reconcile(plan, config, false);
        watch.lookAway();
        PublishedRing right = memory.ring(0);
        RingRange forged = new RingRange(baseChunk, right.range().orElseThrow().slots());
        memory.tables().services().publishRing(0, new PublishedRing(Optional.of(forged), right.generation()));

        assertThat(daemon.reconcile(plan, config, true)).isNotEmpty();

        PublishedRing repaired = memory.ring(0);
        assertThat(repaired.generation()).isNotEqualTo(right.generation());
        assertThat(memory.slots(repaired.range().orElseThrow())).containsOnly((short) 0);
        daemon.close();
    }

    private static ServiceIntent service() {
        Hop hop = new Hop(1, 0x20000000001L, 7, 0, 1500, Address.parse("10.9.0.1"), true);
        return new ServiceIntent(
                "web",
                List.of(new Vip(new Prefix(Address.parse("203.0.113.10"), 32), 80, Vip.Protocol.TCP)),
                Encap.IPIP,
                RING_SLOTS,
                Algorithm.MAGLEV,
                Duration.ZERO,
                true,
                Duration.ofMinutes(15),
                Duration.ofMinutes(1),
                Service.Hash.FIVE_TUPLE,
                Sources.ALL,
                List.of(new MemberIntent(
                        Address.parse("10.0.1.11"), 100, Standing.IN, Optional.of(hop), Optional.empty())));
    }
}
