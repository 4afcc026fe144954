package dev.ballast.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.datapath.Datapath;
import dev.ballast.datapath.MemberRow;
import dev.ballast.lab.ExecResult;
import dev.ballast.lab.Signal;
import dev.ballast.v1.MemberStatus;
import dev.ballast.v1.StatusReply;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The end of a daemon, by whatever, and what its successor finds; and the end of balancing itself. */
class LifecycleLabTest {
    private static final int CONNECTIONS_EACH = 10;

    private ProductLab product;

    @BeforeEach
    void start() {
        product = ProductLab.start(4);
    }

    @AfterEach
    void close() {
        if (product != null) {
            product.close();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"KILL", "TERM"})
    void without_its_daemon_the_balancer_forwards_and_the_next_one_goes_on_from_there(Signal signal) throws Exception {
        product.reset(product.web(1, 2, 3, 4));
        List<HttpConnection> connections = product.connect(CONNECTIONS_EACH);
        Map<HttpConnection, String> backends = ProductLab.backendsOf(connections);
        product.ballast("drain", product.member(1)).checked();
        product.lab().backend(3).stopHttp(Signal.KILL);
        product.awaitRing(2, 4);
        backends.values().removeIf("backend3"::equals);
        Ids ids = Ids.of(product);
        String interfaceProgram = ProductLab.xdpOf(product.lab().balancer(1));
        StatusReply before = product.status();

        int exit = product.stopDaemon(signal);

        assertThat(exit).isEqualTo(signal == Signal.TERM ? 143 : 137);
        assertThat(ProductLab.xdpOf(product.lab().balancer(1))).isEqualTo(interfaceProgram);
        product.assertUnbroken(backends, "without a daemon");
        assertThat(product.spread(20)).containsOnlyKeys("backend2", "backend4");

        // The order in the file says nothing, and a file that was edited meanwhile is not what was accepted.
        ConfigText reordered = product.web(4, 3, 2);
        product.startDaemon(reordered);
        StatusReply after = product.status();

        assertThat(Ids.of(product)).isEqualTo(ids);
        assertThat(after.getRevision()).isEqualTo(before.getRevision());
        assertThat(after.getProgramTag()).isEqualTo(before.getProgramTag()).isNotEmpty();
        assertThat(ProductLab.member(after, product.member(1)).getAdmin()).isEqualTo("drain");
        MemberStatus dead = ProductLab.member(after, product.member(3));
        assertThat(dead.getHealth()).isEqualTo("down");
        assertThat(dead.getInRing()).isFalse();
        assertThat(ProductLab.service(after, "web").getForwarded().getPackets())
                .isGreaterThan(ProductLab.service(before, "web").getForwarded().getPackets());
        assertThat(after.getWarningsList())
                .anySatisfy(warning -> assertThat(warning)
                        .contains("running.yaml differs from the running configuration", "ballast apply -f"));
        assertThat(product.ballast("status").checked().stdout()).contains("differs from the running configuration");
        product.assertUnbroken(backends, "after the start of the next daemon");
        assertThat(product.spread(20)).containsOnlyKeys("backend2", "backend4");

        product.lab().backend(3).startHttp(ProductLab.HTTP);
        product.awaitRing(2, 3, 4);
        product.apply(product.web(4, 3, 2, 1)).checked();
        assertThat(Ids.of(product)).isEqualTo(ids);
        product.assertUnbroken(backends, "after the file came in another order");
        ProductLab.close(connections);
    }

    @Test
    void teardown_is_refused_while_flows_are_live_and_by_force_leaves_nothing() throws Exception {
        product.reset(product.web(1, 2, 3, 4));
        List<HttpConnection> connections = product.connect(1);

        ExecResult refused = product.ballast("teardown");
        assertThat(refused.exit()).isEqualTo(1);
        assertThat(refused.stderr()).contains("flows are live", "--force");
        product.assertUnbroken(ProductLab.backendsOf(connections), "after a refused teardown");

        ExecResult forced = product.ballast("teardown", "--force").checked();
        assertThat(forced.stdout())
                .contains("program on interface eth0", product.balancer().pins().toString());
        assertThat(product.balancer().awaitEnd()).isZero();
        assertThat(product.balancer().pins()).doesNotExist();
        assertThat(ProductLab.xdpOf(product.lab().balancer(1))).isEmpty();
        ProductLab.close(connections);
    }

    /** Where services and members have their rows: what flow entries and rings refer to. */
    private record Ids(SortedMap<Long, Integer> services, SortedMap<Integer, InetAddress> members) {
        static Ids of(ProductLab product) {
            try (Datapath tables = product.tables()) {
                SortedMap<Integer, InetAddress> members = new TreeMap<>();
                SortedMap<Integer, MemberRow> rows = tables.members().list();
                rows.forEach((id, row) -> members.put(id, row.backend()));
                return new Ids(tables.services().byNameHash(), members);
            }
        }
    }
}
