package dev.ballast.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.JsonFormat;
import dev.ballast.bpf.BpfMap;
import dev.ballast.bpf.BpfMapType;
import dev.ballast.lab.ExecResult;
import dev.ballast.lab.Subnet;
import dev.ballast.v1.MemberFlows;
import dev.ballast.v1.PlanReply;
import dev.ballast.v1.ServiceDisruption;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a change would do to connections that are open, said beforehand, and refused where it is too much. */
class PlanLabTest {
    private static final int CONNECTIONS_EACH = 20;

    /** What every packet writes, those of probes and neighbours too, and the daemon never. */
    private static final Set<String> OF_PACKETS = Set.of("verdicts", "cpu_states", "workspaces", "trie_keys");

    private static ProductLab product;

    @BeforeAll
    static void start() {
        product = ProductLab.start(4);
    }

    @AfterAll
    static void close() {
        if (product != null) {
            product.close();
        }
    }

    /** Service {@code web}; no ring is kept, so that the tables change with the configuration only and not with time. */
    private static ConfigText web(int... backends) {
        return web("", backends);
    }

    private static ConfigText web(String flows, int... backends) {
        return ConfigText.empty()
                .with(
                        "web",
                        product.webVips(),
                        ConfigText.backends(product.backends(backends)),
                        "ring: {keepPrevious: 0s}",
                        flows);
    }

    private static PlanReply plan(ConfigText config, String... flags) throws Exception {
        String file = product.write("planned.yaml", config).toString();
        ExecResult planned = product.ballast(
                        Stream.concat(Stream.of("plan", "-f", file, "-o", "json"), Stream.of(flags))
                                .toArray(String[]::new))
                .checked();
        PlanReply.Builder reply = PlanReply.newBuilder();
        JsonFormat.parser().merge(planned.stdout(), reply);
        return reply.build();
    }

    private static long on(Map<HttpConnection, String> backends, int number) {
        return backends.values().stream().filter(("backend" + number)::equals).count();
    }

    private static MemberFlows flows(int backend, long count) {
        return MemberFlows.newBuilder()
                .setAddress(Subnet.text(product.lab().backend(backend).address4()))
                .setFlows(count)
                .build();
    }

    /** Every map that is pinned but for those of packets, by a digest of what it holds. */
    private static Map<String, String> maps() throws Exception {
        Map<String, String> maps = new TreeMap<>();
        try (Stream<Path> pins = Files.list(product.balancer().pins().resolve("maps"))) {
            for (Path pin : pins.toList()) {
                try (BpfMap map = BpfMap.openPinned(pin)) {
                    String name = pin.getFileName().toString();
                    // What is sampled goes through a buffer and is not kept.
                    if (!OF_PACKETS.contains(name) && map.type() != BpfMapType.RINGBUF) {
                        maps.put(name, digest(map));
                    }
                }
            }
        }
        return maps;
    }

    private static String digest(BpfMap map) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (Arena arena = Arena.ofConfined()) {
            if (map.type() == BpfMapType.ARRAY) {
                digest.update(map.mmap(arena, false).asByteBuffer());
            } else {
                map.forEach((key, value) -> {
                    digest.update(key.asByteBuffer());
                    digest.update(value.asByteBuffer());
                });
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    @Test
    void connections_on_a_backend_are_counted_before_it_may_go_and_live_on_through_the_refusal() throws Exception {
        product.reset(web(1, 2, 3));
        List<HttpConnection> connections = product.connect(CONNECTIONS_EACH);
        Map<HttpConnection, String> backends = ProductLab.backendsOf(connections);
        long leaving = on(backends, 1);
        assertThat(leaving).isPositive();
        long revision = product.status().getRevision();

        ServiceDisruption web = plan(web(2, 3)).getDisruption().getServices(0);

        assertThat(web.getFlows().getLive()).isEqualTo(connections.size());
        assertThat(web.getFlows().getLeavingList()).containsExactly(flows(1, leaving));
        assertThat(web.getFlows().getMoving()).isZero();

        Map<String, String> before = maps();
        byte[] durable = Files.readAllBytes(product.balancer().stateDirectory().resolve("journal"));
        ExecResult refused = product.apply(web(2, 3), "--max-disruption", "0%");
        Map<String, String> after = maps();

        assertThat(refused.exit()).as(refused.stderr()).isEqualTo(1);
        assertThat(refused.stderr())
                .contains(
                        "service web: %d of %d live flows".formatted(leaving, connections.size()),
                        "the budget is 0% (--max-disruption)",
                        "ballast drain " + product.member(1),
                        "--max-disruption ",
                        "nothing was changed");
        assertThat(before)
                .containsKeys("vips4", "services", "members", "rings", "flows", "half_open", "member_counters");
        assertThat(after).as("every map, byte for byte").isEqualTo(before);
        assertThat(Files.readAllBytes(product.balancer().stateDirectory().resolve("journal")))
                .isEqualTo(durable);
        assertThat(product.status().getRevision()).isEqualTo(revision);
        product.assertUnbroken(backends, "after the refusal");

        ExecResult applied =
                product.apply(web(2, 3), "--max-disruption", "100%").checked();
        assertThat(applied.stdout())
                .contains("%d of %d live flows are disturbed".formatted(leaving, connections.size()));
        product.assertUnbroken(backends, "while their backend serves on");
        ProductLab.close(connections);
    }

    @Test
    void a_backend_that_was_drained_until_its_connections_ended_goes_within_a_budget_of_nothing() throws Exception {
        product.reset(web(1, 2, 3));
        List<HttpConnection> connections = product.connect(CONNECTIONS_EACH);
        Map<HttpConnection, String> backends = ProductLab.backendsOf(connections);
        product.ballast("drain", product.member(1), "--max-disruption", "0%").checked();
        assertThat(product.apply(web(2, 3), "--max-disruption", "0%").exit())
                .as("its connections are open")
                .isEqualTo(1);

        for (Map.Entry<HttpConnection, String> each : backends.entrySet()) {
            if (each.getValue().equals("backend1")) {
                each.getKey().close();
            }
        }
        backends.values().removeIf("backend1"::equals);
        product.balancer()
                .await(
                        status -> ProductLab.member(status, product.member(1)).getFlows() == 0,
                        "shows no open flow on " + product.member(1));

        assertThat(plan(web(2, 3), "--max-disruption", "0%").getObstaclesList()).isEmpty();
        product.apply(web(2, 3), "--max-disruption", "0%").checked();
        product.assertUnbroken(backends, "after the other backend went");
        ProductLab.close(connections);
    }

    @Test
    void connections_that_are_not_where_the_ring_would_have_them_are_counted_where_tracking_ends() throws Exception {
        product.reset(web(1, 2, 3));
        List<HttpConnection> connections = product.connect(CONNECTIONS_EACH);
        Map<HttpConnection, String> backends = ProductLab.backendsOf(connections);
        product.reset(web(2, 3));
        ConfigText untracked = web("flows: {track: false}", 2, 3);

        ServiceDisruption web =
                plan(untracked, "--allow-delete").getDisruption().getServices(0);

        assertThat(web.getFlows().getCertainty()).isEqualTo("exact");
        assertThat(web.getFlows().getLive()).isEqualTo(connections.size());
        assertThat(product.apply(untracked, "--allow-delete", "--max-disruption", "0%")
                        .exit())
                .isEqualTo(1);
        product.assertUnbroken(backends, "after the refusal");

        product.apply(untracked, "--allow-delete").checked();
        assertThat(broken(backends)).isEqualTo(web.getFlows().getMoving());
        ProductLab.close(connections);
    }

    /** Connections that get an answer no more: their packets go to a backend that does not know them. */
    private static long broken(Map<HttpConnection, String> backends) {
        long broken = 0;
        for (Map.Entry<HttpConnection, String> each : backends.entrySet()) {
            try {
                assertThat(each.getKey().backend()).isEqualTo(each.getValue());
            } catch (IOException e) {
                broken++;
            }
        }
        return broken;
    }
}
